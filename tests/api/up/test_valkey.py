"""The embedded Valkey: closed to the network, and what it was told a second ago outlives kill -9."""

import os
import signal
import stat
from pathlib import Path

import pytest
from redis import Redis

from api.up.child import Child
from api.up.valkey import Valkey


@pytest.fixture
def server(tmp_path: Path) -> Valkey:
    return Valkey(tmp_path / "data", tmp_path / "s", tmp_path / "log")


async def test_what_it_was_told_outlives_kill_9(server: Valkey) -> None:
    server.prepare()
    child = Child(server.command())
    await server.ready(child)
    assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    first = Redis.from_url(server.url())
    assert first.config_get("port") == {"port": "0"}
    first.set("told", "yes")
    os.kill(child.pid, signal.SIGKILL)
    child.stop()
    server.prepare()
    again = Child(server.command())
    await server.ready(again)
    assert Redis.from_url(server.url()).get("told") == b"yes"
    assert again.stop() == 0

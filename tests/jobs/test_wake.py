"""Waking: at most 50 ms, never an error, whatever Redis does."""

import asyncio
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from domain.ids import new_id
from jobs import wake
from jobs.wake import QUEUE, Waker

NOW = datetime(2026, 3, 1, tzinfo=UTC)

PATIENCE = 5.0
"""Seconds, on however busy a machine: far below any time-out of the network, whose turn it would be else."""


async def test_a_nudge_a_job_is_queued_once(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "BUDGET", 60.0)  # a busy machine takes longer, and then a nudge is rightly given up
    waker, job_id = Waker(redis_url), new_id(NOW)
    for _ in range(3):
        await waker.wake(job_id)
    await waker.wake(new_id(NOW))
    await waker.close()
    with redis.Redis.from_url(redis_url) as client:
        assert client.zcard(QUEUE) == 2
    assert (waker.sent, waker.failed) == (4, 0)


async def test_nobody_there(tmp_path: Path) -> None:
    waker = Waker(f"unix://{tmp_path}/nobody?db=0")
    began = time.monotonic()
    await waker.wake(new_id(NOW))
    assert time.monotonic() - began < PATIENCE
    assert (waker.sent, waker.failed) == (0, 1)
    await waker.close()


async def test_somebody_who_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        waker = Waker(f"redis://127.0.0.1:{mute.getsockname()[1]}/0")
        began = time.monotonic()
        await asyncio.gather(*(waker.wake(new_id(NOW)) for _ in range(20)))
        assert time.monotonic() - began < PATIENCE
        assert waker.failed == 20
        await waker.close()

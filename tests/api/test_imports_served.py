"""Imports over a real socket: what comes slowly, stops, breaks off or lies about its length."""

import asyncio
import time
from collections.abc import Iterable

import pytest

from api.wire import Wire
from tests.api.conftest import Running, key_for
from tests.support.uploads import lines, touch, traces
from tests.support.waiting import PATIENCE, eventually

BODY = lines([touch(at) for at in range(40)])


async def head(running: Running, *more: str, kind: str = "touchpoints") -> bytes:
    token = (await key_for(running)).token
    said = [f"POST /imports/{kind} HTTP/1.1", "host: rapport", f"authorization: Bearer {token}"]
    return "\r\n".join([*said, "content-type: application/x-ndjson", *more, "", ""]).encode()


async def spoken(running: Running, parts: Iterable[bytes], *, pause: float = 0, hang_up: bool = False) -> bytes:
    """What the server says to these bytes; nothing where we hang up first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if hang_up:
            assert await eventually(lambda: running.server.app.transfer._open > 0)
            writer.transport.abort()
            return b""
        async with asyncio.timeout(PATIENCE):
            return await reader.read(20_000)
    finally:
        writer.close()


async def nothing_is_left(running: Running) -> None:
    """The server may need a moment to notice."""
    db = running.server.app.house.db
    async with asyncio.timeout(PATIENCE):
        while running.server.app.transfer._open:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.02)
    assert await traces(db) == {}


def chunked(parts: Iterable[bytes]) -> Iterable[bytes]:
    return [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]


async def heard(wire: Wire, writer: asyncio.StreamWriter, part: bytes) -> None:
    """Until the server has it, or wants no more."""
    before = wire.heard
    writer.write(part)
    assert await eventually(lambda: wire.heard > before or wire.transport.is_closing())


@pytest.mark.proof
async def test_a_body_may_take_longer_than_any_pause(monkeypatch: pytest.MonkeyPatch, running: Running) -> None:
    """The loop's clock is put on by hand (and never back): 40 seconds between two parts where a pause may last 60."""
    ahead = 0.0
    monkeypatch.setattr(Wire, "within", 60.0)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: time.monotonic() + ahead)
    opening = await head(running, "transfer-encoding: chunked")
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    assert await eventually(lambda: len(running.server.server_state.connections) == 1)
    [wire] = running.server.server_state.connections
    assert isinstance(wire, Wire)
    await heard(wire, writer, opening)
    assert await eventually(lambda: bool(running.server.app.transfer.db._since))  # to connect has a limit of its own
    for part in chunked(BODY[at : at + 2_000] for at in range(0, len(BODY), 2_000)):
        await heard(wire, writer, part)
        ahead += 40
    writer.write(b"0\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        assert (await reader.read(20_000)).startswith(b"HTTP/1.1 202")
    writer.close()


async def test_who_pauses_is_cut_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wire, "within", 0.3)
    opening = await head(running, f"content-length: {len(BODY)}")
    told = await spoken(running, [opening + BODY[:-10]])
    assert told.startswith(b"HTTP/1.1 408")
    await nothing_is_left(running)


@pytest.mark.parametrize("share", [0, 1, len(BODY) - 1])
async def test_who_hangs_up_leaves_nothing(running: Running, share: int) -> None:
    opening = await head(running, f"content-length: {len(BODY)}")
    await spoken(running, [opening + BODY[:share]], hang_up=True)
    await nothing_is_left(running)


async def test_a_broken_chunk_leaves_nothing(running: Running) -> None:
    opening = await head(running, "transfer-encoding: chunked")
    told = await spoken(running, [opening, *chunked([BODY]), b"zzz\r\n"], pause=0.1)
    assert told.startswith(b"HTTP/1.1 400")
    await nothing_is_left(running)


async def test_who_is_refused_hears_why_while_sending(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.uploads._DRAINED_WITHIN", PATIENCE)
    opening = await head(running, "content-length: 600000", kind="people")
    told = await spoken(running, [opening, b"x" * 600_000])
    assert told.startswith(b"HTTP/1.1 404")
    assert b"connection: close" in told.lower()
    await nothing_is_left(running)


async def test_many_megabytes_pass_through_little_memory(running: Running) -> None:
    """What waits in this process stays within a few pieces, however much comes."""
    import tracemalloc

    row = lines([touch(0, subject="x" * 9_000)])
    piece = row * 100
    opening = await head(running, "transfer-encoding: chunked")
    tracemalloc.start()
    try:
        parts = [opening, *chunked([piece] * 40), b"0\r\n\r\n"]
        base = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        assert (await spoken(running, parts)).startswith(b"HTTP/1.1 202")
        peak = tracemalloc.get_traced_memory()[1] - base
    finally:
        tracemalloc.stop()
    assert sum(map(len, parts)) > 35 << 20
    assert peak < 16 << 20

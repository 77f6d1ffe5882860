"""One comparison: calls over HTTP to a server process, and the floor's transactions, in turns, one at a time."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from uuid import uuid4

import asyncpg
import orjson

from tests.bench.record import calls, floor


@dataclass(slots=True)
class Timed:
    """Seconds of each round."""

    ours: list[float] = field(default_factory=list)
    standard: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    def times(self) -> float:
        """How many times the floor ours takes."""
        return median(self.ours) / median(self.floor)

    def share(self) -> float:
        """Of the floor's speed."""
        return median(self.floor) / median(self.ours)


class Client:
    """One kept-alive connection; an answer that is not as it should be ends the measurement."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def send(self, body: bytes, *, once: bool = False) -> dict[str, dict[str, object]]:
        headers = self._headers | ({"Idempotency-Key": uuid4().hex} if once else {})
        self._line.request("POST", "/graphql", body, headers)
        answer = self._line.getresponse()
        told = answer.read()
        if answer.status != 200 or b'"message"' in told:
            raise AssertionError(f"{answer.status} {told[:600]!r}")
        data: dict[str, dict[str, object]] = orjson.loads(told)["data"]
        return data

    def record(self, document: str, rows: list[calls.Row]) -> None:
        told = self.send(calls.many(document, rows))["touchpointsRecord"]
        if told["created"] != len(rows):
            raise AssertionError(told)


async def bulk(
    client: Client, bare: asyncpg.Connection[asyncpg.Record], *, rounds: int, size: int, turns: int
) -> Timed:
    """`turns` calls of `size` rows a round, each way."""
    timed, ours, standard, of_floor = Timed(), calls.Rows.fresh(), calls.Rows.fresh(), calls.Rows.fresh()
    # Three streams of rows: the two that go to the same database have ids of their own.
    standard.numbers = iter(range(5 * 10**8, 10**9))
    for turn in range(rounds + 1):
        bodies = [calls.many(calls.STRAIGHT, ours.some(size)) for _ in range(turns)]
        slower = [calls.many(calls.STANDARD, standard.some(size)) for _ in range(turns)]
        plain = [orjson.dumps(of_floor.some(size)) for _ in range(turns)]
        with _timed(timed.ours, turn):
            for body in bodies:
                client.send(body)
        with _timed(timed.floor, turn):
            for body in plain:
                await floor.record(bare, body, key=None)
        with _timed(timed.standard, turn):
            for body in slower:
                client.send(body)
    return timed


async def single(client: Client, bare: asyncpg.Connection[asyncpg.Record], *, rounds: int, turns: int) -> Timed:
    """`turns` calls of one row a round, each with an Idempotency-Key."""
    timed, ours, of_floor = Timed(), calls.Rows.fresh(), calls.Rows.fresh()
    ours.numbers, of_floor.numbers = iter(range(10**8, 2 * 10**8)), iter(range(10**8, 2 * 10**8))
    for turn in range(rounds + 1):
        bodies = [calls.one(row) for row in ours.some(turns)]
        plain = [orjson.dumps([row]) for row in of_floor.some(turns)]
        with _timed(timed.ours, turn):
            for body in bodies:
                client.send(body, once=True)
        with _timed(timed.floor, turn):
            for body in plain:
                await floor.record(bare, body, key=uuid4().hex)
    return timed


@contextmanager
def _timed(into: list[float], turn: int) -> Iterator[None]:
    """The first round warms up."""
    begun = time.perf_counter()
    yield
    if turn:
        into.append(time.perf_counter() - begun)

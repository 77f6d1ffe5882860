"""The first page of a segment's members over HTTP, of all hundred in turn, beside the floor's."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import orjson

from api.up.child import Child, Command
from domain.database import Database
from domain.ids import Prefix, to_public
from domain.vocabulary import Role
from tests.bench.read.compare import data
from tests.bench.read.servers import make_key
from tests.bench.record.__main__ import web
from tests.support.servers import ROOT
from tests.support.upstart import free_port
from tests.support.waiting import soon

_QUESTION = """
query Members($id: ID!) {
  segment(id: $id) {
    memberCount
    members(first: 50) {
      nodes { id createdAt lifecycleStage valueTier lastTouchpointAt address { city country } }
      pageInfo { hasNextPage }
    }
  }
}
"""


@dataclass(slots=True)
class Paged:
    """Milliseconds of each page."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.ours) / median(self.floor)

    @property
    def worst(self) -> float:
        """Of one segment's pages."""
        return max(one / other for one, other in zip(self.ours, self.floor, strict=True))


class Line:
    """One kept-alive connection, and what is asked on it."""

    def __init__(self, port: int, path: str, key: str = "") -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._path, self._headers = path, {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}

    def ask(self, said: object) -> tuple[float, object]:
        begun = time.perf_counter()
        self._line.request("POST", self._path, orjson.dumps(said), self._headers)
        told = self._line.getresponse().read()
        return (time.perf_counter() - begun) * 1_000, data(told)


@contextmanager
def _floor(url: str, folder: Path) -> Iterator[int]:
    port, log = free_port(), folder / "floor.log"
    quiet = ("--no-access-log", "--log-level", "warning", "--lifespan", "off", "--port", str(port))
    command = (sys.executable, "-m", "uvicorn", "tests.bench.segments.floor:app", *quiet)
    child = Child(Command("floor", command, log=log, env={"DATABASE_URL": url, "PYTHONPATH": str(ROOT)}))
    try:
        if not soon(lambda: _listens(port), 60):
            raise AssertionError(log.read_text())
        yield port
    finally:
        child.stop()


def _listens(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.connect()
    except OSError:
        return False
    finally:
        line.close()
    return True


async def measure(url: str, redis_url: str, folder: Path, rounds: int = 3) -> Paged:
    """Of each segment the quickest of so many pages; both must tell the same."""
    db = Database(url)
    try:
        async with db.connection() as connection:
            segments = await connection.fetch("SELECT segment_id, number FROM segment ORDER BY number")
    finally:
        await db.close()
    key, found = await make_key(url, Role.ANALYST), Paged()
    async with web(url, redis_url, folder) as port:
        with _floor(url, folder) as other:
            ours, floor = Line(port, "/graphql", key), Line(other, "/")
            for segment in segments:
                asked = {"query": _QUESTION, "variables": {"id": to_public(Prefix.SEGMENT, segment["segment_id"])}}
                pages = [(ours.ask(asked), floor.ask({"number": segment["number"]})) for _ in range(rounds)]
                assert all(one[1] == two[1] for one, two in pages), f"the pages of {segment['number']} differ"
                found.ours.append(min(one[0] for one, _ in pages))
                found.floor.append(min(two[0] for _, two in pages))
    return found

"""`python -m tests.bench.imports.streamed [ROWS [ROUNDS]]`: touchpoints by POST until their job ended, and the floor.

The floor is Postgres' own binary COPY, file to table, of the very rows that the import made, into facts, claims and
ledger marks with their indexes, on a server of its own; the two take turns, after a CHECKPOINT each.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx

from api.up.child import Child, Command
from domain.database import Database, Tx, connect
from domain.deployment import Label, Secret
from domain.transfer import Kind, import_records
from domain.vocabulary import Role
from tests.bench import figures
from tests.bench.ground import valkey
from tests.bench.imports import touchpoints
from tests.bench.imports.ground import servers
from tests.bench.read.servers import SECRET, make_key
from tests.bench.read.servers import servers as web
from tests.support.servers import ROOT

ROWS, ROUNDS = 2_000_000, 1
LEAST = 0.4
FLOOR = ("touchpoint", "touchpoint_claim", "customer_mark")
"""Facts, claims and ledger marks; months, which the import keeps up too, are measured apart."""
BESIDE = ("customer_month",)
_PATIENCE = 3600.0
_MIB = 1 << 20


@dataclass(slots=True)
class Found:
    """Seconds of each round: the whole import, how much of it was the upload, the floor, and months beside it."""

    ours: list[float] = field(default_factory=list)
    upload: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(self.floor) / median(self.ours)

    @property
    def ratio_with_months(self) -> float:
        """Where the floor keeps up the months too, as we do."""
        return (median(self.floor) + median(self.beside)) / median(self.ours)


async def measure(folder: Path, ours: str, floor: str, redis: str, *, rows: int, rounds: int) -> Found:
    found, file = Found(), folder / "touchpoints.ndjson"
    made = touchpoints.make(rows)
    touchpoints.write(file, made)
    db, bare = Database(ours), await connect(floor)
    worker = Child(_worker(ours, redis, folder))
    try:
        await _bring_people(db, touchpoints.people(made))
        with web(ours, redis, folder, peer=False) as running:
            for _ in range(rounds):
                await _ours(db, file, running["ours"].port, await make_key(ours, Role.ADMIN), rows, found)
                await _floor(db, bare, folder, found)
    finally:
        await bare.close()
        await db.close()
        worker.stop()
    return found


def _worker(url: str, redis: str, folder: Path) -> Command:
    environment = {"DATABASE_URL": url, "REDIS_URL": redis, "RAPPORT_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    return Command("worker", (sys.executable, "-m", "jobs.worker"), log=folder / "worker.log", env=environment)


async def _bring_people(db: Database, people: bytes) -> None:
    """Those whom the touchpoints are about are known."""
    claims = Secret.parse(SECRET).key(Label.CLAIMS)
    await import_records(db, Kind.CUSTOMERS, io.BytesIO(people), claims=claims, now=datetime.now(UTC))
    async with db.connection() as tx:
        await tx.execute("VACUUM (ANALYZE)")


async def _ours(db: Database, file: Path, port: int, key: str, rows: int, found: Found) -> None:
    async with db.connection() as tx:
        await tx.execute(f"TRUNCATE {', '.join((*FLOOR, *BESIDE))}")
        await tx.execute("CHECKPOINT")
    headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
    began = time.perf_counter()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE) as client:
        answer = await client.post("/imports/touchpoints", content=_pieces(file), headers=headers)
        assert answer.status_code == 202, answer.text
        found.upload.append(time.perf_counter() - began)
        await _ended(db, rows)
    found.ours.append(time.perf_counter() - began)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_MIB):
            yield piece


async def _ended(db: Database, rows: int) -> None:
    """Until the job has; asked seldom enough to cost nothing."""
    job = None
    while job is None or job["finished_at"] is None:
        await asyncio.sleep(0.05)
        async with db.connection() as tx:
            job = await tx.fetchrow("SELECT * FROM job WHERE kind = 'IMPORT' ORDER BY queued_at DESC LIMIT 1")
    assert job["status"] == "SUCCEEDED", job["error"]
    assert job["result"]["created"] == rows, job["result"]


async def _floor(db: Database, bare: Tx, folder: Path, found: Found) -> None:
    """The rows as Postgres itself tells them, and as fast as it takes them in again."""
    async with db.connection() as tx:
        for table in (*FLOOR, *BESIDE):
            query = f"SELECT * FROM {table}"
            with (folder / table).open("wb") as out:
                await tx.copy_from_query(query, output=out, format="binary", timeout=_PATIENCE)
    await bare.execute(f"TRUNCATE {', '.join((*FLOOR, *BESIDE))}")
    await bare.execute("CHECKPOINT")
    began = time.perf_counter()
    async with bare.transaction():
        await _copy(bare, folder, FLOOR)
    found.floor.append(time.perf_counter() - began)
    began = time.perf_counter()
    async with bare.transaction():
        await _copy(bare, folder, BESIDE)
    found.beside.append(time.perf_counter() - began)


async def _copy(tx: Tx, folder: Path, tables: tuple[str, ...]) -> None:
    await tx.execute("SET LOCAL statement_timeout = 0")
    for table in tables:
        with (folder / table).open("rb") as source:
            await tx.copy_to_table(table, source=source, format="binary", timeout=_PATIENCE)


async def main(rows: int = ROWS, rounds: int = ROUNDS) -> Found:
    """Measures, prints and, at full size, writes the figures down."""
    with tempfile.TemporaryDirectory(prefix="rapport-streamed-") as name:
        async with servers() as (ours, floor), valkey() as redis:
            found = await measure(Path(name), ours, floor, redis, rows=rows, rounds=rounds)
    told = {
        "rows": rows,
        "ratio": round(found.ratio, 3),
        "ratioWithMonths": round(found.ratio_with_months, 3),
        "least": LEAST,
        "seconds": {name: [round(each, 2) for each in getattr(found, name)] for name in Found.__slots__},
    }
    print("streamed", told, flush=True)  # noqa: T201
    if rows == ROWS:
        table = (
            f"| streamed | rows | share of the floor |\n|---|---|---|\n| touchpoints | {rows:,} | {found.ratio:.2f} |"
        )
        figures.write("streams", {"touchpoints": told}, table)
    return found


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:3])))

"""Imports over HTTP in tests: the body in, the job carried out here, and what became of it."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson

from domain.database import Database
from domain.deployment import Deployment
from domain.ids import Prefix, parse_id
from domain.ledger import JobView, leases, show_job
from domain.vocabulary import JobKind
from jobs.attempt import attempt, settle
from jobs.cpu import Calculator
from jobs.keeper import JobHold
from jobs.registry import product
from jobs.work import Work

NDJSON = {"content-type": "application/x-ndjson"}
CSV = {"content-type": "text/csv"}


@dataclass(frozen=True, slots=True)
class Hand:
    """Does a worker's work when it is asked to; the process that stages is kept from one job to the next."""

    db: Database
    deployment: Deployment
    calculator: Calculator

    async def carry_out(self, kind: JobKind = JobKind.IMPORT) -> None:
        """One attempt at the next job of the kind that waits."""
        async with self.db.transaction() as tx:
            leased = await leases.lease_next(tx, [kind])
        assert leased is not None, f"no {kind} waits"
        hold = JobHold(leased, time.monotonic() + 600)
        work = Work(self.db, self.deployment, hold, self.calculator)
        await settle(self.db, leased, await attempt(product().tasks[kind], work))

    async def look(self, job: str | UUID) -> JobView:
        async with self.db.connection() as connection:
            view = await show_job(connection, parse_id(Prefix.JOB, job) if isinstance(job, str) else job)
        assert view is not None
        return view

    async def import_(self, client: httpx.AsyncClient, kind: str, body: bytes, **headers: str) -> JobView:
        """Sent, accepted, carried out; the job as it ended."""
        answer = await client.post(f"/imports/{kind}", content=body, headers=NDJSON | headers)
        assert answer.status_code == 202, answer.text
        await self.carry_out()
        return await self.look(answer.json()["job"])


@asynccontextmanager
async def hand(db: Database, deployment: Deployment) -> AsyncIterator[Hand]:
    calculator = Calculator()
    try:
        yield Hand(db, deployment, calculator)
    finally:
        await calculator.close()


def lines(rows: Sequence[object]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def touch(number: int, *, person: int = 0, source: str = "shop", **changed: object) -> dict[str, object]:
    identity = {"kind": "EXTERNAL_ID", "value": f"person {person}", "source": source}
    about = {"source": source, "externalId": f"t{number}", "occurredAt": "2025-05-05T12:00:00Z"}
    return about | {"channel": "WEB", "kind": "VISIT", "customer": {"identity": identity}} | changed


REJECTS = """query ($id: ID!, $after: String) { job(id: $id) {
  files { name url mediaType bytes rows sha256 expiresAt }
  rejects(first: 2, after: $after) {
    nodes { line field code reason } pageInfo { hasNextPage endCursor } totalCount } } }"""


async def asked(client: httpx.AsyncClient, text: str, **variables: Any) -> Any:
    answer = (await client.post("/graphql", json={"query": text, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def number(db: Database, question: str) -> int:
    async with db.connection() as connection:
        return int(await connection.fetchval(question))


async def traces(db: Database) -> dict[str, int]:
    """Of anything at all."""
    counted = {table: await number(db, f"SELECT count(*) FROM {table}") for table in ("job", "upload", "audit_entry")}
    left = "SELECT count(*) FROM pg_tables WHERE tablename ~ '^(upload|import)_[0-9a-f]{32}'"
    return {name: count for name, count in (counted | {"tables": await number(db, left)}).items() if count}

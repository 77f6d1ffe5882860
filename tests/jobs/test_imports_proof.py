"""An import whose worker is killed goes on, and tells in the end of the whole file, as if nothing had been."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest

from domain.access.principal import OPERATOR
from domain.ids import new_id
from domain.transfer import Kind, commands_uploads
from domain.transfer.uploads import Upload
from domain.vocabulary import JobStatus
from tests.support.jobs import House
from tests.support.uploads import touch

ROWS, BAD, AGAIN = 160_000, 500, 10_000
PIECE = commands_uploads.PIECE


def body() -> bytes:
    """Good rows, some bad ones, and at the end some of the first again."""
    rows = [touch(at, person=at % 300) for at in range(ROWS)]
    for at in range(0, ROWS, ROWS // BAD):
        rows[at]["kind"] = "DANCE"
    rows += [touch(at, person=at % 300) for at in range(1, ROWS, ROWS // AGAIN) if at % (ROWS // BAD)]
    return b"\n".join(map(orjson.dumps, rows))


async def upload(workers: House, data: bytes) -> UUID:
    now = datetime.now(UTC)
    job = new_id(now)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), PIECE):
            yield data[at : at + PIECE]

    async with workers.db.transaction() as tx:
        await commands_uploads.receive(tx, job, pieces())
        told = Upload(job, Kind.TOUCHPOINTS, len(data), -(-len(data) // PIECE), now, OPERATOR)
        assert await commands_uploads.complete(tx, told, None)
    return job


@pytest.mark.proof
async def test_killed_twice_it_tells_what_it_would_have_told(workers: House) -> None:
    data = body()
    job = await upload(workers, data)
    for batches in (0, 2):
        worker = workers.start("product-worker")
        await staged_and_done(workers, job, batches)
        worker.kill()
    workers.start("product-worker")
    view = await workers.ended(job, within=400)
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.attempts >= 2
    rows = data.count(b"\n") + 1
    assert view.result is not None
    told = {name: view.result[name] for name in ("rows", "created", "duplicates", "rejected", "rowsRejected")}
    created = ROWS - BAD
    assert told == {
        "rows": rows, "created": created, "duplicates": rows - ROWS, "rejected": BAD, "rowsRejected": BAD,
    }  # fmt: skip
    assert await workers.number("SELECT count(*) FROM touchpoint") == created
    assert await workers.number("SELECT sum(touches) FROM customer_month") == created
    assert await workers.number("SELECT count(*) FROM upload_reject") == BAD
    assert await workers.number("SELECT count(DISTINCT line) FROM upload_reject") == BAD
    assert await workers.number("SELECT rows FROM job_file") == BAD
    left = "SELECT count(*) FROM pg_tables WHERE tablename ~ '^(upload|import)_[0-9a-f]{32}'"
    assert await workers.number(left) == 0


async def staged_and_done(workers: House, job: UUID, batches: int) -> None:
    """In the middle of the batch that follows so many."""
    async with asyncio.timeout(300):
        question = "SELECT count(*) FROM upload_batch WHERE job_id = $1"
        while await workers.number(question, job) <= batches:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)
        while await workers.number(f"{question} AND done", job) < batches:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)

"""Uploads whose parts are recorded side by side tell, and leave, what one after the other would."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import httpx
import orjson
import pytest

from api.app import App
from domain.database import Tx
from domain.staged import Outcome
from domain.transfer import commands_uploads, recording
from domain.vocabulary import JobStatus
from jobs.cpu import Calculator
from tests.support.uploads import NDJSON, Hand, lines, number, touch

T = TypeVar("T")
PEOPLE, THINGS, PURCHASES = 23, 260, 40


class Here(Calculator):
    """Stages in this process, so that tests can say how much a batch holds; what is not wanted any more ends."""

    unwanted = False

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        staging = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
        try:
            return await asyncio.shield(staging)
        except asyncio.CancelledError:
            self.unwanted = True
            await asyncio.wait([staging])
            self.unwanted = False
            raise


@pytest.fixture
def near(worker: Hand, monkeypatch: pytest.MonkeyPatch) -> Hand:
    here, whole = Here(), commands_uploads.waiting

    async def waiting(tx: Tx, job_id: UUID) -> int:
        if here.unwanted:
            raise OSError
        return await whole(tx, job_id)

    monkeypatch.setattr("domain.transfer.commands_uploads.waiting", waiting)
    monkeypatch.setattr("domain.transfer.ahead._PARTS_WAIT", 0)  # the thread that reads waits for nobody
    monkeypatch.setattr("domain.transfer.windows.BATCH_ROWS", 20)
    monkeypatch.setattr("domain.transfer.cuts.ROWS_AT_ONCE", 7)
    return Hand(worker.db, worker.deployment, here)


def told(seed: int) -> list[dict[str, object]]:
    """Things told once or more, of whoever: by the same name of several people, as purchases, and bad ones."""
    chance = random.Random(seed)
    rows = []
    for at in range(2 * THINGS):
        thing = chance.randrange(THINGS)
        about: dict[str, Any] = {"subject": f"row {at}", "occurredAt": f"2025-05-{1 + at % 28:02}T12:00:00Z"}
        if thing < PURCHASES:
            about |= {"kind": "PURCHASE", "orderExternalId": f"o{thing % 12}"}
        if chance.random() < 0.1:
            about |= {"sku": "nothing"} if chance.random() < 0.5 else {"kind": "DANCE"}
        rows.append(touch(thing, person=chance.randrange(PEOPLE), **about))
    return rows


def expected(rows: list[dict[str, object]]) -> list[tuple[object, str]]:
    """The subject and the person of each thing, as its first good row tells."""
    claimed: set[object] = set()
    found = []
    for row in rows:
        if row["kind"] == "DANCE" or "sku" in row:
            continue
        claims = {row["externalId"], row.get("orderExternalId") or row["externalId"]}
        if not claims & claimed:
            identity = orjson.loads(orjson.dumps(row["customer"]))["identity"]
            found.append((row["subject"], identity["value"]))
        claimed |= claims
    return sorted(found, key=str)


_RECORDED = """
SELECT t.subject, i.value FROM touchpoint t JOIN customer_identity i USING (customer_id) ORDER BY t.subject, i.value
"""


async def recorded(app: App) -> list[tuple[object, str]]:
    async with app.house.db.connection() as tx:
        return sorted(((row[0], row[1]) for row in await tx.fetch(_RECORDED)), key=str)


@pytest.mark.parametrize("seed", range(3))
async def test_the_first_of_the_file_holds_whoever_it_names(
    client: httpx.AsyncClient, app: App, near: Hand, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether two record from the start, or the second only where staging is ahead."""
    monkeypatch.setattr("domain.transfer.recording._MANY_PROCESSORS", seed % 2 == 0)
    rows = told(seed)
    view = await near.import_(client, "touchpoints", lines(rows))
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.result is not None
    assert await recorded(app) == expected(rows)
    assert view.result["created"] == len(expected(rows))
    counted = sum(int(str(view.result[name])) for name in ("created", "duplicates", "rejected"))
    assert counted == view.result["rows"] == len(rows)
    assert await number(app.house.db, "SELECT count(*) FROM upload_reject") == view.result["rowsRejected"]
    assert await number(app.house.db, "SELECT sum(touches) FROM customer_month") == len(expected(rows))
    assert (
        await number(app.house.db, "SELECT count(*) FROM pg_tables WHERE tablename ~ '^(upload|import)_[0-9a-f]{32}'")
        == 0
    )


async def test_one_that_breaks_in_the_middle_of_a_window_goes_on_there(
    client: httpx.AsyncClient, app: App, near: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as it breaks, whichever parts were done."""
    rows = told(7)
    answer = await client.post("/imports/touchpoints", content=lines(rows), headers=NDJSON)
    job, whole, left = answer.json()["job"], recording.record, [0]

    async def breaks(*given: object) -> Outcome:
        left[0] -= 1
        if left[0] < 0:
            raise OSError
        try:
            return await whole(*given)  # type: ignore[arg-type]
        except recording.AGAIN:  # the other hand stood in the way: this one was not done
            left[0] += 1
            raise

    monkeypatch.setattr("domain.transfer.recording.record", breaks)
    done = "SELECT count(*) FROM upload_batch WHERE done"
    for often in (2, 3, 2):
        before, left[0] = await number(app.house.db, done), often
        await near.carry_out()
        assert (await near.look(job)).status is JobStatus.QUEUED
        assert before < await number(app.house.db, done) <= before + often
        async with app.house.db.connection() as tx:
            await tx.execute("UPDATE job SET run_after = now()")
    left[0] = 1_000
    await near.carry_out()
    view = await near.look(job)
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.result is not None
    assert await recorded(app) == expected(rows)
    assert (view.result["rows"], view.result["created"]) == (len(rows), len(expected(rows)))
    assert await number(app.house.db, "SELECT count(DISTINCT line) FROM upload_reject") == view.result["rowsRejected"]
    assert await number(app.house.db, "SELECT count(*) FROM upload_reject") == view.result["rowsRejected"]

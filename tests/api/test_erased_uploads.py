"""Who is erased is not left in files that wait for their import, nor in what is staged of them."""

import asyncio
import gzip
import io
from datetime import UTC, datetime

import httpx
import pytest
import zstandard

from api.app import App
from domain.transfer import Kind, commands, import_records
from domain.transfer.commands_forgetting import WHY
from domain.vocabulary import JobKind, JobStatus
from jobs import forgetting
from tests.support.uploads import NDJSON, Hand, lines, number, touch, traces

MAIL = "Quirinia.Zaubzer@Example.org"
ERASE = "mutation ($id: ID!) { customerErase(customer: $id) { job { id } errors { code } } }"
LEFT = "SELECT count(*) FROM pg_tables WHERE tablename ~ '^(upload|import)_[0-9a-f]{32}'"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PATIENCE", 0.2)


def naming(at: int) -> dict[str, object]:
    return touch(at, customer={"identity": {"kind": "EMAIL", "value": MAIL}})


async def settled(client: httpx.AsyncClient, worker: Hand) -> str:
    """Somebody who is known by the address."""
    await worker.import_(client, "touchpoints", lines([naming(0)]))
    asked = "query ($mail: String!) { customerByIdentity(kind: EMAIL, value: $mail) { id } }"
    told = await client.post("/graphql", json={"query": asked, "variables": {"mail": MAIL}})
    return str(told.json()["data"]["customerByIdentity"]["id"])


async def sent(client: httpx.AsyncClient, body: bytes, **headers: str) -> str:
    answer = await client.post("/imports/touchpoints", content=body, headers=NDJSON | headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job"])


async def erased(client: httpx.AsyncClient, worker: Hand, customer: str) -> None:
    told = (await client.post("/graphql", json={"query": ERASE, "variables": {"id": customer}})).json()
    job = told["data"]["customerErase"]["job"]["id"]
    await worker.carry_out(JobKind.ERASE_CUSTOMER)
    view = await worker.look(job)
    assert view.status is JobStatus.SUCCEEDED, view.error


@pytest.mark.proof
async def test_files_that_wait_and_name_them_end_and_others_go_on(
    client: httpx.AsyncClient, app: App, worker: Hand
) -> None:
    customer = await settled(client, worker)
    many = [touch(at) for at in range(30_000)]
    plain = lines([*many, naming(1)])
    naming_them = [
        await sent(client, plain),
        await sent(client, gzip.compress(plain), **{"content-encoding": "gzip"}),
        await sent(client, zstandard.compress(plain)),
        await sent(client, lines([touch(2, customer={"id": customer})])),
        await sent(client, gzip.compress(plain)[:-20]),
    ]
    other = await sent(client, gzip.compress(lines([touch(3)])))
    await erased(client, worker, customer)
    for job in naming_them:
        view = await worker.look(job)
        assert (view.status, view.error) == (JobStatus.FAILED, WHY)
    assert await number(app.house.db, LEFT) == 1
    await worker.carry_out()
    assert (await worker.look(other)).status is JobStatus.SUCCEEDED
    assert (await traces(app.house.db)).get("tables") is None


@pytest.mark.proof
async def test_one_in_the_middle_ends_with_all_that_is_staged(
    client: httpx.AsyncClient, app: App, worker: Hand
) -> None:
    customer = await settled(client, worker)
    job = await sent(client, lines([*(touch(at) for at in range(40_000)), naming(40_001)]))
    running = asyncio.create_task(worker.carry_out())
    async with asyncio.timeout(60):
        while not await number(app.house.db, "SELECT count(*) FROM upload_batch WHERE NOT done"):  # noqa: ASYNC110 (it is another process)
            await asyncio.sleep(0.02)
    await erased(client, worker, customer)
    await running
    view = await worker.look(job)
    assert (view.status, view.error) == (JobStatus.FAILED, WHY)
    assert await number(app.house.db, LEFT) == 0


async def test_an_import_that_breaks_leaves_nothing_staged(
    client: httpx.AsyncClient, app: App, worker: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("domain.transfer.recording.record", broken)
    job = await sent(client, lines([touch(1)]))
    await worker.carry_out()
    assert (await worker.look(job)).status is JobStatus.QUEUED
    assert await number(app.house.db, "SELECT count(*) FROM pg_tables WHERE tablename ~ '^import_'") == 0
    monkeypatch.undo()
    async with app.house.db.connection() as tx:
        await tx.execute("UPDATE job SET run_after = now()")
    await worker.carry_out()
    assert (await worker.look(job)).status is JobStatus.SUCCEEDED


@pytest.mark.proof
async def test_an_operators_import_goes_on_without_them_and_what_a_killed_one_left_goes(
    client: httpx.AsyncClient, app: App, worker: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await settled(client, worker)
    now = datetime.now(UTC)
    killed = commands.name(now)
    async with app.house.db.transaction() as tx:
        await commands.create(tx, killed, ["touchpoint"])
    seen: dict[str, int] = {}
    batches = commands.batches

    async def meanwhile(*given: object) -> int:
        await erased(client, worker, customer)
        left = "SELECT tablename FROM pg_tables WHERE tablename ~ '^import_.*_touchpoint$'"
        async with app.house.db.connection() as tx:
            (alive,) = [row[0] for row in await tx.fetch(left)]
            seen["rows"] = await tx.fetchval(f"SELECT count(*) FROM {alive}")
        return await batches(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "batches", meanwhile)
    body = io.BytesIO(lines([naming(6), touch(7), touch(8, customer={"id": customer})]))
    claims = app.house.keys.claims
    told = await import_records(app.house.db, Kind.TOUCHPOINTS, body, claims=claims, now=now)
    assert seen == {"rows": 1}
    assert (told.created, told.rejected) == (1, 0)
    assert await number(app.house.db, LEFT) == 0

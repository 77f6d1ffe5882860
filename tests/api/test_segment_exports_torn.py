"""What happens to a segment's file while it is written, and when somebody whom it names is erased."""

from typing import Any

import httpx
import pytest

from api.app import App
from domain import files
from domain.segments.exports import queries
from domain.vocabulary import JobKind, JobStatus
from jobs import exporting
from tests.api.listing import ADD, ASK, AWKWARD, JOB, REMOVE, exported, listed
from tests.support.uploads import Hand, asked, number

ERASE = "mutation ($id: ID!) { customerErase(customer: $id) { job { id } errors { code } } }"


async def test_erasing_somebody_takes_the_files_that_name_them(
    client: httpx.AsyncClient, worker: Hand, app: App
) -> None:
    segment, ids = await listed(client)
    job, answer = await exported(client, worker, segment, fields=["id", "email"])
    other, _ = await exported(client, worker, await _another(client, ids[1]), fields=["email"])
    url, kept = job["files"][0]["url"], other["files"][0]["url"]
    assert b"p0@example.org" in answer.content
    # Somebody merged into a member is named by what is told of the member, whoever is taken out of them again.
    await asked(client, ERASE, id=ids[0])
    await worker.carry_out(JobKind.ERASE_CUSTOMER)
    assert (await client.get(url)).status_code == 404
    assert (await client.get(kept)).status_code == 200
    left = await number(app.house.db, "SELECT count(*) FROM file_chunk WHERE strpos(encode(part, 'escape'), 'p0@') > 0")
    assert left == 0
    _, again = await exported(client, worker, segment, fields=["id", "email"])
    assert b"p0@example.org" not in again.content
    assert again.content.count(b"\r\n") == len(ids)


async def _another(client: httpx.AsyncClient, member: str) -> str:
    made = await asked(client, 'mutation { segmentCreate(input: {name: "Another", kind: STATIC}) { segment { id } } }')
    segment: str = made["segmentCreate"]["segment"]["id"]
    await asked(client, ADD, id=segment, of=[{"id": member}])
    return segment


@pytest.mark.proof
async def test_who_was_merged_into_a_member_is_named_too(client: httpx.AsyncClient, worker: Hand) -> None:
    segment, ids = await listed(client, AWKWARD[:3])
    merge = "mutation ($into: ID!, $from: ID!) { customerMerge(into: $into, from: $from) { errors { code } } }"
    assert (await asked(client, merge, into=ids[0], **{"from": ids[1]}))["customerMerge"]["errors"] == []
    job, _ = await exported(client, worker, segment, fields=["id", "email"])
    unmerge = "mutation ($id: ID!, $from: ID!) { customerUnmerge(customer: $id, from: $from) { errors { code } } }"
    assert (await asked(client, unmerge, id=ids[0], **{"from": ids[1]}))["customerUnmerge"]["errors"] == []
    await asked(client, ERASE, id=ids[1])
    await worker.carry_out(JobKind.ERASE_CUSTOMER)
    assert (await client.get(job["files"][0]["url"])).status_code == 404


async def test_who_is_erased_while_it_is_written_is_not_in_it(
    client: httpx.AsyncClient, worker: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, ids = await listed(client)
    monkeypatch.setattr(exporting, "_AT_ONCE", 2)
    plain = files.names_somebody_erased
    seen: list[bool] = []

    async def late(*given: Any, **said: Any) -> bool:
        """Somebody is erased after the last row was read."""
        if not seen:
            await asked(client, ERASE, id=ids[0])
            await worker.carry_out(JobKind.ERASE_CUSTOMER)
        seen.append(await plain(*given, **said))
        return bool(seen[-1])

    monkeypatch.setattr(files, "names_somebody_erased", late)
    _, answer = await exported(client, worker, segment, fields=["id", "email"])
    assert seen == [True, False]
    assert b"p0@example.org" not in answer.content
    assert answer.content.count(b"\r\n") == len(ids)


async def test_it_is_of_one_moment(
    client: httpx.AsyncClient, worker: Hand, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes while it is written, membership and values, is not in it."""
    segment, ids = await listed(client)
    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    _, before = await exported(client, worker, segment, fields=["id", "displayName"])
    plain, batches = queries.led_here, []

    async def meanwhile(*given: Any) -> Any:
        batches.append(1)
        if len(batches) == 1:
            await asked(client, REMOVE, id=segment, of=[{"id": id_} for id_ in ids[2:]])
            async with app.house.db.connection() as tx:
                await tx.execute("UPDATE customer SET display_name = 'changed'")
        return await plain(*given)

    monkeypatch.setattr(queries, "led_here", meanwhile)
    _, during = await exported(client, worker, segment, fields=["id", "displayName"])
    assert during.content == before.content
    _, after = await exported(client, worker, segment, fields=["id", "displayName"])
    assert after.content.count(b"changed") == 2
    assert after.content.count(b"\r\n") == 3


@pytest.mark.proof
async def test_cancelled_it_leaves_nothing(
    client: httpx.AsyncClient, worker: Hand, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, _ = await listed(client)
    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    job = (await asked(client, ASK, id=segment))["segmentExport"]["job"]["id"]
    plain = queries.led_here

    async def meanwhile(*given: Any) -> Any:
        text = "mutation ($id: ID!) { jobCancel(id: $id) { errors { code } } }"
        await client.post("/graphql", json={"query": text, "variables": {"id": job}})
        return await plain(*given)

    monkeypatch.setattr(queries, "led_here", meanwhile)
    await worker.carry_out(JobKind.EXPORT)
    found = (await asked(client, JOB, id=job))["job"]
    assert (found["status"], found["files"]) == (JobStatus.CANCELLED, [])
    assert await number(app.house.db, "SELECT count(*) FROM file_chunk") == 0


@pytest.mark.proof
async def test_cut_off_it_begins_anew_and_stands_there_once(
    client: httpx.AsyncClient, worker: Hand, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment, ids = await listed(client)
    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    plain, batches = queries.led_here, []

    async def breaks(*given: Any) -> Any:
        batches.append(1)
        if len(batches) == 4:
            raise ConnectionResetError
        return await plain(*given)

    monkeypatch.setattr(queries, "led_here", breaks)
    job = (await asked(client, ASK, id=segment, fields=["id"]))["segmentExport"]["job"]["id"]
    await worker.carry_out(JobKind.EXPORT)
    assert (await asked(client, JOB, id=job))["job"]["status"] == JobStatus.QUEUED
    assert await number(app.house.db, "SELECT count(*) FROM file_chunk") == 0
    async with app.house.db.connection() as connection:
        await connection.execute("UPDATE job SET run_after = now()")
    await worker.carry_out(JobKind.EXPORT)
    [file] = (await asked(client, JOB, id=job))["job"]["files"]
    answer = await client.get(file["url"])
    assert answer.content.decode().split() == ["id", *sorted(ids)]
    assert await number(app.house.db, "SELECT count(*) FROM file_chunk") == 1

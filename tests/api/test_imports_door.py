"""At the door of imports: cut bodies, wrong ones, other people's, the same one twice, too many at once."""

import asyncio
import gzip
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from api.app import App
from domain.transfer import commands_uploads
from domain.vocabulary import JobStatus, Role
from jobs.transfer import tidy_transfers
from tests.api.conftest import MakeKey, bearer
from tests.support.uploads import NDJSON, REJECTS, Hand, asked, lines, number, touch, traces


async def sent(app: App, key: str, path: str, messages: list[dict[str, Any]], **headers: str) -> tuple[int, Any]:
    """A request of which the messages come one by one, as they are."""
    told = {"authorization": key, "content-type": "application/x-ndjson"} | headers
    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in told.items()],
    }  # fmt: skip
    waiting, answers = iter(messages), list[Any]()

    async def receive() -> dict[str, Any]:
        return next(waiting, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        answers.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in answers[1:])
    return (answers[0]["status"] if answers else 0), orjson.loads(body) if body else None


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_sender_who_leaves_leaves_nothing(app: App, make_key: MakeKey) -> None:
    key = bearer(await make_key())["authorization"]
    whole = lines([touch(at) for at in range(20_000)])
    for share in (0, 1, 100, 1 << 20, len(whole)):
        messages = [part(whole[at : at + 65536]) for at in range(0, share, 65536)]
        assert await sent(app, key, "/imports/touchpoints", messages) == (0, None)
        assert await traces(app.house.db) == {}


@pytest.mark.proof
async def test_a_byte_at_a_time_is_the_same(app: App, make_key: MakeKey, worker: Hand) -> None:
    key = bearer(await make_key())["authorization"]
    whole = gzip.compress(lines([touch(at) for at in range(50)]))
    messages = [part(whole[at : at + 1]) for at in range(len(whole))] + [part(b"", False)]
    status, told = await sent(app, key, "/imports/touchpoints", messages, **{"content-encoding": "gzip"})
    assert status == 202
    await worker.carry_out()
    view = await worker.look(told["job"])
    assert view.result is not None
    assert view.result["created"] == 50


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "said"),
    [
        ("/imports/people", {}, b"{}", 404, "/imports/touchpoints"),
        ("/imports/", {}, b"{}", 404, "There are:"),
        ("/imports/touchpoints", {}, b"", 400, "empty"),
        ("/imports/touchpoints", {"content-type": "image/png"}, b"{}", 415, "application/x-ndjson"),
        ("/imports/touchpoints", {"content-type": "multipart/form-data; boundary=x"}, b"{}", 415, "text/csv"),
        ("/imports/touchpoints", {"content-encoding": "br"}, b"{}", 415, "zstd"),
        ("/imports/touchpoints", {"content-encoding": "gzip"}, b"{}", 400, "Content-Encoding"),
        ("/imports/touchpoints", {"content-encoding": "zstd"}, b"{" * 100, 400, "Content-Encoding"),
        ("/imports/touchpoints", {"idempotency-key": ""}, b"{}", 400, "Idempotency-Key"),
        ("/imports/touchpoints", {"authorization": "Bearer rap_nobody"}, b"{}", 401, "opens nothing"),
    ],
)
async def test_what_makes_no_sense_is_refused_at_the_door(
    client: httpx.AsyncClient, app: App, path: str, headers: dict[str, str], body: bytes, status: int, said: str
) -> None:
    answer = await client.post(path, content=body, headers=NDJSON | headers)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["errors"][0]["message"]
    assert await traces(app.house.db) == {}


async def test_who_may_import_what(stranger: httpx.AsyncClient, app: App, make_key: MakeKey) -> None:
    for role, kind, status in (
        (Role.ANALYST, "touchpoints", 403),
        (Role.MARKETER, "orders", 403),
        (Role.PARTNER, "products", 403),
    ):
        headers = bearer(await make_key(role)) | NDJSON
        assert (await stranger.post(f"/imports/{kind}", content=b"{}", headers=headers)).status_code == status
    assert (await stranger.get("/imports/products", headers=bearer(await make_key()))).status_code == 405
    assert await traces(app.house.db) == {}


async def test_a_partner_writes_for_its_own_source(
    stranger: httpx.AsyncClient, make_key: MakeKey, worker: Hand, app: App
) -> None:
    stranger.headers.update(bearer(await make_key(Role.PARTNER)))
    unsaid = touch(1)
    del unsaid["source"]
    view = await worker.import_(stranger, "touchpoints", lines([touch(0), unsaid, touch(2, source="till")]))
    assert view.result is not None
    assert (view.result["created"], view.result["rejected"]) == (2, 1)
    job = f"job_{view.job_id.hex}"
    [told] = (await asked(stranger, REJECTS, id=job))["job"]["rejects"]["nodes"]
    assert (told["line"], told["field"], told["code"]) == (3, "source", "NOT_ALLOWED")
    [file] = (await asked(stranger, REJECTS, id=job))["job"]["files"]
    assert (await stranger.get(file["url"])).status_code == 200
    assert await number(app.house.db, "SELECT count(*) FROM touchpoint WHERE source = 'till'") == 0
    for role, source, status in ((Role.PARTNER, "till", 404), (Role.PARTNER, "shop", 403), (Role.ANALYST, None, 403)):
        other = bearer(await make_key(role, source=source))
        assert (await stranger.get(file["url"], headers=other)).status_code == status
    assert (await stranger.get(file["url"], headers=bearer(await make_key()))).status_code == 200


async def test_the_same_key_is_the_same_job(client: httpx.AsyncClient, app: App) -> None:
    body, key = lines([touch(1)]), {"idempotency-key": "monday"}
    jobs = [(await client.post("/imports/touchpoints", content=body, headers=NDJSON | key)).json() for _ in range(2)]
    assert jobs[0] == jobs[1]
    other = await client.post("/imports/orders", content=body, headers=NDJSON | key)
    assert (other.status_code, other.json()["errors"][0]["extensions"]["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert (await traces(app.house.db))["job"] == 1


async def test_another_body_under_the_same_key_is_not_swallowed(client: httpx.AsyncClient, app: App) -> None:
    """Of the same length, longer, the same compressed: each would be another request; the first stays what it was."""
    body, key = lines([touch(1)]), NDJSON | {"idempotency-key": "monday"}
    job = (await client.post("/imports/touchpoints", content=body, headers=key)).json()
    for other in (lines([touch(2)]), body + lines([touch(2)]), gzip.compress(body), b"\n"):
        told = await client.post("/imports/touchpoints", content=other, headers=key)
        assert (told.status_code, told.json()["errors"][0]["extensions"]["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert (await client.post("/imports/touchpoints", content=body, headers=key)).json() == job
    assert await traces(app.house.db) == {"job": 1, "upload": 1, "audit_entry": 1, "tables": 1}


async def test_of_two_bodies_under_one_key_at_once_one_is_taken(client: httpx.AsyncClient, app: App) -> None:
    key = NDJSON | {"idempotency-key": "monday"}
    sending = [client.post("/imports/touchpoints", content=lines([touch(at)]), headers=key) for at in range(3)]
    answers = await asyncio.gather(*sending)
    assert sorted(answer.status_code for answer in answers) == [202, 422, 422]
    assert await traces(app.house.db) == {"job": 1, "upload": 1, "audit_entry": 1, "tables": 1}


async def test_the_same_key_at_the_same_moment(client: httpx.AsyncClient, app: App) -> None:
    body, key = lines([touch(1)]), {"idempotency-key": "monday"}
    sending = [client.post("/imports/touchpoints", content=body, headers=NDJSON | key) for _ in range(3)]
    answers = await asyncio.gather(*sending)
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.json()["job"] for answer in answers}) == 1
    assert await traces(app.house.db) == {"job": 1, "upload": 1, "audit_entry": 1, "tables": 1}


async def test_more_than_can_be_taken_in_at_once_wait_outside(app: App, make_key: MakeKey) -> None:
    key = bearer(await make_key())["authorization"]
    hold, inside = asyncio.Event(), asyncio.Event()

    async def slowly() -> int:
        async def receive() -> dict[str, Any]:
            inside.set()
            await hold.wait()
            return part(lines([touch(0)]), False)

        answers = list[Any]()

        async def send(message: Any) -> None:
            answers.append(message)

        headers = [(b"authorization", key.encode()), (b"content-type", b"text/csv")]
        scope = {"type": "http", "method": "POST", "path": "/imports/touchpoints", "headers": headers}
        await app(scope, receive, send)
        return int(answers[0]["status"])

    taken = [asyncio.create_task(slowly()) for _ in range(4)]
    while app.transfer._open < 4:  # noqa: ASYNC110 (nobody tells)
        await asyncio.sleep(0.01)
    refused = await sent(app, key, "/imports/touchpoints", [part(b"{}", False)])
    assert refused[0] == 503
    hold.set()
    assert await asyncio.gather(*taken) == [202] * 4


async def test_a_full_disk_is_told(client: httpx.AsyncClient, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive(*_: object) -> None:
        raise asyncpg.DiskFullError("no room for jane@example.org")

    monkeypatch.setattr(commands_uploads, "receive", receive)
    answer = await client.post("/imports/touchpoints", content=lines([touch(0)]), headers=NDJSON)
    assert answer.status_code == 507
    assert "disk is full" in answer.text
    assert "jane" not in answer.text
    assert await traces(app.house.db) == {}


async def test_what_was_called_off_is_cleared_away(client: httpx.AsyncClient, app: App, worker: Hand) -> None:
    answer = await client.post("/imports/touchpoints", content=lines([touch(0)]), headers=NDJSON)
    job = answer.json()["job"]
    text = "mutation ($id: ID!) { jobCancel(id: $id) { job { status } } }"
    assert (await asked(client, text, id=job))["jobCancel"]["job"]["status"] == "CANCELLED"
    kept = await client.post("/imports/touchpoints", content=lines([touch(1)]), headers=NDJSON)
    async with app.house.db.transaction() as tx:
        await tidy_transfers(tx, datetime.now(UTC))
    assert (await traces(app.house.db))["tables"] == 1
    await worker.carry_out()
    assert (await worker.look(kept.json()["job"])).status is JobStatus.SUCCEEDED


async def test_an_upload_that_the_database_lost_is_told(client: httpx.AsyncClient, app: App, worker: Hand) -> None:
    """Unlogged tables are empty after a crash of Postgres."""
    answer = await client.post("/imports/touchpoints", content=lines([touch(0)]), headers=NDJSON)
    job = answer.json()["job"]
    async with app.house.db.connection() as connection:
        await connection.execute(f"TRUNCATE {commands_uploads.table_of((await worker.look(job)).job_id)}")
    await worker.carry_out()
    view = await worker.look(job)
    assert (view.status, "Send it again" in (view.error or "")) == (JobStatus.FAILED, True)

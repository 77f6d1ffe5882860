"""Members of lists over HTTP: who may send a file of them, what the job tells, and who is on the list then."""

import httpx

from api.app import App
from domain.vocabulary import JobStatus, Role
from tests.api.conftest import MakeKey, bearer
from tests.api.listing import listed
from tests.support.uploads import CSV, NDJSON, REJECTS, Hand, asked, lines, number, traces

COUNT = "query ($id: ID!) { segment(id: $id) { memberCount members { nodes { id } } } }"


async def test_those_who_may_keep_lists_may_import_them(
    stranger: httpx.AsyncClient, app: App, make_key: MakeKey
) -> None:
    for role, status in ((Role.ANALYST, 403), (Role.PARTNER, 403), (Role.MARKETER, 202), (Role.ADMIN, 202)):
        if status == 202:
            assert role is not Role.MARKETER or await traces(app.house.db) == {}
        answer = await stranger.post(
            "/imports/members", content=lines([{"segment": "a"}]), headers=bearer(await make_key(role)) | NDJSON
        )
        assert answer.status_code == status, answer.text
        if status == 403:
            assert "members are imported by an ADMIN or a MARKETER" in answer.text


async def test_a_marketer_takes_people_off_a_list_and_puts_them_back(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, make_key: MakeKey, worker: Hand, app: App
) -> None:
    segment, (ada, bob) = await listed(client, [{"displayName": "Ada"}, {"displayName": "Bob"}])
    stranger.headers.update(bearer(await make_key(Role.MARKETER)))
    rows = [
        {"segment": "a-list", "customer": {"id": ada}, "remove": True},
        {"segment": segment, "customer": {"identity": {"kind": "EMAIL", "value": "p1@example.org"}}},
        {"segment": segment, "customer": {"identity": {"kind": "EMAIL", "value": "nobody@example.org"}}},
    ]
    view = await worker.import_(stranger, "members", lines(rows))
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.result is not None
    assert [view.result[name] for name in ("created", "updated", "duplicates", "rejected")] == [0, 1, 1, 1]
    told = (await asked(stranger, REJECTS, id=f"job_{view.job_id.hex}"))["job"]
    assert [(one["line"], one["field"], one["code"]) for one in told["rejects"]["nodes"]] == [
        (3, "customer.identity", "NOT_FOUND")
    ]
    [file] = told["files"]
    assert "nobody@example.org" not in (await stranger.get(file["url"])).text
    found = (await asked(stranger, COUNT, id=segment))["segment"]
    assert found == {"memberCount": 1, "members": {"nodes": [{"id": bob}]}}
    back = f"segment,customerId,remove\na-list,{ada},\na-list,{bob},true\n"
    view = await worker.import_(stranger, "members", back.encode(), **CSV)
    assert view.result is not None
    assert [view.result[name] for name in ("created", "updated", "duplicates", "rejected")] == [1, 1, 0, 0]
    found = (await asked(stranger, COUNT, id=segment))["segment"]
    assert found == {"memberCount": 1, "members": {"nodes": [{"id": ada}]}}
    assert await number(app.house.db, "SELECT count(*) FROM customer") == 2

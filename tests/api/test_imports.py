"""`POST /imports/{kind}`: what comes in whole becomes a job, and what does not leaves nothing."""

import gzip
import lzma
from typing import Any

import httpx
import orjson
import pytest
import zstandard

from api.app import App
from domain.vocabulary import JobStatus
from tests.support.uploads import CSV, NDJSON, REJECTS, Hand, asked, lines, number, touch, traces


async def test_a_file_comes_in_and_is_recorded(client: httpx.AsyncClient, app: App, worker: Hand) -> None:
    rows = [touch(at, person=at % 7) for at in range(100)]
    answer = await client.post("/imports/touchpoints", content=lines(rows), headers=NDJSON)
    assert answer.status_code == 202
    job = answer.json()["job"]
    assert (await worker.look(job)).status is JobStatus.QUEUED
    assert await number(app.house.db, "SELECT count(*) FROM audit_entry WHERE action = 'import'") == 1
    await worker.carry_out()
    view = await worker.look(job)
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.result == {
        "rows": 100, "rowsRejected": 0, "created": 100, "updated": 0, "duplicates": 0, "rejected": 0, "reasons": {},
    }  # fmt: skip
    assert await number(app.house.db, "SELECT count(*) FROM touchpoint") == 100
    assert await number(app.house.db, "SELECT count(*) FROM customer") == 7
    followed = await client.get(answer.headers["location"])
    assert followed.json()["data"]["job"]["status"] == "SUCCEEDED"
    assert (
        await number(app.house.db, "SELECT count(*) FROM pg_tables WHERE tablename ~ '^(upload|import)_[0-9a-f]{32}'")
        == 0
    )


@pytest.mark.parametrize(
    ("header", "pack"),
    [
        ({"content-encoding": "gzip"}, gzip.compress),
        ({}, zstandard.compress),
        pytest.param({"content-type": "application/gzip"}, gzip.compress, marks=pytest.mark.proof),
        pytest.param({"content-encoding": "xz"}, lzma.compress, marks=pytest.mark.proof),
        pytest.param({"content-type": "application/octet-stream"}, lzma.compress, marks=pytest.mark.proof),
        pytest.param({"content-encoding": "zstd"}, zstandard.compress, marks=pytest.mark.proof),
    ],
)
async def test_compressed_it_is_the_same(
    client: httpx.AsyncClient, worker: Hand, header: dict[str, str], pack: Any
) -> None:
    view = await worker.import_(client, "touchpoints", pack(lines([touch(at) for at in range(10)])), **header)
    assert view.result is not None
    assert view.result["created"] == 10


async def test_sent_twice_everything_is_a_duplicate(client: httpx.AsyncClient, worker: Hand) -> None:
    body = lines([touch(at) for at in range(20)])
    await worker.import_(client, "touchpoints", body)
    again = await worker.import_(client, "touchpoints", body)
    assert again.result is not None
    assert (again.result["created"], again.result["duplicates"]) == (0, 20)


async def test_refused_rows_are_told_and_handed_out(client: httpx.AsyncClient, worker: Hand) -> None:
    rows = [touch(0), touch(1, kind="DANCE"), touch(2, sku="jane@example.org"), touch(3) | {"source": "x" * 2_000_000}]
    view = await worker.import_(client, "touchpoints", lines(rows) + b"{not json\n" + lines([touch(5)]))
    assert view.status is JobStatus.SUCCEEDED
    assert view.result is not None
    assert [view.result[name] for name in ("rows", "created", "rejected", "rowsRejected")] == [6, 2, 4, 4]
    job = f"job_{view.job_id.hex}"
    first = (await asked(client, REJECTS, id=job))["job"]
    told = first["rejects"]
    assert told["totalCount"] == 4
    rest = await asked(client, REJECTS, id=job, after=told["pageInfo"]["endCursor"])
    told = [*told["nodes"], *rest["job"]["rejects"]["nodes"]]
    assert [(one["line"], one["field"], one["code"]) for one in told] == [
        (2, "kind", "INVALID"),
        (3, "sku", "NOT_FOUND"),
        (4, "source", "OUT_OF_RANGE"),
        (5, "", "INVALID"),
    ]
    [file] = first["files"]
    handed = await client.get(file["url"])
    assert handed.status_code == 200
    assert [orjson.loads(line) for line in handed.content.splitlines()] == told
    assert b"jane" not in handed.content
    assert (file["name"], file["rows"], file["bytes"]) == ("rejects.ndjson", 4, len(handed.content))


async def test_a_csv_is_answered_with_a_csv(client: httpx.AsyncClient, worker: Hand) -> None:
    head = "source,externalId,occurredAt,channel,kind,customer\n"
    rows = "shop,a,2025-05-05T12:00:00Z,WEB,VISIT,1\nshop,b,2025-05-05T12:00:00Z,WEB,=DANCE,2\n"
    view = await worker.import_(client, "touchpoints", (head + rows).encode(), **CSV)
    assert view.result is not None
    assert (view.result["created"], view.result["rejected"]) == (1, 1)
    [file] = (await asked(client, REJECTS, id=f"job_{view.job_id.hex}"))["job"]["files"]
    handed = await client.get(file["url"])
    assert handed.headers["content-type"] == "text/csv"
    assert handed.text.splitlines()[0] == "line,field,code,reason"
    assert handed.text.splitlines()[1].startswith("3,kind,INVALID,")


async def test_orders_of_a_csv_are_put_together(client: httpx.AsyncClient, worker: Hand, app: App) -> None:
    await worker.import_(client, "products", lines([{"sku": "pen", "name": "Pen"}, {"sku": "book", "name": "Book"}]))
    head = "source,externalId,orderedAt,channel,customer,sku,quantity,unitPrice\n"
    line = "shop,{0},2025-05-05T12:00:00Z,WEB,1,{1},1,2.5\n"
    rows = line.format("a", "pen") + line.format("b", "pen") + line.format("a", "book") + line.format("c", "nothing")
    view = await worker.import_(client, "orders", (head + rows + line.format("c", "pen")).encode(), **CSV)
    assert view.result is not None
    assert [view.result[name] for name in ("rows", "created", "rejected", "rowsRejected")] == [5, 2, 1, 2]
    assert await number(app.house.db, "SELECT count(*) FROM order_line") == 3


async def test_what_is_refused_whole_leaves_nothing(client: httpx.AsyncClient, worker: Hand, app: App) -> None:
    packed = gzip.compress(lines([touch(at) for at in range(1000)]))
    for body, said in (
        (packed[:-20], "ends too early"),
        (packed[:200] + b"\0" + packed[201:], "damaged"),
        (b"colour,size\nred,1\n", "is no column"),
        (b"\n\n\n", "empty"),
        (gzip.compress(b"\n" * (60 << 20)) * 5, "times as long"),
        (b"{" + b"x" * (9 << 20), "longer than 8 MiB"),
        (lines([touch(at) for at in range(9)]) + b"x" * (9 << 20) + b"\n" + lines([touch(9)]), "longer than 8 MiB"),
    ):
        view = await worker.import_(client, "touchpoints", body)
        assert view.status is JobStatus.FAILED
        assert said in (view.error or "")
    assert await number(app.house.db, "SELECT count(*) FROM touchpoint") == 0
    assert "tables" not in await traces(app.house.db)

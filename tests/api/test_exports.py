"""`GET /exports/{id}`: whole, in parts, not twice; to whom it belongs, and no longer than it is there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from api.app import App
from domain import files
from domain.access.principal import OPERATOR
from domain.ids import new_id
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, Role
from tests.api.conftest import MakeKey, bearer

WHOLE = b"0123456789abcdef" * 100_000


async def made(app: App, *, name: str = "all.csv", personal: bool = True, lasts: timedelta = timedelta(days=1)) -> UUID:
    async def rows() -> AsyncIterator[bytes]:
        for at in range(0, len(WHOLE), 100_000):
            yield WHOLE[at : at + 100_000]

    now = datetime.now(UTC)
    async with app.house.db.transaction() as tx:
        job = await enqueue(tx, JobKind.EXPORT, {}, principal=OPERATOR, now=now)
        return await files.write(
            tx, job, name, "text/csv; charset=utf-8", rows(), personal=personal, expires_at=now + lasts, now=now
        )


async def test_it_is_handed_out_as_it_was_written(client: httpx.AsyncClient, app: App) -> None:
    answer = await client.get(f"/exports/{(await made(app)).hex}")
    assert (answer.status_code, answer.content) == (200, WHOLE)
    assert answer.headers["content-length"] == str(len(WHOLE))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "attachment; filename=\"all.csv\"; filename*=UTF-8''all.csv"
    again = await client.get(answer.url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await client.head(answer.url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(WHOLE)))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-", 5, len(WHOLE)),
        ("bytes=-7", len(WHOLE) - 7, len(WHOLE)),
        (f"bytes={files.PIECE - 3}-{files.PIECE + 3}", files.PIECE - 3, files.PIECE + 4),
        ("bytes=10-99999999999", 10, len(WHOLE)),
    ],
)
async def test_a_part_of_it(client: httpx.AsyncClient, app: App, asked: str, start: int, end: int) -> None:
    answer = await client.get(f"/exports/{(await made(app)).hex}", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, WHOLE[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(WHOLE)}"


async def test_ranges_that_make_no_sense(client: httpx.AsyncClient, app: App) -> None:
    place = f"/exports/{(await made(app)).hex}"
    assert (await client.get(place, headers={"range": f"bytes={len(WHOLE)}-"})).status_code == 416
    assert (await client.get(place, headers={"range": "bytes=-0"})).status_code == 416
    for asked in ("bytes=-", "bytes=1-2,5-6", "rows=1-2", "bytes=9" * 50):
        assert (await client.get(place, headers={"range": asked})).status_code == 200
    other = {"range": "bytes=0-1", "if-range": '"another"'}
    assert (await client.get(place, headers=other)).content == WHOLE


@pytest.mark.parametrize("name", ['a"b\r\nset-cookie: x.csv', "../../etc/passwd", "Übersicht €.csv", "", "x" * 5_000])
async def test_no_name_is_a_path_or_a_header(client: httpx.AsyncClient, app: App, name: str) -> None:
    answer = await client.get(f"/exports/{(await made(app, name=name)).hex}")
    assert "set-cookie" not in answer.headers
    plain = answer.headers["content-disposition"].split('"')[1]
    assert plain
    assert not set(plain) & set('/\\"\r\n;')
    assert not plain.startswith(".")


async def test_whose_it_is_not(stranger: httpx.AsyncClient, app: App, make_key: MakeKey) -> None:
    place = f"/exports/{(await made(app)).hex}"
    assert (await stranger.get(place)).status_code == 401
    for role, status in ((Role.ANALYST, 403), (Role.MARKETER, 403), (Role.PARTNER, 404), (Role.ADMIN, 200)):
        answer = await stranger.get(place, headers=bearer(await make_key(role)))
        assert answer.status_code == status, role


async def test_what_is_not_there(client: httpx.AsyncClient, app: App) -> None:
    for name in ("", "x", new_id(datetime.now(UTC)).hex, "..%2Fgraphql", "0" * 33):
        assert (await client.get(f"/exports/{name}")).status_code == 404
    gone = await client.get(f"/exports/{(await made(app, lasts=timedelta(seconds=-1))).hex}")
    assert gone.status_code == 410
    assert "made again" in gone.json()["errors"][0]["message"]
    assert (await client.post(f"/exports/{(await made(app)).hex}")).status_code == 405


async def test_pages_of_friends_may_fetch_it(client: httpx.AsyncClient, app: App) -> None:
    place = f"/exports/{(await made(app)).hex}"
    for origin, allowed in (("https://shop.example", True), ("https://evil.example", False)):
        asked = await client.options(place, headers={"origin": origin, "access-control-request-method": "GET"})
        assert asked.status_code == 204
        assert ("access-control-allow-headers" in asked.headers) is allowed
        answer = await client.get(place, headers={"origin": origin})
        assert ("access-control-allow-origin" in answer.headers) is allowed

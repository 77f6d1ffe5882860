"""segmentChanged over both doors: who enters and who leaves, told to staff, as long as the key opens."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from domain import access
from domain.vocabulary import Role
from tests.api.conftest import Running, bearer, hasten, key_for
from tests.api.listing import ADD, REMOVE, listed
from tests.api.test_socket import Talk, talk
from tests.api.test_stream import EVENTS, events
from tests.support.uploads import asked
from tests.support.waiting import PATIENCE

FOLLOW = """subscription ($id: ID!) { segmentChanged(id: $id) {
  entered cause segment { key memberCount } customer { id email } } }"""
PEOPLE: list[dict[str, object]] = [{"displayName": "Ada"}, {"displayName": "Bob"}]


async def listened(running: Running, count: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(running.server.app.house.changes._listeners) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def told(one: Talk) -> Any:
    heard = await one.hear()
    assert heard["type"] == "next", heard
    return heard["payload"]["data"]["segmentChanged"]  # type: ignore[index]


async def withhold(running: Running) -> None:
    """As if the few who are in it were found by personal data."""
    async with running.server.app.house.db.connection() as connection:
        await connection.execute("UPDATE segment_version SET personal = true")


async def test_who_enters_and_leaves_is_told_over_both_doors(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    later = hasten(running, monkeypatch)
    key = await key_for(running)
    async with httpx.AsyncClient(base_url=running.url, headers=bearer(key), timeout=PATIENCE) as client:
        segment, (ada, bob) = await listed(client, PEOPLE)

        async def change(text: str, whom: str) -> None:
            await asked(client, text, id=segment, of=[{"id": whom}])

        reader = await key_for(running, Role.ANALYST)
        async with talk(running, key=reader.token) as one, talk(running, key=key.token) as other:
            await one.ask("1", FOLLOW, id=segment)
            await other.ask("1", FOLLOW, id=segment)
            await listened(running, 2)
            await change(REMOVE, ada)
            left = {"entered": False, "cause": "LIST_CHANGED", "segment": {"key": "a-list", "memberCount": 1}}
            assert await told(one) == left | {"customer": {"id": ada, "email": "***"}}
            assert await told(other) == left | {"customer": {"id": ada, "email": "p0@example.org"}}
            await withhold(running)
            await change(ADD, ada)
            assert (await told(other))["entered"]
            await change(REMOVE, ada)
            assert not (await told(other))["entered"]
            await one.ask("2", "{ viewer { name } }")
            assert (await one.hear())["id"] == "2"  # and nothing before it
            async with running.server.app.house.db.transaction() as tx:
                await access.revoke_key(tx, reader.key.key_id, now=datetime.now(UTC))
            later()
            async with asyncio.timeout(PATIENCE):
                while len(running.server.app.house.changes._listeners) > 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        ask = {"query": FOLLOW, "variables": {"id": segment}}
        async with (
            client.stream("POST", "/graphql", json=ask, headers=EVENTS) as answer,
            aclosing(events(answer)) as heard,
        ):
            await listened(running)
            await change(REMOVE, bob)
            name, event = await anext(heard)
            found: Any = event
            assert (name, found["data"]["segmentChanged"]["customer"]["id"]) == ("next", bob)
        async with asyncio.timeout(PATIENCE):
            while running.server.app.house.changes._looking is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_what_cannot_be_followed_is_refused(running: Running) -> None:
    ids = {"seg_" + "0" * 32: "NOT_FOUND", "cus_" + "0" * 32: "INVALID"}
    async with talk(running, key=(await key_for(running)).token) as one:
        for number, (id_, code) in enumerate(ids.items()):
            await one.ask(str(number), FOLLOW, id=id_)
            heard: Any = await one.hear()
            [error] = heard["payload"]["errors"]
            assert (error["extensions"]["code"], error["extensions"]["path"]) == (code, ["id"])
            assert (await one.hear())["type"] == "complete"
    async with talk(running, key=(await key_for(running, Role.PARTNER)).token) as one:
        await one.ask("1", FOLLOW, id="seg_" + "0" * 32)
        heard = await one.hear()
        [error] = heard["payload"]
        assert error["extensions"]["code"] == "NOT_ALLOWED"

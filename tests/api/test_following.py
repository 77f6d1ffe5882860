"""touchpointRecorded over both doors: what calls and imports record is told once, to whom may see it."""

import asyncio
from contextlib import aclosing
from typing import Any

import httpx

from domain.transfer import Kind
from domain.vocabulary import Role
from tests.api.conftest import Running, bearer, key_for
from tests.api.test_socket import Talk, talk
from tests.api.test_stream import EVENTS, events
from tests.support.importing import bring
from tests.support.waiting import PATIENCE

ALL = "subscription { touchpointRecorded { kind source customer { id } } }"
OF_ONE = "subscription Of($customer: ID!) { touchpointRecorded(customer: $customer) { what: kind subject } }"
RECORD = "mutation ($input: TouchpointInput!) { touchpointRecord(input: $input) { touchpoint { customer { id } } } }"


def touch(kind: str = "CALL", whom: str = "1", source: str = "shop", **said: object) -> dict[str, object]:
    identity = {"kind": "EXTERNAL_ID", "value": whom, "source": "shop"}
    about = {"channel": "PHONE", "kind": kind, "occurredAt": "2026-01-05T12:00:00Z", "source": source}
    return about | {"customer": {"identity": identity}, **said}


async def record(running: Running, **said: Any) -> str:
    """By a call; the customer's id."""
    key = await key_for(running)
    async with httpx.AsyncClient(base_url=running.url, headers=bearer(key), timeout=PATIENCE) as client:
        answer = await client.post("/graphql", json={"query": RECORD, "variables": {"input": touch(**said)}})
    told: str = answer.json()["data"]["touchpointRecord"]["touchpoint"]["customer"]["id"]
    return told


async def listened(running: Running, count: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(running.server.app.house.feed._listeners) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def told(one: Talk) -> Any:
    heard = await one.hear()
    assert heard["type"] == "next", heard
    return heard["payload"]["data"]["touchpointRecorded"]  # type: ignore[index]


async def test_calls_and_imports_are_told_over_a_socket(running: Running) -> None:
    db = running.server.app.house.db
    ada = await record(running, kind="VISIT", whom="ada")
    async with talk(running, key=(await key_for(running)).token) as one:
        await one.ask("all", ALL)
        await listened(running)
        await record(running, kind="CALL", whom="ada", externalId="t1")
        assert await told(one) == {"kind": "CALL", "source": "shop", "customer": {"id": ada}}
        await bring(db, Kind.TOUCHPOINTS, [touch(externalId="t2", kind="MEETING", whom="ada")])
        assert (await told(one))["kind"] == "MEETING"
        # Sent again it is nothing new.
        await record(running, kind="CALL", whom="ada", externalId="t1")
        await one.ask("ada", OF_ONE, customer=ada)
        await listened(running, 2)
        await record(running, kind="CALL", whom="bob")
        await record(running, kind="SURVEY", whom="ada", subject="How was it?")
        heard = [await one.hear() for _ in range(3)]
        of_ada = [event["payload"] for event in heard if event["id"] == "ada"]
        assert of_ada == [{"data": {"touchpointRecorded": {"what": "SURVEY", "subject": "How was it?"}}}]
        of_all = [event["payload"]["data"]["touchpointRecorded"]["kind"] for event in heard if event["id"] == "all"]  # type: ignore[index]
        assert of_all == ["CALL", "SURVEY"]


async def test_a_partner_hears_of_its_own_source(running: Running) -> None:
    ada = await record(running, whom="ada")
    shop = await key_for(running, Role.PARTNER)
    async with talk(running, key=shop.token) as one:
        await one.ask("all", ALL)
        await listened(running)
        await record(running, kind="CALL", source="till", whom="ada")
        await record(running, kind="VISIT", source="shop", whom="ada")
        assert await told(one) == {"kind": "VISIT", "source": "shop", "customer": {"id": ada}}


async def test_a_customer_who_is_not_known_is_a_clear_error(running: Running) -> None:
    async with talk(running, key=(await key_for(running)).token) as one:
        for number, (id_, code) in enumerate({"cus_" + "0" * 32: "NOT_FOUND", "tp_" + "0" * 32: "INVALID"}.items()):
            await one.ask(str(number), OF_ONE, customer=id_)
            [error] = _errors(await one.hear())
            assert (error["extensions"]["code"], error["extensions"]["path"]) == (code, ["customer"])
            assert (await one.hear())["type"] == "complete"
    # A partner is told no more of whom it does not know.
    stranger = await record(running, whom="else", source="till", customer={"identity": _email()})
    async with talk(running, key=(await key_for(running, Role.PARTNER)).token) as one:
        await one.ask("1", OF_ONE, customer=stranger)
        [error] = _errors(await one.hear())
        assert error["extensions"]["code"] == "NOT_FOUND"


def _email() -> dict[str, object]:
    return {"kind": "EMAIL", "value": "else@example.org"}


def _errors(heard: dict[str, object]) -> Any:
    payload: Any = heard["payload"]
    assert "data" not in payload
    return payload["errors"]


async def test_the_same_is_told_as_server_sent_events(running: Running) -> None:
    ada = await record(running, whom="ada")
    headers = bearer(await key_for(running)) | EVENTS
    async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=PATIENCE) as client:
        ask = {"query": OF_ONE, "variables": {"customer": ada}}
        async with client.stream("POST", "/graphql", json=ask) as answer, aclosing(events(answer)) as heard:
            await listened(running)
            await record(running, kind="SURVEY", whom="ada")
            assert await anext(heard) == ("next", {"data": {"touchpointRecorded": {"what": "SURVEY", "subject": None}}})
        async with client.stream(
            "POST", "/graphql", json={"query": OF_ONE, "variables": {"customer": "cus_" + "0" * 32}}
        ) as answer:
            told_events = [event async for event in events(answer)]
        assert [name for name, _ in told_events] == ["next", "complete"]
        assert told_events[0][1]["errors"][0]["extensions"]["code"] == "NOT_FOUND"  # type: ignore[index]
    # Who goes leaves nothing that looks on.
    async with asyncio.timeout(PATIENCE):
        while running.server.app.house.feed._looking is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

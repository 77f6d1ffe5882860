"""100,000 touchpoints, sixteen writers, three in ten sent again, web killed five times: each is there once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain import access
from domain.database import Database
from domain.ids import Prefix, parse_id
from domain.vocabulary import Role
from tests.support.web import Client, Web

SENT, AGAIN, CUSTOMERS = 100_000, 30_000, 20_000
ROWS, WRITERS, KILLS = 250, 16, 5
SEED = 20260301
RECORD = """mutation Record($rows: [TouchpointInput!]!) {
  touchpointsRecord(input: $rows) { results { status id errors { code message } } errors { code message } }
}"""


def row(number: int) -> dict[str, object]:
    """Some say who they are by their e-mail, some by the shop's number; a tenth name an order that never comes."""
    who = number * 7919 % CUSTOMERS
    kind, value = ("EMAIL", f"person{who}@example.org") if who % 2 else ("EXTERNAL_ID", f"n{who}")
    more = {"orderExternalId": f"o{number}"} if number % 10 == 0 else {}
    return more | {
        "customer": {"identity": {"kind": kind, "value": value}},
        "channel": ("WEB", "EMAIL", "PHONE")[number % 3],
        "kind": ("VISIT", "CLICK", "CALL")[number % 3],
        "occurredAt": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T09:30:00Z",
        "source": "shop",
        "externalId": str(number),
    }


@dataclass(slots=True)
class Record:
    """What was acknowledged: the id told for each row, and how often each status was."""

    ids: dict[int, UUID] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    troubles: Counter[str] = field(default_factory=Counter)

    def note(self, numbers: list[int], data: dict[str, Any]) -> None:
        told = data["touchpointsRecord"]
        assert told["errors"] == []
        assert len(told["results"]) == len(numbers)
        for number, result in zip(numbers, told["results"], strict=True):
            assert result["errors"] == [], result
            id_ = parse_id(Prefix.TOUCHPOINT, result["id"])
            assert self.ids.setdefault(number, id_) == id_  # told again, it is the same one
            self.statuses[result["status"]] += 1
        self.calls += 1


async def deliver(client: Client, numbers: list[int], record: Record, *, key: str | None) -> None:
    """Sent until it is acknowledged; who gets no answer does not know whether it was recorded."""
    body = orjson.dumps({"query": RECORD, "variables": {"rows": [row(number) for number in numbers]}})
    while True:
        try:
            told = await client.send(body, key=key)
        except (OSError, EOFError):
            record.troubles["broken"] += 1
        else:
            answer = orjson.loads(told.body)
            if told.status == 200 and "errors" not in answer:
                return record.note(numbers, answer["data"])
            assert told.status in (409, 503) or answer["errors"][0]["extensions"]["code"] == "CONFLICT", told
            record.troubles[str(told.status)] += 1
        await asyncio.sleep(0.05)


def calls() -> list[list[int]]:
    """Seven in ten numbers are new, three were sent before or are sent once more later, in any order."""
    chance = random.Random(SEED)
    numbers = list(range(SENT - AGAIN))
    numbers += chance.sample(numbers, AGAIN)
    chance.shuffle(numbers)
    return [numbers[at : at + ROWS] for at in range(0, SENT, ROWS)]


@pytest.fixture
async def web(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Web]:
    one = Web(database_url, redis_url, tmp_path)
    one.start()
    try:
        await one.ready()
        yield one
    finally:
        one.kill()


@pytest.mark.proof
async def test_what_was_acknowledged_is_there_exactly_once(db: Database, web: Web) -> None:
    async with db.transaction() as tx:
        request = access.KeyRequest("till", Role.ADMIN)
        token = (await access.create_key(tx, request, now=datetime.now(UTC))).token
    record, waiting = Record(), iter(enumerate(calls()))

    async def write() -> None:
        client = Client(web, token)
        for number, numbers in waiting:
            # Every second call has a key: its answer is replayed where it was lost. The others rely on external ids.
            await deliver(client, numbers, record, key=f"call-{number}" if number % 2 else None)
        client.close()

    async def kill() -> None:
        for turn in range(1, KILLS + 1):
            while record.calls < turn * SENT // ROWS // (KILLS + 1):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            web.kill()
            web.start()
            await web.ready()

    await asyncio.gather(kill(), *(write() for _ in range(WRITERS)))
    assert record.calls == SENT // ROWS
    assert sum(record.statuses.values()) == SENT
    assert record.troubles["broken"] >= KILLS
    print(dict(record.statuses), dict(record.troubles))  # noqa: T201 (figures that the proofs tell)
    await each_is_there_once(db, record)


async def each_is_there_once(db: Database, record: Record) -> None:
    new = SENT - AGAIN
    async with db.connection() as tx, tx.transaction(isolation="repeatable_read"):
        rows = await tx.fetch("SELECT external_id, touchpoint_id FROM touchpoint")
        assert len(rows) == new
        assert {int(row["external_id"]): row["touchpoint_id"] for row in rows} == record.ids
        claims = await tx.fetch("SELECT touchpoint_id FROM touchpoint_claim")
        assert len(claims) == new
        assert {row["touchpoint_id"] for row in claims} == set(record.ids.values())
        who = {row(number)["customer"]["identity"]["value"] for number in range(new)}  # type: ignore[index]
        for table in ("customer", "customer_identity", "identity_claim", "customer_score", "customer_mark"):
            assert await tx.fetchval(f"SELECT count(*) FROM {table}") == len(who), table
        assert await tx.fetchval("SELECT sum(touches) FROM customer_month") == new
        # The audit log is of what was committed: every call once, every touchpoint created once.
        created = "SELECT sum((detail::json -> 'after' ->> 'created')::integer) FROM audit_entry"
        assert await tx.fetchval(created) == new

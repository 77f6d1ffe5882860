"""Ten thousand keys, a fifth of them sent twice at once, some with another body, a web process killed: once each."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain import access
from domain.audit import seal
from domain.audit.verifying import verify
from domain.database import Database
from domain.ids import Prefix, parse_id
from domain.vocabulary import Role
from tests.support.web import Client, Told, Web

KEYS = 10_000
TWICE = KEYS // 5
OTHER_BODY = KEYS // 25
LATER = 500
CUSTOMERS = 300
WORKERS = 20
# Without an id of its source nothing but the key keeps a touchpoint from being recorded twice.
RECORD = """mutation Record($input: TouchpointInput!) {
  touchpointRecord(input: $input) { touchpoint { id subject customer { id } } errors { code message } }
}"""


@dataclass(slots=True)
class Record:
    """What was answered under each key: the bodies that were acknowledged, and how often each thing happened."""

    acknowledged: dict[int, set[bytes]] = field(default_factory=dict)
    first: Counter[int] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def note(self, key: int, told: Told) -> None:
        self.acknowledged.setdefault(key, set()).add(told.body)
        replayed = told.headers.get("idempotent-replayed") == "true"
        self.first[key] += not replayed
        self.seen["replayed" if replayed else "done"] += 1


def body(key: int, *, other: bool = False) -> bytes:
    """A visit of one of the customers; the other body is about something else."""
    email = f"person{key % CUSTOMERS}@example.org"
    given = {
        "customer": {"identity": {"kind": "EMAIL", "value": email}},
        "channel": "WEB",
        "kind": "VISIT",
        "occurredAt": "2026-03-01T09:30:00Z",
        "source": "shop",
        "subject": f"{'other' if other else 'page'} {key}",
    }
    return orjson.dumps({"query": RECORD, "variables": {"input": given}})


async def deliver(client: Client, key: int, content: bytes, record: Record) -> Told:
    """Sends it until it is answered: broken connections, 409 and what was undone are no answers."""
    while True:
        try:
            told = await client.send(content, key=f"key-{key}")
        except (OSError, EOFError):
            record.seen["broken"] += 1
            await asyncio.sleep(0.05)
            continue
        if told.status == 409:
            assert told.headers["retry-after"] == "1"
            record.seen["busy"] += 1
            await asyncio.sleep(0.2)
            continue
        if undone(told):
            record.seen["undone"] += 1
            await asyncio.sleep(0.1)
            continue
        return told


def undone(told: Told) -> bool:
    """Whether nothing was carried out, and it may well be when it is sent again: no connection, no time, a crowd."""
    if told.status not in (200, 503):
        return False
    answer = orjson.loads(told.body)
    if answer.get("data") is not None:
        return False
    assert answer["errors"][0]["extensions"]["code"] in ("UNAVAILABLE", "TIMEOUT"), answer
    return True


async def once(client: Client, key: int, record: Record) -> None:
    told = await deliver(client, key, body(key), record)
    assert told.status == 200, told
    record.note(key, told)


async def twice(pair: tuple[Client, Client], key: int, record: Record, *, other: bool) -> None:
    """At the same moment, to two processes."""
    sent = [body(key), body(key, other=other)]
    answers = await asyncio.gather(*(deliver(c, key, content, record) for c, content in zip(pair, sent, strict=True)))
    for told in answers:
        if told.status == 422:
            assert orjson.loads(told.body)["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
            record.seen["mismatch"] += 1
        else:
            assert told.status == 200, told
            record.note(key, told)
    assert sum(told.status == 422 for told in answers) == other


@pytest.fixture
async def webs(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Web, Web]]:
    first, second = (Web(database_url, redis_url, tmp_path, name) for name in ("one", "two"))
    with ExitStack() as stack:
        for web in (first, second):
            stack.callback(web.kill)
            web.start()
        for web in (first, second):
            await web.ready()
        yield first, second


@pytest.fixture
async def token(db: Database) -> str:
    async with db.transaction() as tx:
        request = access.KeyRequest("till", Role.ADMIN)
        return (await access.create_key(tx, request, now=datetime.now(UTC))).token


@pytest.mark.proof
async def test_ten_thousand_keys_each_have_one_effect(db: Database, webs: tuple[Web, Web], token: str) -> None:
    record, rng = Record(), random.Random(4)
    keys = list(range(KEYS))
    rng.shuffle(keys)
    double, other = set(keys[:TWICE]), set(keys[:OTHER_BODY])
    rng.shuffle(keys)
    waiting, killed = iter(keys), asyncio.Event()

    async def work(number: int) -> None:
        pair = Client(webs[number % 2], token), Client(webs[1 - number % 2], token)
        for key in waiting:
            if key in double:
                await twice(pair, key, record, other=key in other)
            else:
                await once(pair[0], key, record)
            if len(record.acknowledged) > KEYS // 2 and not killed.is_set():
                killed.set()
                webs[1].kill()
                webs[1].start()
        for client in pair:
            client.close()

    await asyncio.gather(*(work(number) for number in range(WORKERS)))
    await send_again(Client(webs[0], token), rng.sample(sorted(set(keys) - other), LATER), record)

    assert set(record.acknowledged) == set(keys)
    assert {len(bodies) for bodies in record.acknowledged.values()} == {1}  # equal to the byte
    assert max(record.first.values()) == 1  # whose first answer was lost with the process got it as a replay
    assert record.seen["mismatch"] == OTHER_BODY
    assert record.seen["replayed"] >= TWICE - OTHER_BODY + LATER
    assert record.seen["broken"] > 0
    await each_is_there_once(db, record)


async def send_again(client: Client, keys: list[int], record: Record) -> None:
    for key in keys:
        told = await client.send(body(key), key=f"key-{key}")
        assert told.headers["idempotent-replayed"] == "true"
        record.note(key, told)


async def each_is_there_once(db: Database, record: Record) -> None:
    """What was acknowledged is what is there: facts, entries of the log, and nothing beside them."""
    told: dict[Any, str] = {}
    for [answer] in record.acknowledged.values():
        found = orjson.loads(answer)["data"]["touchpointRecord"]
        assert found["errors"] == []
        told[parse_id(Prefix.TOUCHPOINT, found["touchpoint"]["id"])] = found["touchpoint"]["subject"]
    async with db.connection() as connection, connection.transaction(isolation="repeatable_read"):
        stored = await connection.fetch("SELECT touchpoint_id, subject FROM touchpoint")
        assert {row["touchpoint_id"]: row["subject"] for row in stored} == told
        assert len(stored) == len(told) == KEYS
        assert await connection.fetchval("SELECT count(*) FROM customer") == CUSTOMERS
        assert await connection.fetchval("SELECT sum(touches) FROM customer_month") == KEYS
        assert await connection.fetchval("SELECT count(*) FROM audit_entry") == KEYS
        assert await connection.fetchval("SELECT count(*) FROM idempotency_key WHERE answer IS NOT NULL") == KEYS
        while await seal(connection, now=datetime.now(UTC)):
            pass
        verdict = await verify(connection, now=datetime.now(UTC))
        assert (verdict.broken, verdict.sealed) == ([], KEYS)

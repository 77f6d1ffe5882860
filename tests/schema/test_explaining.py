"""Explaining over GraphQL: wherever a segment is told, to whom it may be, and by a resolver below the one statement."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from schema import patience
from schema.execution import Answer, Way, execute
from tests.schema.world import CALLERS, World, ask, context, prepare

_BEST, _ADA, _LIST, _GONE = (f"seg_0190a1b2c3d47e5f8a9b00000000000{n}" for n in range(1, 5))
_WHY = "explain(customer: $who) { member enteredAt clauses { clause holds value } }"
_ASKED = "query ($who: ID!) { %s }"


@pytest.fixture
async def db(world: World) -> Any:
    database = Database(world.url, size=2)
    yield database
    await database.close()


@pytest.fixture
def who(world: World) -> str:
    return next(id_ for id_ in world.pool.ids if id_.startswith("cus_"))


def data(answer: Answer) -> Any:
    told = orjson.loads(answer.body)
    assert "errors" not in told, told
    return told["data"]


WAYS = [
    ('a: segment(key: "seg-1") { %s }', lambda told: told["a"]),
    (f'node(id: "{_BEST}") {{ ... on Segment {{ %s }} }}', lambda told: told["node"]),
    (f'nodes(ids: ["{_BEST}"]) {{ ... on Segment {{ %s }} }}', lambda told: told["nodes"][0]),
    ('segments(search: "best") { nodes { %s } }', lambda told: told["segments"]["nodes"][0]),
    ('segments(search: "best") { edges { node { %s } } }', lambda told: told["segments"]["edges"][0]["node"]),
    (f'segment(id: "{_BEST}") {{ dependents {{ key }} %s }}', lambda told: told["segment"]),
]


@pytest.mark.parametrize("way", ["auto", "standard"])
@pytest.mark.parametrize(("field", "found"), WAYS)
async def test_it_is_explained_wherever_a_segment_is_told(
    db: Database, who: str, field: str, found: Any, way: Way
) -> None:
    answer = await ask(db, OPERATOR, _ASKED % field % _WHY, {"who": who}, way=way)
    assert not answer.straight
    explained = found(data(answer))["explain"]
    [clause] = explained["clauses"]
    assert clause == {"clause": "kind is person", "holds": clause["value"] == "PERSON", "value": clause["value"]}


async def test_aliases_have_each_their_own(db: Database) -> None:
    text = "{ customers(first: 3) { nodes { id } } }"
    people = [node["id"] for node in data(await ask(db, OPERATOR, text))["customers"]["nodes"]]
    asked = " ".join(
        f'w{n}: explain(customer: "{one}") {{ member clauses {{ value }} }}' for n, one in enumerate(people)
    )
    told = data(await ask(db, OPERATOR, f'{{ segment(key: "seg-3") {{ {asked} name }} }}'))["segment"]
    for n, one in enumerate(people):
        own = data(await ask(db, OPERATOR, _ASKED % f'segment(key: "seg-3") {{ {_WHY} }}', {"who": one}))
        assert told[f"w{n}"]["member"] == own["segment"]["explain"]["member"]


async def test_a_list_says_since_when(db: Database) -> None:
    text = '{ segment(key: "seg-3") { members(first: 1) { nodes { id } } } }'
    [member] = data(await ask(db, OPERATOR, text))["segment"]["members"]["nodes"]
    told = data(await ask(db, OPERATOR, _ASKED % f'segment(key: "seg-3") {{ {_WHY} }}', {"who": member["id"]}))
    assert told["segment"]["explain"] == {
        "member": True,
        "enteredAt": "2026-04-01T00:00:00+00:00",
        "clauses": [{"clause": "is on the list", "holds": True, "value": "2026-04-01T00:00:00+00:00"}],
    }


async def test_nobody_is_not_found(db: Database) -> None:
    text = f'query ($who: ID!) {{ s: segment(key: "seg-1") {{ why: {_WHY} }} }}'
    answer = await ask(db, OPERATOR, text, {"who": "cus_" + "0" * 32})
    [error] = orjson.loads(answer.body)["errors"]
    assert (answer.code, error["path"], error["extensions"]["path"]) == ("NOT_FOUND", ["s", "why"], ["customer"])
    assert error["message"] == "there is no customer cus_" + "0" * 32
    assert (await ask(db, OPERATOR, text, {"who": "seg_1"})).code == "INVALID"


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
async def test_each_role_is_told_what_it_may_be(db: Database, who: str, caller: Principal) -> None:
    codes = [
        (await ask(db, caller, _ASKED % f'segment(key: "{key}") {{ {_WHY} }}', {"who": who})).code
        for key in ("seg-1", "seg-2")
    ]
    if caller.role is Role.PARTNER:
        assert codes == ["NOT_ALLOWED", "NOT_ALLOWED"]
    else:
        assert codes == [None, None if caller.reads_personal_data else "NOT_ALLOWED"]


async def test_what_is_refused_says_the_remedy(db: Database, who: str) -> None:
    answer = await ask(db, CALLERS[3], _ASKED % f'segment(key: "seg-2") {{ {_WHY} }}', {"who": who})
    [error] = orjson.loads(answer.body)["errors"]
    assert error["message"] == (
        "explain tells what personal data the segment's filter asks for, which this key may not read: ask with a key"
        " that may"
    )


async def test_what_it_costs_is_told_and_limited(db: Database, who: str) -> None:
    one = await ask(db, OPERATOR, _ASKED % f'segment(key: "seg-1") {{ {_WHY} }}', {"who": who})
    assert one.cost is not None
    assert one.cost >= 100
    many = await ask(db, OPERATOR, _ASKED % f"segments(first: 250) {{ nodes {{ {_WHY} }} }}", {"who": who})
    assert (many.code, many.executed) == ("TOO_COSTLY", False)
    assert (
        await ask(db, OPERATOR, _ASKED % f"segments(first: 90) {{ nodes {{ {_WHY} }} }}", {"who": who})
    ).code is None


async def test_what_is_asked_beside_it_stays_one_statement(world: World, who: str) -> None:
    db, sent = Database(world.url, size=1), []
    async with db.connection() as connection:
        connection.add_query_logger(lambda record: sent.append(record.query))
    members = "name members(first: 2) { nodes { id } }"
    text = _ASKED % f'segment(key: "seg-1") {{ {members} {_WHY} }} jobs {{ totalCount }}'
    assert (await ask(db, OPERATOR, text, {"who": who})).code is None
    await asyncio.sleep(0)
    selects = [sql for sql in sent if sql.lstrip().startswith(("SELECT", "\nSELECT", "WITH"))]
    assert len(selects) == 4, sent  # the question's; the rule, the customer, the clauses
    await db.close()


async def test_a_payload_explains_too(database_url: str) -> None:
    db = Database(database_url, size=2)
    text = (
        'mutation { customerUpsert(input: {source: "s", kind: PERSON,'
        ' identities: [{kind: EMAIL, value: "ada@example.org"}]}) { customer { id } errors { message } } }'
    )
    who = data(await ask(db, OPERATOR, text))["customerUpsert"]["customer"]["id"]
    text = (
        'mutation ($who: ID!) { segmentCreate(input: {name: "New", where: {kind: [PERSON]}})'
        f" {{ segment {{ name {_WHY} }} errors {{ message }} }} }}"
    )
    told = data(await ask(db, CALLERS[2], text, {"who": who}))["segmentCreate"]["segment"]["explain"]
    # Nobody was looked at yet.
    assert (told["member"], told["enteredAt"]) == (False, None)
    assert told["clauses"] == [{"clause": "kind is person", "holds": True, "value": "PERSON"}]
    await db.close()


async def test_resolvers_are_within_the_callers_patience(
    db: Database, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    asked = context(db, OPERATOR)
    async with asked.turn:  # nobody gets on
        monkeypatch.setattr(patience, "PATIENCE", dict.fromkeys(Role, timedelta(seconds=0.5)))
        answer = await execute(
            prepare(_ASKED % f'segment(key: "seg-1") {{ {_WHY} }}'), {"who": who}, replace(asked, request_id="r")
        )
    assert (answer.code, answer.executed) == ("TIMEOUT", False)

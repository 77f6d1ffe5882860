"""The audit log: every mutation leaves one entry that tells who, what and of what; admins read it, newest first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.access.principal import Principal
from domain.audit import Did, enter
from domain.database import Database
from domain.ids import KeyId, Prefix, to_public
from domain.query.asking import Occasion
from domain.vocabulary import Role
from schema.root import graphql_schema
from tests.schema.mutations import CALLER, SAMPLES, Scene
from tests.schema.world import ask, context

LOG = """query Log($first: Int, $after: String, $subject: ID, $actor: String, $action: String, $over: Period) {
  auditLog(first: $first, after: $after, subject: $subject, actor: $actor, action: $action, over: $over) {
    totalCount nodes { id at actor actorKey action subject detail } pageInfo { hasNextPage endCursor }
  }
}"""
KEY = KeyId(UUID(int=77))
ADA = to_public(Prefix.CUSTOMER, UUID(int=1))
BOB = to_public(Prefix.CUSTOMER, UUID(int=2))


def test_every_mutation_has_a_sample() -> None:
    assert graphql_schema.mutation_type is not None
    assert set(SAMPLES) == set(graphql_schema.mutation_type.fields)


async def test_every_mutation_leaves_one_entry(db: Database) -> None:
    scene = Scene(db)
    for name, sample in SAMPLES.items():
        await scene.prepare(name)
        before = {one["id"] for one in await newest(db, first=100)}
        await scene.play(name)
        [entry] = [one for one in await newest(db, first=100) if one["id"] not in before]
        assert (entry["actor"], entry["action"]) == (CALLER.name, name)
        assert (entry["subject"] or "").partition("_")[0] == (sample.subject or ""), (name, entry)
        assert scene.named(sample.tells or "") in orjson.dumps(entry["detail"]).decode(), (name, entry)


async def test_what_is_refused_leaves_none(db: Database) -> None:
    refused = await ask(db, CALLER, "mutation { jobStart(kind: IMPORT) { errors { code } } }")
    assert orjson.loads(refused.body)["data"]["jobStart"]["errors"] != []
    assert await newest(db) == []


async def newest(db: Database, caller: Principal = CALLER, **given: Any) -> list[dict[str, Any]]:
    """The entries of a page; both ways answer alike."""
    answers = [await ask(db, caller, LOG, given, way=way) for way in ("auto", "standard")]
    assert answers[0].code is None, answers[0].body
    assert orjson.loads(answers[0].body) == orjson.loads(answers[1].body)
    nodes: list[dict[str, Any]] = orjson.loads(answers[0].body)["data"]["auditLog"]["nodes"]
    return nodes


def occasion(db: Database, hours: float, name: str = "shop") -> Occasion:
    now = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hours)
    asked = context(db, Principal(name, Role.ADMIN, key_id=KEY if name == "shop" else None)).occasion
    return Occasion(asked.principal, now, asked.zone, asked.keys)


@pytest.fixture
async def log(db: Database) -> Database:
    """Ten entries, an hour apart, of two actors about two customers."""
    async with db.transaction() as tx:
        for at in range(10):
            subject, name = (ADA, BOB)[at % 2], ("shop", "till")[at % 5 == 0]
            did = Did(key=None, subject=subject, customer=UUID(int=1 + at % 2), after={"at": at})
            action = "needRecord" if at < 5 else "consentRecord"
            await enter(tx, did, action=action, occasion=occasion(db, at, name))
    return db


def ats(nodes: list[dict[str, Any]]) -> list[int]:
    return [node["detail"]["after"]["at"] for node in nodes]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ({"subject": BOB}, [9, 7, 5, 3, 1]),
    ({"actor": "till"}, [5, 0]),
    ({"actor": f"key_{KEY.hex}"}, [9, 8, 7, 6, 4, 3, 2, 1]),
    ({"action": "consentRecord"}, [9, 8, 7, 6, 5]),
    ({"over": {"from": "2026-05-01T02:00:00Z", "until": "2026-05-01T04:00:00Z"}}, [3, 2]),
    ({"over": {"from": "2026-05-01T08:00:00Z"}}, [9, 8]),
    ({"over": {"until": "2026-05-01T01:00:00Z"}}, [0]),
    ({"over": {"last": "P31DT5H"}}, [9, 8, 7]),  # the world's now is noon of 1 June
    ({"over": {"last": "P31DT6H30M"}}, [9, 8, 7, 6]),
    ({"over": {}}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ({"subject": ADA, "actor": "shop", "action": "needRecord", "over": {"from": "2026-05-01T01:00:00Z"}}, [4, 2]),
    ({"subject": "cus_"}, []),
    ({"subject": None, "actor": None, "over": None}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
]


@pytest.mark.parametrize(("given", "found"), FILTERS)
async def test_entries_are_found(log: Database, given: dict[str, Any], found: list[int]) -> None:
    assert ats(await newest(log, **given)) == found


async def test_pages_follow_each_other(log: Database) -> None:
    seen: list[int] = []
    after = None
    for _ in range(4):
        answer = orjson.loads((await ask(log, CALLER, LOG, {"first": 3, "after": after})).body)["data"]["auditLog"]
        seen += ats(answer["nodes"])
        after = answer["pageInfo"]["endCursor"]
        assert answer["totalCount"] == 10
    assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert not answer["pageInfo"]["hasNextPage"]


async def test_an_entry_is_fetched_by_its_id(log: Database) -> None:
    [entry] = await newest(log, first=1)
    text = "query One($id: ID!) { node(id: $id) { id ... on AuditEntry { action detail } } }"
    found = orjson.loads((await ask(log, CALLER, text, {"id": entry["id"]})).body)["data"]["node"]
    assert found == {"id": entry["id"], "action": "consentRecord", "detail": {"after": {"at": 9}}}


async def test_details_are_masked_for_who_may_not_read_personal_data(log: Database) -> None:
    masked = Principal("masked", Role.ADMIN)
    assert {str(node["detail"]) for node in await newest(log, masked)} == {"{}"}


async def test_an_erased_detail_is_told_as_such(log: Database) -> None:
    async with log.transaction() as tx:
        await tx.execute("UPDATE audit_entry SET detail = NULL, salt = NULL")
    assert {node["detail"]["erased"] for node in await newest(log)} == {True}


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.PARTNER])
async def test_only_admins_read_it(log: Database, role: Role) -> None:
    caller = Principal("other", role, reads_personal_data=True, source="shop" if role is Role.PARTNER else None)
    [entry] = await newest(log, first=1)
    for text in ("{ auditLog { totalCount } }", f'{{ node(id: "{entry["id"]}") {{ id }} }}'):
        assert (await ask(log, caller, text)).code == "NOT_ALLOWED"


WRONG = [
    ({"over": {"from": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"}}, "INVALID"),
    ({"over": {"last": "P1D", "from": "2026-05-01T00:00:00Z"}}, "INVALID"),
    ({"over": {"last": "P499Y"}, "after": "x"}, "BAD_CURSOR"),
    ({"first": 251}, "INVALID"),
]


@pytest.mark.parametrize(("given", "code"), WRONG)
async def test_what_makes_no_sense_is_refused(log: Database, given: dict[str, Any], code: str) -> None:
    assert (await ask(log, CALLER, LOG, given)).code == code

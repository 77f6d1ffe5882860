"""Rules as people save them: what is wrong with one is told where it stands, nobody writes over what they may not read,
and what becomes personal, or is erased, is told no more.
"""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.access.principal import Principal
from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.database import Database
from domain.privacy.commands_erasing import erase
from domain.segments import commands_ruling
from domain.transfer import Kind
from domain.vocabulary import AttributeType, Role
from schema.context import Writing
from tests.schema.arguments import NOW
from tests.schema.world import CALLERS, ask
from tests.support.calling import OCCASION, called

HEAD, MASKED, WRITER = CALLERS[:3]
MARKETER = Principal("clerk", Role.MARKETER)
_SAID = "{ segment { id where definition } errors { code message path subjects } }"
_CREATE = "mutation ($input: SegmentInput!) { segmentCreate(input: $input) " + _SAID + " }"
_UPDATE = "mutation ($id: ID!, $input: SegmentInput!) { segmentUpdate(id: $id, input: $input) " + _SAID + " }"
_TOLD = "query ($id: ID) { segment(id: $id) { where definition } }"
GONE = "seg_" + "0" * 32


class Desk:
    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self.db = Database(url, size=2)

    def ask(self, text: str, caller: Principal = HEAD, **variables: Any) -> Any:
        answer = orjson.loads(self.runner.run(ask(self.db, caller, text, variables)).body)
        assert "errors" not in answer, answer
        [told] = answer["data"].values()
        return told

    def create(self, name: str, where: dict[str, Any], caller: Principal = HEAD) -> Any:
        return self.ask(_CREATE, caller, input={"name": name, "where": where})

    def made(self, name: str, where: dict[str, Any], caller: Principal = HEAD) -> str:
        told = self.create(name, where, caller)
        assert told["errors"] == []
        return str(told["segment"]["id"])

    def update(self, id_: str, where: dict[str, Any], caller: Principal = HEAD) -> Any:
        return self.ask(_UPDATE, caller, id=id_, input={"where": where})

    def faults(self, told: Any) -> list[tuple[str, list[str]]]:
        return [(fault["code"], fault["path"]) for fault in told["errors"]]


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.runner.run(made.db.close())
    made.runner.close()


def test_what_is_wrong_is_told_where_it_stands(desk: Desk) -> None:
    there = desk.made("There", {"orderCount": {"gte": 1}})
    told = desk.create("A", {"all": [{"orderCount": {"gte": 1}}, {"not": {"notInSegment": [there, GONE]}}]})
    assert desk.faults(told) == [("NOT_FOUND", ["input", "where", "all", "1", "not", "notInSegment", "1"])]
    assert told["errors"][0]["subjects"] == [GONE]
    told = desk.create("A", {"any": [{"inSegment": ["nothing"]}]})
    assert desk.faults(told) == [("INVALID", ["input", "where", "any", "0", "inSegment", "0"])]
    both = {"inSegment": [GONE], "not": {"inSegment": [there, GONE]}}
    assert [path for _, path in desk.faults(desk.create("A", both))] == [
        ["input", "where", "inSegment", "0"],
        ["input", "where", "not", "inSegment", "1"],
    ]
    told = desk.create("A", {"all": [{"email": {"eq": None}}]})
    assert desk.faults(told) == [("INVALID", ["input", "where", "all", "0", "email", "eq"])]


def test_a_circle_is_told_where_it_begins(desk: Desk) -> None:
    first = desk.made("First", {"orderCount": {"gte": 1}})
    other = desk.made("Other", {"orderCount": {"gte": 2}})
    second = desk.made("Second", {"inSegment": [first]})
    third = desk.made("Third", {"inSegment": [second, other]})
    told = desk.update(first, {"any": [{"inSegment": [other]}, {"notInSegment": [other, third]}]})
    assert desk.faults(told) == [("CYCLE", ["input", "where", "any", "1", "notInSegment", "1"])]
    assert set(told["errors"][0]["subjects"]) == {first, second, third}
    own = desk.update(first, {"inSegment": [first]})
    assert desk.faults(own) == [("CYCLE", ["input", "where", "inSegment", "0"])]


def test_who_may_not_read_a_rule_does_not_write_over_it(desk: Desk) -> None:
    id_ = desk.made("Ada", {"email": {"eq": "ada@example.org"}}, WRITER)
    told = desk.update(id_, {"orderCount": {"gte": 1}}, MARKETER)
    assert desk.faults(told) == [("NOT_ALLOWED", ["input", "where"])]
    assert desk.ask(_TOLD, id=id_)["where"] == {"email": {"eq": "ada@example.org"}}
    renamed = desk.ask(_UPDATE, MARKETER, id=id_, input={"description": "Somebody"})
    assert renamed["errors"] == [], "it may be used, and called what one likes"
    for deed in ("Archive", "Restore"):
        text = f"mutation ($id: ID!) {{ segment{deed}(id: $id) {{ errors {{ code message }} }} }}"
        assert desk.ask(text, MARKETER, id=id_)["errors"] == [], "put away, and taken out again"
    assert desk.update(id_, {"orderCount": {"gte": 1}}, WRITER)["errors"] == []
    assert desk.update(id_, {"orderCount": {"gte": 2}}, MARKETER)["errors"] == [], "nothing personal is left in it"


def test_what_is_declared_personal_later_is_masked_from_then_on(desk: Desk) -> None:
    def declared(*, personal: bool, name: str = "illness") -> None:
        desk.runner.run(_declare(desk.db, name, personal=personal))

    declared(personal=False)
    where = {"attributes": [{"name": "illness", "string": {"eq": "gout"}}]}
    product = {"bought": {"product": {"attributes": [{"name": "illness", "string": {"eq": "gout"}}]}}}
    plain, other = desk.made("Ill", {"any": [where]}), desk.made("Medicine", product)
    mailed = desk.made("Mailed", {**where, "email": {"isNull": False}})

    def told(id_: str) -> tuple[bool, bool]:
        seen = desk.ask(_TOLD, MARKETER, id=id_)
        return seen["where"] is None, "gout" not in seen["definition"]

    assert told(plain) == (False, False)
    declared(personal=True)
    assert told(plain) == told(mailed) == (True, True)
    assert told(other) == (False, False), "that is an attribute of products"
    assert desk.faults(desk.update(plain, where, MARKETER)) == [("NOT_ALLOWED", ["input", "where"])]
    declared(personal=True, name="another")
    declared(personal=False)
    assert told(plain) == (False, False)
    assert told(mailed) == (True, True), "for another reason"


async def _declare(db: Database, name: str, *, personal: bool) -> None:
    async with db.transaction() as tx:
        await declare(tx, Declaration(name, AttributeType.STRING, personal), occasion=OCCASION)


def test_an_erased_person_is_in_no_rule_however_they_were_spelt(desk: Desk) -> None:
    desk.runner.run(_declare(desk.db, "passport", personal=True))
    people = desk.runner.run(_people(desk.db))
    rules: dict[str, dict[str, Any]] = {
        "Mail": {"email": {"in": ["Jane.Doe@Example.ORG", "bob@example.org"]}},
        "Number": {"any": [{"phone": {"eq": "+44 20 7946 0018"}}, {"identity": {"value": {"eq": "+442079460018"}}}]},
        "Name": {"displayName": {"startsWith": "JANE Doe"}},
        "Passport": {"attributes": [{"name": "passport", "string": {"eq": "x-99"}}]},
        "Namesake": {"displayName": {"eq": "Ann Lee"}},
    }
    ids = {name: desk.made(name, where) for name, where in rules.items()}
    desk.update(ids["Name"], {"displayName": {"contains": "jane doe"}})
    desk.runner.run(_erase(desk.db, people[:2]))
    told = {name: desk.ask(_TOLD, id=id_) for name, id_ in ids.items()}
    assert told["Mail"]["where"] == {"email": {"in": ["(erased)", "bob@example.org"]}}
    assert told["Number"]["where"] == {
        "any": [{"phone": {"eq": "(erased)"}}, {"identity": {"value": {"eq": "(erased)"}}}]
    }
    assert told["Name"]["where"] == {"displayName": {"contains": "(erased)"}}
    assert told["Passport"]["where"] == {"attributes": [{"name": "passport", "string": {"eq": "(erased)"}}]}
    assert told["Namesake"]["where"] == rules["Namesake"], "somebody else is called so, too"
    kept = desk.runner.run(_everything_kept(desk.db)).casefold()
    for word in ("jane", "7946", "x-99"):
        assert word not in kept
    assert "bob@example.org" in kept


async def _people(db: Database) -> list[UUID]:
    rows: list[dict[str, object]] = [
        {
            "identities": [
                {"kind": "EMAIL", "value": "jane.doe@example.org"},
                {"kind": "PHONE", "value": "+442079460018"},
            ],
            "displayName": "Jane Doe",
            "attributes": {"passport": "X-99"},
            "source": "crm",
        },
        {"identities": [{"kind": "EMAIL", "value": "ann@example.org"}], "displayName": "Ann Lee", "source": "crm"},
        {"identities": [{"kind": "EMAIL", "value": "ann2@example.org"}], "displayName": "Ann Lee", "source": "crm"},
        {"identities": [{"kind": "EMAIL", "value": "bob@example.org"}], "displayName": "Bob", "source": "crm"},
    ]
    told = await called(db, Kind.CUSTOMERS, rows)
    assert all(one.id for one in told)
    return [one.id for one in told if one.id]


async def _erase(db: Database, people: list[UUID]) -> None:
    for who in people:
        async with db.transaction() as tx:
            await erase(tx, who, key=b"t" * 32, now=NOW)


async def _everything_kept(db: Database) -> str:
    async with db.connection() as tx:
        return str(await tx.fetchval("SELECT string_agg(v::text, ' ') FROM segment_version v"))


def test_who_is_put_on_a_list_is_whom_the_deed_concerned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that erasing them finds the answer that is kept for who asks again."""
    desk.runner.run(_declare(desk.db, "passport", personal=True))
    [who, *_] = desk.runner.run(_people(desk.db))
    seen: list[Writing] = []
    made = Writing.__init__

    def keeping(self: Writing, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        seen.append(self)

    monkeypatch.setattr(Writing, "__init__", keeping)
    text = 'mutation { segmentCreate(input: {name: "Guests", kind: STATIC}) { segment { id } } }'
    id_ = desk.ask(text)["segment"]["id"]
    who_is_on = "segmentMembersAdd(id: $id, customers: $whom) { errors { code } }"
    on = f"mutation ($id: ID!, $whom: [CustomerRef!]!) {{ {who_is_on} }}"
    whom = [{"identity": {"kind": "EMAIL", "value": "Jane.Doe@example.org"}}]
    assert desk.ask(on, id=id_, whom=whom)["errors"] == []
    assert desk.ask(on, id=id_, whom=whom)["errors"] == [], "on it already"
    assert [one.concerned for one in seen] == [set(), {who}, {who}]


def test_what_is_put_together_with_a_small_group_of_others_data_is_refused(desk: Desk) -> None:
    """Else whoever is not in the complement, or in the union beside a known list, is known to be in the group."""
    desk.runner.run(_declare(desk.db, "passport", personal=True))
    desk.runner.run(_people(desk.db))
    secret = desk.made("Secret", {"email": {"isNull": False}})
    own = desk.ask('mutation { segmentCreate(input: {name: "Own", kind: STATIC}) { segment { id } } }')["segment"]["id"]
    complement = {"notInSegment": [secret]}
    union = {"any": [{"inSegment": [own]}, {"inSegment": [own, secret]}]}
    for where, path in ((complement, ["notInSegment", "0"]), (union, ["any", "1", "inSegment", "1"])):
        told = desk.create("Combined", where, MARKETER)
        assert desk.faults(told) == [("NOT_ALLOWED", ["input", "where", *path])]
        assert told["errors"][0]["subjects"] == [secret]
        assert "may read personal data" in told["errors"][0]["message"]
    mine = desk.made("Mine", {"orderCount": {"gte": 1}}, MARKETER)
    assert desk.faults(desk.update(mine, complement, MARKETER)) == [
        ("NOT_ALLOWED", ["input", "where", "notInSegment", "0"])
    ]
    beside = desk.made("Beside", complement, WRITER)
    desk.runner.run(_grown(desk.db))
    assert desk.create("Combined", complement, MARKETER)["errors"] == [], "five are told as they are"
    assert desk.create("Further", {"inSegment": [beside]}, MARKETER)["errors"] == []


async def _grown(db: Database) -> None:
    async with db.transaction() as tx:
        await tx.execute("UPDATE segment SET member_count = 5")


def test_a_duration_that_leads_nowhere_is_refused(desk: Desk) -> None:
    where = {"any": [{"lastOrderAt": {"within": "P2Y"}}, {"nextOrderExpectedAt": {"ahead": "P300Y"}}]}
    told = desk.create("Ages", where)
    assert desk.faults(told) == [("OUT_OF_RANGE", ["input", "where", "any", "1", "nextOrderExpectedAt", "ahead"])]
    assert desk.faults(desk.create("Ages", {"lastOrderAt": {"olderThan": "P74000D"}}))[0][0] == "OUT_OF_RANGE"
    desk.made("Long", {"lastOrderAt": {"within": "P200Y"}})


def test_there_are_only_so_many_that_are_followed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_ruling, "MOST_ACTIVE", 2)
    first = desk.made("First", {"orderCount": {"gte": 1}})
    desk.made("Second", {"orderCount": {"gte": 2}})
    assert desk.faults(desk.create("Third", {"orderCount": {"gte": 3}})) == [("LIMIT_EXCEEDED", ["input"])]
    listed = 'mutation { segmentCreate(input: {name: "List", kind: STATIC}) { errors { code path message } } }'
    assert desk.faults(desk.ask(listed)) == [("LIMIT_EXCEEDED", ["input"])]
    text = "mutation ($id: ID!) {{ segment{}(id: $id) {{ errors {{ code message path }} }} }}"
    assert desk.ask(text.format("Archive"), id=first)["errors"] == []
    assert desk.ask(listed)["errors"] == []
    told = desk.ask(text.format("Restore"), id=first)
    assert desk.faults(told) == [("LIMIT_EXCEEDED", ["id"])]
    assert "archive some" in told["errors"][0]["message"]


def test_all_rules_together_ask_for_only_so_many_values(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_ruling, "MOST_VALUES", 4)
    first = desk.made("First", {"any": [{"orderCount": {"gte": 1, "lt": 9}}, {"country": {"in": ["GB", "DE", "FR"]}}]})
    told = desk.create("Second", {"lastOrderAt": {"within": "P30D"}, "orderCount": {"gte": 3}})
    assert desk.faults(told) == [("LIMIT_EXCEEDED", ["input", "where"])]
    assert "archive segments" in told["errors"][0]["message"]
    desk.made("Second", {"lastOrderAt": {"within": "P30D"}})
    assert desk.ask(_UPDATE, id=first, input={"where": {"orderCount": {"in": [1, 2]}}})["errors"] == [], "in its place"


def test_earnings_are_asked_for_over_only_so_many_periods(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def earned(*months: int) -> dict[str, Any]:
        return {"any": [{"profitability": {"over": {"last": f"P{n}M"}, "profit": {"gt": "9"}}} for n in months]}

    monkeypatch.setattr(commands_ruling, "MOST_PERIODS", 3)
    desk.made("First", earned(1, 2, 2))
    assert desk.faults(desk.create("Second", earned(3, 4))) == [("LIMIT_EXCEEDED", ["input", "where"])]
    desk.made("Second", earned(2, 3, 1))

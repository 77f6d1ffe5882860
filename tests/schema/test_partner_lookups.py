"""A partner that states what customers are known by learns of no more of them than one who looks them up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from domain.access.allowance import Allowance
from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from schema.execution import Way, execute
from tests.schema.world import context, prepare

TILL = Principal("till", Role.PARTNER, source="till")
ONE = "mutation ($one: CustomerUpsertInput!) { customerUpsert(input: $one) { customer { id } errors { code } } }"
MANY = "mutation ($all: [CustomerUpsertInput!]!) { customersUpsert(input: $all) { results { status id } } }"
CONSENT = (
    "mutation ($who: CustomerRef!) { consentRecord(customer: $who, input: {channel: EMAIL, status: WITHDRAWN})"
    " { customer { id consents { status } } errors { code } } }"
)
BY_IDENTITY = 'query { customerByIdentity(kind: EMAIL, value: "nina@example.org") { id } }'


def mail(name: object) -> dict[str, str]:
    return {"kind": "EMAIL", "value": f"{name}@example.org"}


def row(name: object, **more: object) -> dict[str, object]:
    return {"identities": [mail(name)], **more}


class Asker:
    """Somebody with an allowance, at one moment after another."""

    def __init__(self, db: Database, caller: Principal = TILL, way: Way = "auto") -> None:
        self.db, self.caller, self.way, self.allowance, self.seconds = db, caller, way, Allowance(3), 0

    async def ask(self, text: str, **variables: object) -> Any:
        """What was told, or the code of the refusal."""
        asked = context(self.db, self.caller)
        asked = replace(asked, lookups=self.allowance, now=asked.now + timedelta(seconds=self.seconds))
        answer = await execute(prepare(text), variables, asked, way=self.way)
        if answer.code is not None:
            return answer.code
        [told] = orjson.loads(answer.body)["data"].values()
        return told


async def known(db: Database, *names: object) -> None:
    told = await Asker(db, OPERATOR).ask(MANY, all=[row(name, source="crm") for name in names])
    assert [one["status"] for one in told["results"]] == ["CREATED"] * len(names)


async def customers(db: Database) -> int:
    async with db.connection() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM customer"))


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_too_many_whom_others_told_of_refuse_the_whole_list(db: Database, way: Way) -> None:
    await known(db, *range(4))
    till = Asker(db, way=way)
    assert await till.ask(MANY, all=[row(name) for name in (0, 1, 2, 3, "new")]) == "RATE_LIMITED"
    assert await customers(db) == 4
    assert await till.ask(ONE, one=row("new")) == "RATE_LIMITED"
    till.seconds = 61
    told = await till.ask(MANY, all=[row(name) for name in (0, 1, "new", "newer")])
    assert [one["status"] for one in told["results"]] == ["DUPLICATE", "DUPLICATE", "CREATED", "CREATED"]
    mine = await till.ask(MANY, all=[row(name) for name in (0, 1, "new", "newer")] * 9)
    assert {one["status"] for one in mine["results"]} == {"DUPLICATE"}


async def test_nor_does_it_learn_by_being_refused(db: Database) -> None:
    """One at a time: with nothing left, nobody is told apart, and a list that was too long leaves nothing."""
    await known(db, *range(5))
    till = Asker(db)
    for name in range(3):
        assert (await till.ask(ONE, one=row(name)))["customer"] is not None
    assert [await till.ask(ONE, one=row(name)) for name in (3, "new")] == ["RATE_LIMITED"] * 2
    till.seconds = 61
    assert await till.ask(MANY, all=[row(name) for name in ("a", 3, 4, "b")]) != "RATE_LIMITED"
    assert await till.ask(CONSENT, who={"identity": mail("new")}) != "RATE_LIMITED"


async def test_new_people_cost_nothing_and_nobody_else_is_counted(db: Database) -> None:
    till = Asker(db)
    for at in range(5):
        told = await till.ask(MANY, all=[row(f"{at}-{n}") for n in range(9)])
        assert {one["status"] for one in told["results"]} == {"CREATED"}
    admin = Asker(db, OPERATOR)
    told = await admin.ask(MANY, all=[row(f"0-{n}", source="crm") for n in range(9)])
    assert {one["status"] for one in told["results"]} == {"DUPLICATE"}


async def test_a_partner_reports_a_withdrawal_of_whom_others_saw_earlier(db: Database) -> None:
    news = Asker(db, Principal("news", Role.PARTNER, source="news"))
    nina = (await news.ask(ONE, one=row("nina")))["customer"]["id"]
    visit = {"channel": "WEB", "kind": "VISIT", "occurredAt": "2026-01-09T09:30:00Z", "source": "web"}
    text = "mutation ($t: TouchpointInput!) { touchpointRecord(input: $t) { errors { code } } }"
    assert (await Asker(db, OPERATOR).ask(text, t=visit | {"customer": {"identity": mail("nina")}}))["errors"] == []
    assert await news.ask("query ($id: ID!) { customer(id: $id) { id } }", id=nina) == {"id": nina}
    assert await news.ask(BY_IDENTITY) == {"id": nina}
    told = await news.ask(CONSENT, who={"id": nina})
    assert told == {"customer": {"id": nina, "consents": [{"status": "WITHDRAWN"}]}, "errors": []}
    assert await Asker(db).ask(BY_IDENTITY) is None

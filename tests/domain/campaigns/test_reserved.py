"""The source of touchpoints that are made of contacts is nobody else's; a key that has it already keeps working."""

import pytest

from domain import access
from domain.access.principal import Principal
from domain.database import Database
from domain.errors import Refused
from domain.transfer import Kind
from domain.vocabulary import Role
from tests.domain.campaigns.desk import Desk
from tests.domain.touchpoints.world import call
from tests.support.importing import NOW, Given, bring, came_back, order, person, with_products

OURS = "campaigns"


def sent(**changed: object) -> Given:
    about = {"channel": "EMAIL", "kind": "CAMPAIGN_SENT", "occurredAt": "2026-02-01T10:00:00Z", "source": OURS}
    return about | {"customer": person(), "externalId": "s1"} | changed


ROWS = [
    (Kind.TOUCHPOINTS, sent()),
    (Kind.ORDERS, order("o1") | {"source": OURS}),
    (Kind.RETURNS, came_back("o1") | {"source": OURS}),
]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=lambda one: str(one) if isinstance(one, Kind) else "")
async def test_calls_and_imports_refuse_it(db: Database, kind: Kind, row: Given) -> None:
    await with_products(db)
    [done] = await call(db, row, kind=kind)
    assert [(fault.code, fault.path) for fault in done.faults] == [("INVALID", ("source",))]
    assert "another name" in done.faults[0].message
    brought = await bring(db, kind, [row])
    assert [(one["field"], one["reason"]) for one in brought.rejects] == [("source", done.faults[0].message)]


async def test_no_new_key_gets_it(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(Refused) as refused:
            await access.create_key(tx, access.KeyRequest("Any", Role.PARTNER, OURS), now=NOW)
    [fault] = refused.value.faults
    assert (fault.code, fault.path) == ("INVALID", ("source",))
    assert "give another" in fault.message


async def test_a_key_that_has_it_records_on_and_what_it_tells_is_not_taken_for_what_was_made(db: Database) -> None:
    desk = Desk(db)
    spring = await desk.campaign(steps=[{"channel": "EMAIL", "unitCost": "0.02"}])
    await desk.touch("VISIT", "2026-01-01T09:00:00Z")
    await desk.told(spring, {"status": "SENT", "at": "2026-02-01T09:00:00Z"})
    theirs = Principal("old", Role.PARTNER, source=OURS)
    who = {"identity": {"kind": "EMAIL", "value": "ada@example.org"}}
    row = sent(campaign=spring, customer=who)
    assert row.pop("source") == OURS
    [done] = await call(db, row, principal=theirs)
    assert done.faults == ()
    nodes = (await desk.ada())["touchpoints"]["nodes"]
    told = [(one["source"], one["occurredAt"][:13], one["contact"]["step"]) for one in nodes if one["contact"]]
    assert told == [(OURS, "2026-02-01T10", 1)], "it took the place of what was made"
    await desk.touch("CAMPAIGN_SENT", "2026-02-01T09:00:00Z", campaign=spring)
    nodes = [one for one in (await desk.ada())["touchpoints"]["nodes"] if one["kind"] == "CAMPAIGN_SENT"]
    assert len(nodes) == 2

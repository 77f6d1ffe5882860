"""Contacts and touchpoints of one sending, told by two sources in any order: none is lost, none is counted twice."""

import io
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.database import Database
from domain.sqlfile import statements
from domain.touchpoints import commands_contacting as contacting
from domain.transfer import Kind, import_records
from tests.domain.campaigns.desk import ADA, BOB, Desk
from tests.schema.arguments import NOW
from tests.schema.world import CALLERS, KEYS
from tests.support.calling import check_months

_RETRACT = "mutation ($id: ID!) { touchpointRetract(id: $id) { errors { code message } } }"
TWO = [{"channel": "EMAIL", "unitCost": "0.02"}, {"channel": "DIRECT_MAIL", "unitCost": "1"}]


def word(status: str, day: int, hour: int = 9, **more: Any) -> dict[str, Any]:
    return {"status": status, "at": moment(day, hour), **more}


def moment(day: int, hour: int = 9) -> str:
    return f"2026-05-{day:02}T{hour:02}:00:00Z"


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


async def sendings(desk: Desk, campaign: str = "spring") -> list[tuple[int, str, str | None]]:
    """Her contacts: the step, how far it has come, and the day that it went out."""
    nodes = [one for one in (await desk.ada())["contacts"]["nodes"] if one["campaign"]["key"] == campaign]
    return sorted((one["step"], one["status"], one["sentAt"] and one["sentAt"][8:13]) for one in nodes)


async def timeline(desk: Desk, campaign: str = "spring") -> list[tuple[str, str, int]]:
    """Of each sending: whose touchpoint it is, when it was, and of which step."""
    nodes = (await desk.ada())["touchpoints"]["nodes"]
    sent = [one for one in nodes if one["kind"] == "CAMPAIGN_SENT" and one["campaign"]["key"] == campaign]
    return sorted((one["source"], one["occurredAt"][8:13], one["contact"]["step"]) for one in sent)


@pytest.mark.parametrize("way", ["call", "file"])
async def test_a_source_that_sent_it_says_so_of_a_contact_that_had_not_gone_out(desk: Desk, way: str) -> None:
    row: dict[str, Any] = {"customer": ADA, "channel": "SMS", "occurredAt": moment(2), "source": "gate", "cost": "0.3"}
    statuses = ("PENDING", "EXPORTED", "SENDING", "SUPPRESSED", "FAILED", "UNKNOWN")
    campaigns = {status: await desk.campaign(status.lower(), steps=TWO) for status in statuses}
    for status, campaign in campaigns.items():
        await desk.told(campaign, word(status, 1))
    rows = [{**row, "externalId": status, "campaign": campaign} for status, campaign in campaigns.items()]
    if way == "call":
        for one in rows:
            await desk.touch("CAMPAIGN_SENT", "", **one)
    else:
        lines = io.BytesIO(b"\n".join(orjson.dumps({**one, "kind": "CAMPAIGN_SENT"}) for one in rows))
        await import_records(desk.db, Kind.TOUCHPOINTS, lines, claims=KEYS.claims, now=NOW)
    for status, campaign in campaigns.items():
        assert await sendings(desk, status.lower()) == [(1, "SENT", "02T09")], status
        assert await timeline(desk, status.lower()) == [("gate", "02T09", 1)], status
        assert await desk.told(campaign, word("DELIVERED", 2)) == ["UPDATED"]
    ada = await desk.ada()
    assert {one["channel"] for one in ada["contacts"]["nodes"]} == {"SMS"}
    assert ada["profitability"]["marketingCost"] == "1.80"
    assert await desk.who(where={"status": ["DELIVERED"]}, count={"eq": 6}) == {"ada"}
    await check_months(desk.db)


async def test_in_whatever_order_they_are_told_it_comes_to_the_same(desk: Desk) -> None:
    for order in permutations(("first", "sent", "second")):
        key = "-".join(order)
        campaign = await desk.campaign(key, steps=TWO)
        for told in order:
            if told == "sent":
                await desk.touch("CAMPAIGN_SENT", moment(2), campaign=campaign)
            else:
                day, step = (1, 1) if told == "first" else (3, 2)
                await desk.told(campaign, word("PENDING", day, step=step))
        assert await sendings(desk, key) == [(1, "SENT", "02T09"), (2, "PENDING", None)], key
        assert await timeline(desk, key) == [("gate", "02T09", 1)], key


@pytest.mark.parametrize("status", ["PENDING", "SENT"])
async def test_a_later_step_does_not_hide_that_the_first_was_sent(desk: Desk, status: str) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.touch("CAMPAIGN_SENT", moment(1), campaign=spring)
    await desk.told(spring, word(status, 8, step=2))
    second = (2, status, "08T09" if status == "SENT" else None)
    assert await sendings(desk) == [(1, "SENT", "01T09"), second]
    assert await desk.who(where={"step": 1, "status": ["SENT"]}) == {"ada"}


async def test_a_step_that_waits_after_the_first_was_sent_goes_out_when_a_source_says_so(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("SENT", 1), word("PENDING", 6, step=2))
    # That was before the second was said to wait, and too long after the first to be its sending.
    await desk.touch("CAMPAIGN_SENT", moment(5), campaign=spring)
    assert await sendings(desk) == [(1, "SENT", "01T09"), (2, "PENDING", None)]
    await desk.touch("CAMPAIGN_SENT", moment(8), campaign=spring)
    assert await sendings(desk) == [(1, "SENT", "01T09"), (2, "SENT", "08T09")]


async def test_who_is_held_out_stays_so_and_what_was_sent_all_the_same_is_told(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("SUPPRESSED", 1, arm="CONTROL"))
    await desk.touch("CAMPAIGN_SENT", moment(2), campaign=spring)
    assert await sendings(desk) == [(1, "SENT", "02T09"), (1, "SUPPRESSED", None)]
    assert {one["arm"] for one in (await desk.ada())["contacts"]["nodes"]} == {"CONTROL"}
    assert await desk.who(where={"arm": "TREATED"}) == set()


@pytest.mark.parametrize("first", ["touchpoints", "contacts"])
async def test_the_nearest_in_time_belong_together(desk: Desk, first: str) -> None:
    """Not the first with the first: the touchpoint of the first step never came."""
    spring = await desk.campaign(steps=[TWO[0]] * 3)
    words = [word("SENT", day, step=step) for step, day in ((1, 1), (2, 8), (3, 15))]
    if first == "contacts":
        await desk.told(spring, *words)
    for day, hour in ((8, 10), (15, 7)):
        await desk.touch("CAMPAIGN_SENT", moment(day, hour), campaign=spring)
    if first == "touchpoints":
        await desk.told(spring, *words)
    assert await timeline(desk) == [("campaigns", "01T09", 1), ("gate", "08T10", 2), ("gate", "15T07", 3)]
    assert await sendings(desk) == [(1, "SENT", "01T09"), (2, "SENT", "08T09"), (3, "SENT", "15T09")]
    await check_months(desk.db)


@pytest.mark.parametrize("first", ["touchpoints", "contacts"])
async def test_of_one_channel_rather_than_nearer(desk: Desk, first: str) -> None:
    spring = await desk.campaign(steps=TWO)
    words = word("SENT", 1, 9), word("SENT", 1, 11, step=2)
    if first == "contacts":
        await desk.told(spring, *words)
    await desk.touch("CAMPAIGN_SENT", moment(1, 10), campaign=spring, channel="DIRECT_MAIL")
    await desk.touch("CAMPAIGN_SENT", moment(1, 12), campaign=spring)
    if first == "touchpoints":
        await desk.told(spring, *words)
    assert await timeline(desk) == [("gate", "01T10", 2), ("gate", "01T12", 1)]


async def test_what_is_far_off_in_time_is_another_sending(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.touch("CAMPAIGN_SENT", moment(4, 9), campaign=spring)
    await desk.told(spring, word("SENT", 1, 8))
    assert [one[:2] for one in await timeline(desk)] == [("campaigns", "01T08"), ("gate", "04T09")]
    await desk.touch("CAMPAIGN_SENT", moment(4, 8), campaign=spring)
    assert [one[:2] for one in await timeline(desk)] == [("gate", "04T08"), ("gate", "04T09")]


@pytest.mark.parametrize("first", ["touchpoints", "contacts"])
async def test_of_two_who_are_one_each_keeps_the_touchpoints_of_their_own(desk: Desk, first: str) -> None:
    spring = await desk.campaign(steps=TWO)
    sent = word("SENT", 2, 9, arm="TREATED"), word("SENT", 2, 8, arm="TREATED", customer=BOB)
    held = word("PENDING", 1, arm="CONTROL")
    await desk.told(spring, *(sent if first == "contacts" else (held, held | {"customer": BOB})))
    one, other = await desk.id_of("ada"), await desk.id_of("bob")
    await desk.merge(one, other)
    await desk.touch("CAMPAIGN_SENT", moment(2, 9), BOB, campaign=spring)
    await desk.told(spring, *sent)
    await desk.unmerge(one, other)
    assert await timeline(desk) == [("campaigns", "02T09", 1)]
    rows = await desk.ask(
        "query ($id: ID!) { customer(id: $id) { touchpoints { nodes { source kind contact { sentAt } } } } }", id=other
    )
    [his] = rows["customer"]["touchpoints"]["nodes"]
    assert (his["kind"], his["source"], his["contact"]["sentAt"][8:13]) == ("CAMPAIGN_SENT", "gate", "02T08")
    await check_months(desk.db)


async def test_what_was_made_of_a_contact_goes_with_what_is_known_of_it(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("DELIVERED", 2), word("SENT", 8, step=2))
    assert await timeline(desk) == [("campaigns", "02T09", 1), ("campaigns", "08T09", 2)]
    # Over a year's end, which is another partition.
    await desk.told(spring, {"status": "SENT", "at": "2025-12-31T23:00:00Z"}, word("SENT", 8, step=2, channel="PHONE"))
    nodes = (await desk.ada())["touchpoints"]["nodes"]
    told = [(one["occurredAt"][:13], one["channel"], one["cost"], one["contact"]["step"]) for one in nodes]
    assert told == [("2026-05-08T09", "PHONE", "1.00", 2), ("2025-12-31T23", "EMAIL", "0.02", 1)]
    await check_months(desk.db)


async def test_who_is_held_out_is_not_contacted_unless_it_is_said_that_they_were(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("PENDING", 1, arm="CONTROL"))
    refused = [word(status, 2) for status in ("SENT", "DELIVERED", "EXPORTED", "FAILED")]
    done = await desk.tell(spring, *refused, word("SUPPRESSED", 2), word("SENT", 3, arm="TREATED"))
    assert [row["status"] for row in done["results"]] == ["REJECTED"] * 4 + ["UPDATED"] * 2
    for nth, row in enumerate(done["results"][:4]):
        [error] = row["errors"]
        assert (error["code"], error["path"]) == ("IN_WRONG_STATE", ["input", str(nth), "status"])
        assert "say arm TREATED" in error["message"]
    assert await timeline(desk) == [("campaigns", "03T09", 1)]


async def test_who_was_contacted_cannot_be_held_out(desk: Desk) -> None:
    held = word("PENDING", 3, arm="CONTROL")
    for status in ("SENT", "EXPORTED", "FAILED", "UNKNOWN"):
        campaign = await desk.campaign(status.lower(), steps=TWO)
        done = await desk.tell(campaign, word(status, 2), held, held | {"customer": BOB}, word(status, 2, customer=BOB))
        assert [row["status"] for row in done["results"]] == ["CREATED", "REJECTED", "CREATED", "REJECTED"], status
        [error] = done["results"][1]["errors"]
        assert (error["code"], error["path"]) == ("IN_WRONG_STATE", ["input", "1", "arm"])
        assert "leave the arm out" in error["message"]
    assert {one["arm"] for one in (await desk.ada())["contacts"]["nodes"]} == {"TREATED"}


async def test_what_a_source_takes_back_the_contact_still_says(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("SENT", 2))
    till = Desk(desk.db, CALLERS[4])
    row: dict[str, Any] = {"source": "till", "campaign": spring, "externalId": "t1", "cost": "3"}
    await till.touch("CAMPAIGN_SENT", moment(2, 10), **row)
    assert await timeline(desk) == [("till", "02T10", 1)]
    for expected in ([("campaigns", "02T09", 1)], []):
        [sent] = (await desk.ada())["touchpoints"]["nodes"]
        retracting = till if sent["source"] == "till" else desk
        done = await retracting.ask(_RETRACT, id=sent["id"])
        assert done["touchpointRetract"]["errors"] == []
        assert await timeline(desk) == expected
        assert await sendings(desk) == [(1, "SENT", "02T09")]
        assert (await desk.ada())["profitability"]["marketingCost"] == ("0.02" if expected else "0.00")
        await check_months(desk.db)
    # Taken back for good.
    await desk.told(spring, word("DELIVERED", 3))
    assert await timeline(desk) == []


async def test_where_a_source_told_of_it_twice_the_other_word_takes_the_place(desk: Desk) -> None:
    spring = await desk.campaign(steps=TWO)
    await desk.told(spring, word("SENT", 2))
    for hour in (10, 11):
        await desk.touch("CAMPAIGN_SENT", moment(2, hour), campaign=spring)
    [first] = [one for one in (await desk.ada())["touchpoints"]["nodes"] if one["occurredAt"][11:13] == "10"]
    await desk.ask(_RETRACT, id=first["id"])
    assert await timeline(desk) == [("gate", "02T11", 1)]


async def test_touchpoints_are_looked_up_by_their_customers(db: Database) -> None:
    """And not through all that a campaign sent, once for each contact of a call."""
    text = statements(Path(contacting.__file__).parent / "sql" / "contacting.sql")["take"].replace("{made}", "''")
    async with db.transaction() as tx:
        rows = await tx.fetch(f"EXPLAIN {text}", [], [], "campaigns", timedelta(days=3))
    told = "\n".join(row[0] for row in rows)
    assert "touchpoint_2026_answers" in told
    assert "touchpoint_2026_contacts" not in told

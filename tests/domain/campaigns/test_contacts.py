"""What became of contacts: told one by one or many, of known customers or new ones, once however often."""

import io
from typing import Any

import orjson
import pytest

from domain.database import Database
from domain.ids import Prefix, parse_id
from domain.privacy.commands_erasing import erase
from domain.transfer import Kind, import_records
from tests.domain.campaigns.desk import ADA, BOB, TELL, Desk
from tests.schema.arguments import NOW
from tests.schema.world import CALLERS, KEYS, ask
from tests.support.calling import check_months

SENT = {"status": "SENT", "at": "2026-05-01T09:00:00Z"}


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


async def test_of_one_campaign_customer_and_step_there_is_one(desk: Desk) -> None:
    spring = await desk.campaign(steps=[{"channel": "EMAIL", "unitCost": "0.02"}, {"channel": "DIRECT_MAIL"}])
    delivered = {"status": "DELIVERED", "at": "2026-05-01T09:05:00Z", "variant": "a"}
    assert await desk.told(spring, SENT, SENT, delivered) == ["CREATED", "DUPLICATE", "UPDATED"]
    assert await desk.told(spring, SENT, {**SENT, "step": 2}) == ["DUPLICATE", "CREATED"]
    ada = await desk.ada()
    [second, first] = sorted(ada["contacts"]["nodes"], key=lambda one: -one["step"])
    assert ada["contacts"]["totalCount"] == 2
    assert (first["status"], first["sentAt"], first["variant"]) == ("DELIVERED", "2026-05-01T09:00:00+00:00", "a")
    assert (first["arm"], first["attempts"], first["campaign"]["key"]) == ("TREATED", 1, "spring")
    assert (second["channel"], second["customer"]["email"]) == ("DIRECT_MAIL", "ada@example.org")


async def test_a_row_that_is_refused_leaves_nobody_behind(desk: Desk) -> None:
    bare = await desk.campaign(steps=[])
    done = await desk.tell(bare, SENT)
    assert [error["path"][-1] for error in done["results"][0]["errors"]] == ["channel"]
    assert await desk.ada() is None
    done = await desk.tell(bare, SENT, {**SENT, "channel": "SMS"})
    assert [row["status"] for row in done["results"]] == ["REJECTED", "CREATED"], "one after the other"
    assert (await desk.ada())["contacts"]["totalCount"] == 1


async def test_what_went_out_is_on_the_timeline_once_and_costs_what_its_step_says(desk: Desk) -> None:
    spring = await desk.campaign(steps=[{"channel": "EMAIL", "unitCost": "0.02"}, {"channel": "DIRECT_MAIL"}])
    await desk.told(spring, {"status": "PENDING", "at": "2026-04-30T09:00:00Z"})
    assert (await desk.ada())["touchpoints"]["nodes"] == []
    await desk.told(spring, SENT, {"status": "DELIVERED", "at": "2026-05-01T09:05:00Z"})
    ada = await desk.ada()
    [touch], [contact] = ada["touchpoints"]["nodes"], ada["contacts"]["nodes"]
    assert (touch["kind"], touch["occurredAt"]) == ("CAMPAIGN_SENT", "2026-05-01T09:00:00+00:00")
    assert (touch["cost"], touch["campaign"]["key"], touch["source"]) == ("0.02", "spring", "campaigns")
    assert touch["contact"] == {"id": contact["id"], "step": 1}
    assert ada["profitability"]["marketingCost"] == "0.02"
    await check_months(desk.db)


async def test_what_a_touchpoint_told_before_is_not_told_twice(desk: Desk) -> None:
    spring = await desk.campaign()
    await desk.touch("CAMPAIGN_SENT", "2026-05-01T08:00:00Z", campaign=spring, cost="0.5")
    [as_touched] = (await desk.ada())["contacts"]["nodes"]
    assert (as_touched["status"], as_touched["step"], as_touched["sentAt"][:13]) == ("SENT", 1, "2026-05-01T08")
    await desk.told(spring, {**SENT, "status": "DELIVERED"})
    ada = await desk.ada()
    [touch], [contact] = ada["touchpoints"]["nodes"], ada["contacts"]["nodes"]
    assert (contact["status"], touch["contact"]["id"], touch["cost"]) == ("DELIVERED", contact["id"], "0.50")
    # What nobody told as a contact is on the timeline; who was contacted how often is what was told.
    await desk.touch("CAMPAIGN_SENT", "2026-05-02T08:00:00Z", campaign=spring)
    ada = await desk.ada()
    assert (len(ada["touchpoints"]["nodes"]), ada["contacts"]["totalCount"]) == (2, 1)
    assert await desk.who(count={"eq": 1}) == {"ada"}


@pytest.mark.parametrize("way", ["call", "file"])
async def test_what_a_touchpoint_tells_later_takes_the_place_of_what_was_made(desk: Desk, way: str) -> None:
    spring = await desk.campaign(steps=[{"channel": "EMAIL", "unitCost": "0.02"}] * 2)
    await desk.told(spring, SENT, {"status": "SENT", "at": "2026-05-08T09:00:00Z", "step": 2})
    row: dict[str, Any] = {"customer": ADA, "channel": "SMS", "occurredAt": "2026-04-30T09:00:00Z"}
    row |= {"source": "gate", "externalId": "g1", "campaign": spring, "cost": "0.3"}
    for _ in range(2):
        if way == "call":
            await desk.touch("CAMPAIGN_SENT", "", **row)
        else:
            lines = io.BytesIO(orjson.dumps({**row, "kind": "CAMPAIGN_SENT"}))
            await import_records(desk.db, Kind.TOUCHPOINTS, lines, claims=KEYS.claims, now=NOW)
    ada = await desk.ada()
    assert [(one["source"], one["contact"]["step"], one["cost"]) for one in ada["touchpoints"]["nodes"]] == [
        ("campaigns", 2, "0.02"),
        ("gate", 1, "0.30"),
    ]
    assert (ada["profitability"]["marketingCost"], ada["contacts"]["totalCount"]) == ("0.32", 2)
    await check_months(desk.db)


async def test_who_was_not_known_is_a_prospect_and_who_was_erased_is_not_contacted(desk: Desk) -> None:
    spring = await desk.campaign()
    assert await desk.told(spring, SENT, {**SENT, "customer": BOB}) == ["CREATED", "CREATED"]
    assert await desk.who() == {"ada", "bob"}
    bob = parse_id(Prefix.CUSTOMER, await desk.id_of("bob"))
    async with desk.db.transaction() as tx:
        await erase(tx, bob, key=b"t" * 32, now=NOW)
    assert await desk.who() == {"ada"}
    done = await desk.tell(spring, {**SENT, "customer": {"id": f"cus_{bob.hex}"}})
    assert [error["code"] for error in done["results"][0]["errors"]] == ["ERASED"]
    text = 'query { campaign(key: "spring") { progress { sent } contacts { nodes { lastError customer { email } } } } }'
    assert (await desk.ask(text))["campaign"]["progress"]["sent"] == 2


async def test_bad_rows_are_refused_each_with_its_reason_and_the_others_recorded(desk: Desk) -> None:
    variants = [{"key": "a", "share": 1, "templates": []}]
    spring = await desk.campaign(variants=variants)
    bare = await desk.campaign("bare", steps=[])
    rows: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"step": 2}, ("INVALID", "step")),
        ({"step": 0}, ("OUT_OF_RANGE", "step")),
        ({"variant": "b"}, ("NOT_FOUND", "variant")),
        ({"campaign": "cmp_" + "0" * 32}, ("NOT_FOUND", "campaign")),
        ({"campaign": "seg_" + "0" * 32}, ("INVALID", "campaign")),
        ({"campaign": bare}, ("REQUIRED", "channel")),
        ({"customer": {"id": "cus_" + "0" * 32}}, ("NOT_FOUND", "customer.id")),
        ({"customer": {"identity": {"kind": "EMAIL", "value": "nobody"}}}, ("INVALID", "customer.identity.value")),
        ({"at": "2027-01-01T00:00:00Z"}, ("OUT_OF_RANGE", "at")),
        ({"arm": "CONTROL"}, ("INVALID", "arm")),
        ({"error": "x" * 1_001}, ("OUT_OF_RANGE", "error")),
    ]
    done = await desk.tell(spring, *({**SENT, **row} for row, _ in rows), SENT)
    found = [[(one["code"], ".".join(one["path"][2:])) for one in row["errors"]] for row in done["results"]]
    assert found == [[expected] for _, expected in rows] + [[]]
    assert (done["created"], done["rejected"]) == (1, len(rows))
    none = await desk.tell(spring, {**SENT, "customer": BOB}, {**SENT, "step": 2}, policy="REFUSE_ALL")
    assert [row["status"] for row in none["results"]] == ["REJECTED", "REJECTED"]
    assert await desk.who() == {"ada"}
    [over] = (await desk.tell(spring, *[SENT] * 1_001))["errors"]
    assert over["code"] == "LIMIT_EXCEEDED"


async def test_two_who_are_one_keep_what_each_was_sent_and_part_with_it_again(desk: Desk) -> None:
    spring = await desk.campaign()
    await desk.told(spring, SENT, {**SENT, "customer": BOB})
    one, other = await desk.id_of("ada"), await desk.id_of("bob")
    await desk.merge(one, other)
    assert (await desk.ada())["contacts"]["totalCount"] == 2
    # Word for the one who was merged is word of that one's contact, in one call, too.
    words = {**SENT, "status": "FAILED", "at": "2026-05-02T09:00:00Z"}, {**SENT, "status": "DELIVERED", "customer": BOB}
    assert await desk.told(spring, *words) == ["UPDATED", "UPDATED"]
    await desk.unmerge(one, other)
    assert [node["status"] for node in (await desk.ada())["contacts"]["nodes"]] == ["FAILED"]
    assert await desk.who(where={"status": ["DELIVERED"]}) == {"bob"}
    await check_months(desk.db)


async def test_what_was_sent_to_the_one_who_was_merged_goes_with_them_touchpoint_and_all(desk: Desk) -> None:
    spring = await desk.campaign(steps=[{"channel": "EMAIL", "unitCost": "0.02"}])
    await desk.touch("VISIT", "2026-04-01T09:00:00Z")
    await desk.touch("VISIT", "2026-04-01T09:00:00Z", BOB)
    one, other = await desk.id_of("ada"), await desk.id_of("bob")
    await desk.merge(one, other)
    assert await desk.told(spring, {**SENT, "customer": BOB}) == ["CREATED"]
    await desk.unmerge(one, other)
    ada = await desk.ada()
    assert (ada["contacts"]["totalCount"], ada["profitability"]["marketingCost"]) == (0, "0.00")
    assert [node["kind"] for node in ada["touchpoints"]["nodes"]] == ["VISIT"]
    assert await desk.who(where={"status": ["SENT"]}) == {"bob"}
    await check_months(desk.db)


async def test_word_for_one_who_was_merged_and_had_no_contact_changes_the_one_that_is_there(desk: Desk) -> None:
    spring = await desk.campaign()
    await desk.touch("VISIT", "2026-04-01T09:00:00Z", BOB)
    await desk.told(spring, {**SENT, "status": "EXPORTED"})
    one, other = await desk.id_of("ada"), await desk.id_of("bob")
    await desk.merge(one, other)
    assert await desk.told(spring, {**SENT, "customer": BOB}) == ["UPDATED"]
    await desk.unmerge(one, other)
    ada = await desk.ada()
    assert [node["status"] for node in ada["contacts"]["nodes"]] == ["SENT"]
    assert [node["contact"]["step"] for node in ada["touchpoints"]["nodes"]] == [1]
    assert await desk.who(where={"status": ["SENT"]}) == {"ada"}
    await check_months(desk.db)


async def test_marketers_tell_of_contacts_and_why_one_failed_is_not_for_everybody(desk: Desk) -> None:
    """An address may stand in the words of who told it."""
    desk.caller = CALLERS[2]
    spring = await desk.campaign()
    failed = {**SENT, "status": "FAILED", "error": "no box of ada@example.org"}
    assert await desk.told(spring, failed) == ["CREATED"]
    assert [node["lastError"] for node in (await desk.ada())["contacts"]["nodes"]] == [failed["error"]]
    text = '{ campaign(key: "spring") { contacts { nodes { status lastError } } } }'
    [told] = (await Desk(desk.db, CALLERS[3]).ask(text))["campaign"]["contacts"]["nodes"]
    assert told["status"] == "FAILED"
    assert told["lastError"] != failed["error"]
    for caller in CALLERS[3:5]:
        row = {"campaign": spring, "customer": ADA, **SENT}
        answer = await ask(desk.db, caller, TELL, {"input": [row]})
        assert answer.code == "NOT_ALLOWED"

"""Campaigns as people plan them: told as they were said, changed and copied, and what they hold on to."""

import asyncio
from typing import Any

import pytest

from domain.campaigns import commands
from domain.database import Database
from domain.settings import Settings
from tests.domain.campaigns.desk import ERRORS, Desk
from tests.domain.touchpoints.world import occasion
from tests.support.waiting import WAITING

_WHOLE = """query ($key: String!) { campaign(key: $key) {
  key name goal status holdoutShare budget fixedCost randomised startsAt endsAt
  segments { key } excludedSegments { key } steps { position channel delay unitCost }
  variants { key share templates { channel subject body } }
  offer { key name product { sku } category discountPercent discountAmount code validUntil }
  response { kind product { sku } window } frequencyCap { contacts per }
  progress { pending exported sent delivered failed suppressed opened clicked responded unsubscribed } } }"""
_SEGMENT = "mutation ($input: SegmentInput!) { segmentCreate(input: $input) { segment { id } errors { code } } }"
_UPDATE = """mutation ($id: ID!, $input: CampaignInput!) {
  campaignUpdate(id: $id, input: $input) { campaign { name budget } errors { %s } } }"""
_COPY = "mutation ($id: ID!, $key: String!) { campaignCopy(id: $id, key: $key) { campaign { id } errors { %s } } }"
_ARCHIVE = "mutation ($id: ID!) { segmentArchive(id: $id) { segment { archivedAt } errors { %s } } }"
_USING = "query ($id: ID!) { segment(id: $id) { campaigns { totalCount nodes { key } } } }"


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


async def segment(desk: Desk, name: str) -> str:
    made = await desk.ask(_SEGMENT, input={"name": name, "kind": "STATIC"})
    return str(made["segmentCreate"]["segment"]["id"])


async def plan(desk: Desk) -> dict[str, Any]:
    await desk.ask('mutation { productsUpsert(input: [{sku: "A", name: "Apple"}]) { created } }')
    apple = (await desk.ask('{ product(sku: "A") { id } }'))["product"]["id"]
    return {
        "key": "spring",
        "name": "Spring sale",
        "goal": "WIN_BACK",
        "holdoutShare": 0.1,
        "budget": "1000",
        "fixedCost": "49.5",
        "randomised": True,
        "startsAt": "2026-07-01T00:00:00Z",
        "endsAt": None,
        "segments": [await segment(desk, "Best"), await segment(desk, "Also")],
        "excludedSegments": [await segment(desk, "Not")],
        "steps": [{"channel": "EMAIL", "unitCost": "0.02"}, {"channel": None, "delay": "P7D"}],
        "variants": [
            {
                "key": "a",
                "share": 0.25,
                "templates": [{"channel": "EMAIL", "subject": "Hi", "body": "{{ givenName }}"}],
            },
            {"key": "b", "share": 0.75, "templates": []},
        ],
        "offer": {"key": "ten", "name": "Ten off", "product": apple, "discountPercent": 10.0},
        "response": {"kind": "PRODUCT_ORDER", "product": apple, "window": "P1M"},
        "frequencyCap": {"contacts": 2, "per": "P7D"},
    }


async def test_a_campaign_is_told_as_it_was_said_and_copied_without_its_times(desk: Desk) -> None:
    said = await plan(desk)
    spring = await desk.campaign(**said)
    told = (await desk.ask(_WHOLE, key="spring"))["campaign"]
    assert [one["key"] for one in told["segments"]] == ["also", "best"]
    assert [one["key"] for one in told["excludedSegments"]] == ["not"]
    assert told["steps"] == [
        {"position": 1, "channel": "EMAIL", "delay": "P0D", "unitCost": "0.02"},
        {"position": 2, "channel": None, "delay": "P7D", "unitCost": "0.00"},
    ]
    assert told["variants"][0]["templates"] == said["variants"][0]["templates"]
    assert (told["offer"]["product"], told["offer"]["discountPercent"]) == ({"sku": "A"}, 10)
    assert told["response"] == {"kind": "PRODUCT_ORDER", "product": {"sku": "A"}, "window": "P1M"}
    assert (told["frequencyCap"], told["budget"]) == ({"contacts": 2, "per": "P7D"}, "1000.00")
    assert (told["status"], told["startsAt"][:10]) == ("DRAFT", "2026-07-01")
    assert set(told["progress"].values()) == {0}
    copied = (await desk.ask(_COPY % ERRORS, id=spring, key="summer"))["campaignCopy"]
    assert copied["errors"] == []
    same = {"key": "summer", "startsAt": None}
    assert (await desk.ask(_WHOLE, key="summer"))["campaign"] == told | same
    [taken] = (await desk.ask(_COPY % ERRORS, id=spring, key="spring"))["campaignCopy"]["errors"]
    assert (taken["code"], taken["path"]) == ("ALREADY_EXISTS", ["key"])


async def test_an_update_changes_what_is_given_and_is_noted_with_what_was_before(desk: Desk) -> None:
    spring = await desk.campaign(budget="100")
    done = (await desk.ask(_UPDATE % ERRORS, id=spring, input={"budget": None, "name": "Sale"}))["campaignUpdate"]
    assert (done["campaign"], done["errors"]) == ({"name": "Sale", "budget": None}, [])
    await desk.ask(_UPDATE % ERRORS, id=spring, input={"name": "Sale", "fixedCost": "0.00"})
    log = (await desk.ask('{ auditLog(action: "campaignUpdate") { nodes { subject detail } } }'))["auditLog"]["nodes"]
    assert [entry["subject"] for entry in log] == [spring, spring]
    before, after = {"budget": "100", "name": "Spring"}, {"budget": None, "name": "Sale"}
    assert sorted((entry["detail"] for entry in log), key=len) == [{}, {"before": before, "after": after}]
    [gone] = (await desk.ask(_UPDATE % ERRORS, id="cmp_" + "0" * 32, input={}))["campaignUpdate"]["errors"]
    assert (gone["code"], gone["path"]) == ("NOT_FOUND", ["id"])
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE campaign SET status = 'RUNNING'")
    [late] = (await desk.ask(_UPDATE % ERRORS, id=spring, input={"name": "x"}))["campaignUpdate"]["errors"]
    assert (late["code"], late["path"]) == ("IN_WRONG_STATE", ["id"])


async def test_what_a_campaign_names_has_to_be_there(desk: Desk) -> None:
    gone, no_product = "seg_" + "0" * 32, "prd_" + "0" * 32
    found = await desk.faults(
        key="x", name="X", goal="RETAIN", segments=[gone], offer={"key": "o", "name": "O", "product": no_product}
    )
    assert found == [("NOT_FOUND", "input.segments.0"), ("NOT_FOUND", "input.offer.product")]
    await desk.campaign()
    assert await desk.faults(key="spring", name="X", goal="RETAIN") == [("ALREADY_EXISTS", "input.key")]
    assert (await desk.ask('{ campaigns(search: "SPR", goal: [LOYALTY]) { totalCount } }'))["campaigns"][
        "totalCount"
    ] == 1
    assert (await desk.ask("{ campaigns(status: [RUNNING]) { totalCount } }"))["campaigns"]["totalCount"] == 0


async def test_a_segment_stays_while_a_campaign_that_is_not_over_uses_it(desk: Desk) -> None:
    used, left_out = await segment(desk, "Used"), await segment(desk, "Left out")
    spring = await desk.campaign(segments=[used], excludedSegments=[left_out])
    for one in (used, left_out):
        assert (await desk.ask(_USING, id=one))["segment"]["campaigns"] == {
            "totalCount": 1,
            "nodes": [{"key": "spring"}],
        }
        [error] = (await desk.ask(_ARCHIVE % ERRORS, id=one))["segmentArchive"]["errors"]
        assert (error["code"], error["path"], error["subjects"]) == ("IN_USE", ["id"], [spring])
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE campaign SET status = 'CANCELLED'")
    assert (await desk.ask(_ARCHIVE % ERRORS, id=used))["segmentArchive"]["errors"] == []
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE campaign SET status = 'COMPLETED'")
    renamed = (await desk.ask(_UPDATE % ERRORS, id=spring, input={"name": "Over"}))["campaignUpdate"]
    assert (renamed["campaign"]["name"], renamed["errors"]) == ("Over", [])
    [copied] = (await desk.ask(_COPY % ERRORS, id=spring, key="again"))["campaignCopy"]["errors"]
    assert (copied["code"], copied["path"], copied["subjects"]) == ("NOT_FOUND", ["id"], [used])


async def test_who_counts_the_members_of_a_segment_does_not_hold_campaigns_up(desk: Desk) -> None:
    used = await segment(desk, "Used")
    async with desk.db.transaction() as tx:
        await tx.execute("UPDATE segment SET member_count = member_count + 1")
        async with asyncio.timeout(20):  # held up, it would wait for as long as we do
            await desk.campaign(segments=[used])


async def test_a_segment_is_not_put_away_while_somebody_is_naming_it(desk: Desk) -> None:
    used = await segment(desk, "Used")
    given = {"key": "spring", "name": "Spring", "goal": "LOYALTY", "segments": [used]}
    async with desk.db.transaction() as tx:
        made = await commands.create(tx, given, occasion=occasion(await Settings.load(tx)))
        archiving = asyncio.create_task(desk.ask(_ARCHIVE % ERRORS, id=used))
        async with desk.db.connection() as watcher, asyncio.timeout(20):
            while not await watcher.fetchval(WAITING):  # noqa: ASYNC110 (Postgres knows it)
                await asyncio.sleep(0.02)
        assert not archiving.done()
    [error] = (await archiving)["segmentArchive"]["errors"]
    assert (error["code"], error["subjects"]) == ("IN_USE", [made.subject])

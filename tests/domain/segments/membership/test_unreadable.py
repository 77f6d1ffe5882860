"""A rule that cannot be read any more spoils no other: its members stay, and whoever names it goes by them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.clock import Duration
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership import queries as queries_membership
from domain.segments.membership.commands_refreshing import rules_at_work
from domain.segments.membership.commands_sweeping import sweep
from domain.segments.membership.queries import Rule, evaluation
from domain.segments.membership.wanted import SCORES, reading
from domain.segments.rule import Json, kept
from domain.transfer import Kind
from tests.domain.segments.looking import look_at_everybody
from tests.support.calling import OCCASION, call

SPRING = replace(OCCASION, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
WINTER = replace(SPRING, now=datetime(2026, 12, 24, 12, tzinfo=UTC))
BEYOND: Json = {"@": "duration", "of": "P7973Y39D"}
"""From spring it leads to the year 9999; from winter beyond it."""
LOST: tuple[Json, ...] = (
    {"nextOrderExpectedAt": {"ahead": BEYOND}},
    {"averageOrderValue": {"gte": {"@": "amount", "of": "(erased)"}}},
    {"(erased)": {"eq": "GB"}},
)


class Town:
    """People of three countries, and segments of them."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.keys: dict[UUID, str] = {}

    async def customer(self, name: str, country: str) -> None:
        row: dict[str, object] = {
            "identities": [{"kind": "EMAIL", "value": f"{name}@example.org"}],
            "address": {"country": country},
            "displayName": name,
            "source": "s",
        }
        [told] = await call(self.tx, Kind.CUSTOMERS, [row])
        assert told.id, told.faults

    async def segment(self, key: str, where: Mapping[str, object]) -> UUID:
        saved = await commands.create(self.tx, Given(frozenset(), key=key, name=key, rule=kept(where)), occasion=SPRING)
        assert saved.did.key
        self.keys[saved.did.key] = key
        return saved.did.key

    async def spoil(self, segment: UUID, rule: Json) -> None:
        await self.tx.execute(
            "UPDATE segment_version SET rule = $2 WHERE segment_id = $1 AND retired_at IS NULL", segment, rule
        )

    async def look(self, occasion: Occasion) -> None:
        await look_at_everybody(self.tx, occasion)

    async def members(self) -> dict[str, list[str]]:
        rows = await self.tx.fetch(
            "SELECT v.segment_id, c.display_name FROM segment v"
            " LEFT JOIN customer_segment k ON v.number = ANY (k.segments)"
            " LEFT JOIN customer c ON c.customer_id = k.customer_id ORDER BY c.display_name"
        )
        found: dict[str, list[str]] = {key: [] for key in self.keys.values()}
        for row in rows:
            found[self.keys[row["segment_id"]]] += [row["display_name"]] if row["display_name"] else []
        return found


@pytest.fixture
async def town(tx: Tx) -> Town:
    made = Town(tx)
    for name, country in (("Ann", "GB"), ("Bea", "DE"), ("Cat", "FR")):
        await made.customer(name, country)
    return made


@pytest.mark.parametrize("rule", LOST, ids=str)
async def test_its_members_stay_and_others_are_looked_at(town: Town, rule: Json) -> None:
    british = await town.segment("british", {"country": {"eq": "GB"}})
    await town.segment("named", {"inSegment": [to_public(Prefix.SEGMENT, british)]})
    await town.segment("others", {"notInSegment": [to_public(Prefix.SEGMENT, british)]})
    await town.look(SPRING)
    await town.spoil(british, rule)
    await town.customer("Dan", "GB")
    await town.look(WINTER)
    members = {"british": ["Ann"], "named": ["Ann"], "others": ["Bea", "Cat", "Dan"]}
    assert await town.members() == members
    assert await town.tx.fetchval("SELECT count(*) FROM segment_stay") == 0
    await town.spoil(british, {"country": {"eq": "GB"}})
    await town.look(WINTER)
    assert await town.members() == members | {
        "british": ["Ann", "Dan"],
        "named": ["Ann", "Dan"],
        "others": ["Bea", "Cat"],
    }


async def test_one_that_takes_the_place_of_another_takes_its_members(town: Town) -> None:
    british = await town.segment("british", {"country": {"eq": "GB"}})
    await town.look(SPRING)
    await commands.update(
        town.tx, british, Given(frozenset({"where"}), rule=kept({"country": {"eq": "DE"}})), occasion=SPRING
    )
    await town.tx.execute("UPDATE segment_version SET rule = $1 WHERE number = 2", LOST[1])
    await town.look(WINTER)
    assert await town.members() == {"british": ["Ann"]}


async def test_the_clock_is_followed_for_the_others(town: Town) -> None:
    lost = await town.segment("lost", {"country": {"eq": "GB"}})
    await town.segment("new", {"createdAt": {"within": Duration.parse("P7D")}})
    await town.look(SPRING)
    await town.spoil(lost, LOST[0])
    await sweep(town.tx, await rules_at_work(town.tx), occasion=WINTER)
    await sweep(town.tx, await rules_at_work(town.tx), occasion=replace(WINTER, now=WINTER.now + timedelta(days=1)))
    rules = await rules_at_work(town.tx)
    assert [rule.segment_id for rule in reading(rules, SCORES, WINTER)] == [lost], "to be on the safe side"


async def test_it_is_logged_once_without_its_values(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_membership, "_told", set())
    lost = await town.segment("lost", {"country": {"eq": "GB"}})
    await town.spoil(lost, LOST[0])
    with caplog.at_level(logging.ERROR, "rapport.segments"):
        await town.look(WINTER)
        await town.look(WINTER)
    [line] = [record for record in caplog.records if record.name == "rapport.segments"]
    assert line.__dict__["segment"] == to_public(Prefix.SEGMENT, lost)
    assert "7973" not in line.getMessage() + line.__dict__["reason"]


async def test_there_is_room_for_more_rules_than_a_list_has_columns(town: Town) -> None:
    rules: Sequence[Rule] = [Rule(UUID(int=n), n, {"country": {"eq": f"C{n % 9}"}}) for n in range(1, 1800)]
    found = evaluation([*rules, Rule(UUID(int=9999), 9999, {"country": {"eq": "GB"}})], SPRING, None)
    rows = await town.tx.fetch(found.sql, *found.values)
    assert sorted(row["segments"] for row in rows) == [[], [], [9999]]

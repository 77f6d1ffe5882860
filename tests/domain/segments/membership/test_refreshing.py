"""A hundred rules of every sort: they count what hand-written SQL counts, however many customers are looked at in one
go, and whatever of them is wanted; and what is kept of each customer stays in order.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.clock import Duration
from domain.customers.entities.customer import CUSTOMER
from domain.database import Database, Tx
from domain.query.asking import Asked
from domain.query.conditions import condition
from domain.query.fetch import Sight
from domain.query.filters import FilterReader
from domain.query.writing import Row
from domain.segments.membership.commands_refreshing import hold, refresh, rules_at_work
from domain.segments.membership.queries import Between, Bound, Rule, Whom, evaluation
from domain.segments.rule import Json, kept, thawed
from domain.vocabulary import Role, SegmentChangeCause
from tests.bench.segments import building
from tests.bench.segments.load import load
from tests.bench.segments.mix import SIZES, mix
from tests.support import keeper

CUSTOMERS = 300
END = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = END + timedelta(hours=1)
OCCASION = building.occasion(NOW)

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def url() -> str:
    """Of the population of the bench, and the mix."""
    url = keeper.ask("database")
    asyncio.run(_filled(url))
    return url


async def _filled(url: str) -> None:
    await load(url, CUSTOMERS, END)
    db = Database(url)
    await building.saved(db, mix())
    await db.close()


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    made = Database(url)
    yield made
    await made.close()


@pytest.fixture
async def tx(db: Database) -> AsyncIterator[Tx]:
    """Rolled back."""
    async with db.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()


async def _everybody(tx: Tx) -> list[UUID]:
    return [row[0] for row in await tx.fetch("SELECT customer_id FROM customer ORDER BY customer_id")]


async def _found(
    tx: Tx, rules: Sequence[Rule], whom: Whom, wanted: Sequence[int] | None = None
) -> dict[UUID, list[int]]:
    asked = evaluation(rules, OCCASION, whom, wanted=wanted)
    return {row["customer_id"]: row["segments"] for row in await tx.fetch(asked.sql, *asked.values)}


async def _kept(tx: Tx) -> dict[UUID, list[int]]:
    rows = await tx.fetch("SELECT customer_id, segments, entered_at, causes FROM customer_segment")
    for row in rows:
        assert len(row["segments"]) == len(row["entered_at"]) == len(row["causes"])
        assert row["segments"] == sorted(set(row["segments"]))
    return {row["customer_id"]: row["segments"] for row in rows}


async def test_each_rule_of_the_mix_counts_what_its_hand_written_statement_counts(db: Database, url: str) -> None:
    rules = mix()
    _, counted = await building.by_hand(url, rules, NOW)
    assert await building.exactly(db, NOW) == counted
    assert sum(1 for count in counted.values() if 0 < count < CUSTOMERS) > 0.8 * len(rules)


def test_the_mix_is_the_same_hundred_each_time() -> None:
    rules = mix()
    assert [rule.statement(NOW) for rule in rules] == [rule.statement(NOW) for rule in mix()]
    assert len({rule.condition for rule in rules}) == 100
    assert {group: sum(rule.group == group for rule in rules) for group in SIZES} == SIZES


async def test_customers_who_lie_side_by_side_are_found_as_each_of_them_is(tx: Tx) -> None:
    rules, everybody = await rules_at_work(tx), await _everybody(tx)
    some = everybody[40:200]
    assert await _found(tx, rules, Between(some[0], some[-1])) == await _found(tx, rules, some)
    assert await _found(tx, rules, None) == await _found(tx, rules, everybody)


async def test_of_rules_that_are_only_named_nothing_is_told_and_the_others_are_told_as_ever(tx: Tx) -> None:
    rules = await rules_at_work(tx)
    told, wanted = await _found(tx, rules, None), [rule.number for rule in rules if rule.names()]
    assert wanted
    few = await _found(tx, rules, None, wanted)
    assert few == {id_: [number for number in numbers if number in wanted] for id_, numbers in told.items()}


async def test_a_build_by_rows_of_customers_keeps_what_a_look_at_each_of_them_keeps(tx: Tx) -> None:
    rules, everybody = await rules_at_work(tx), await _everybody(tx)
    asked = {"occasion": OCCASION, "cause": SegmentChangeCause.RULE_CHANGED}
    await refresh(tx, rules, everybody[:120], in_a_row=True, **asked)  # type: ignore[arg-type]
    await refresh(tx, rules, everybody[120:], **asked)  # type: ignore[arg-type]
    assert await hold(tx, rules, occasion=OCCASION) == []
    assert await _kept(tx) == await _found(tx, rules, None)
    counted = {row[0]: row[1] for row in await tx.fetch("SELECT key, member_count FROM segment")}
    stays = [number for numbers in (await _kept(tx)).values() for number in numbers]
    assert sum(counted.values()) == len(stays)
    assert await tx.fetchval("SELECT count(*) FROM segment_stay") == 0


@pytest.mark.parametrize("before", [0, 20, 140])
async def test_who_was_never_looked_at_gets_the_row_that_a_look_at_each_gives(tx: Tx, before: int) -> None:
    """Whether nobody was, a few or nearly all: what is built for the first ones is written in one go."""
    rules, everybody = await rules_at_work(tx), await _everybody(tx)
    asked = {"occasion": OCCASION, "cause": SegmentChangeCause.RULE_CHANGED}
    found = []
    for in_a_row in (False, True):
        around = tx.transaction()
        await around.start()
        await refresh(tx, rules, everybody[:before], **asked)  # type: ignore[arg-type]
        await refresh(tx, rules, everybody[:150], in_a_row=in_a_row, **asked)  # type: ignore[arg-type]
        assert await _kept(tx)
        found.append([tuple(row) for row in await tx.fetch("SELECT * FROM customer_segment ORDER BY customer_id")])
        await around.rollback()
    one_by_one, in_one_go = found
    assert in_one_go == one_by_one
    assert len(in_one_go) == 150


async def test_who_enters_an_older_segment_later_keeps_since_when_and_why_in_the_others(tx: Tx) -> None:
    rules, everybody = await rules_at_work(tx), await _everybody(tx)
    late = [rule.number for rule in rules][20:60:3]
    early = [rule.number for rule in rules if rule.number not in late]
    cause = SegmentChangeCause.DATA_CHANGED
    await refresh(tx, rules, everybody, occasion=OCCASION, cause=cause, wanted=early)
    await hold(tx, [rule for rule in rules if rule.number in early], occasion=OCCASION)
    later = building.occasion(NOW + timedelta(seconds=1))
    for some in (late[:3], late[3:]):  # taken out one by one, and all at once
        await refresh(tx, rules, everybody, occasion=later, cause=cause, wanted=some)
    kept_now = await _kept(tx)
    assert kept_now == await _found(tx, rules, None)
    rows = await tx.fetch(
        "SELECT o.number, o.at FROM customer_segment c, unnest(c.segments, c.entered_at) AS o (number, at)"
    )
    assert {row["at"] for row in rows if row["number"] in early} == {NOW}
    assert {row["at"] for row in rows if row["number"] in late} == {later.now}


@pytest.mark.parametrize("months", ["P1M", "P10D", "P1Y"])
@pytest.mark.parametrize("test", [{"profit": {"gt": 5}}, {"revenue": {"lt": 1}}, {"margin": {"isNull": True}}])
async def test_what_somebody_earned_us_over_a_period_is_summed_as_a_list_sums_it(
    tx: Tx, months: str, test: dict[str, object]
) -> None:
    where = kept({"profitability": {"over": {"last": Duration.parse(months)}, **test}})
    found = await _found(tx, [Rule(UUID(int=1), 1, where)], None)
    listed = await _listed(tx, where)
    assert {id_ for id_, numbers in found.items() if numbers} == listed
    assert listed


async def _listed(tx: Tx, where: Json) -> set[UUID]:
    """As a list asks it."""
    pen = Bound(Sight(Role.ADMIN, True), asked=Asked(OCCASION))
    row = Row(CUSTOMER, "c", "c.customer_id", CUSTOMER.joins)
    holds = condition(pen, FilterReader(pen.asked, CUSTOMER).read(thawed(where)), row)
    joins = " ".join(pen.fill(row.declared[name], row) for name in row.joins)
    rows = await tx.fetch(f"SELECT c.customer_id FROM customer c {joins} WHERE {holds}", *pen.values)
    return {row[0] for row in rows}


async def test_who_is_looked_at_by_no_rule_is_in_no_segment(tx: Tx) -> None:
    everybody = await _everybody(tx)
    for in_a_row in (False, True):
        await refresh(
            tx, [], everybody[:5], occasion=OCCASION, cause=SegmentChangeCause.DATA_CHANGED, in_a_row=in_a_row
        )
    assert await _kept(tx) == {key: [] for key in everybody[:5]}

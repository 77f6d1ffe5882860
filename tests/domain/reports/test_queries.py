"""What the report reads is what plain counting finds, order by order and customer by customer."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from domain.database import Database, Tx
from domain.reports import Portrait, read_portrait
from domain.reports.facts import Span, StoredModel
from domain.reports.queries import back_test_span
from domain.settings import Settings
from domain.vocabulary import Channel, LifecycleStage, RiskBand, ValueModelFamily, ValueTier
from tests.domain.analytics.facts import NOW, buyer, customer, order, scores
from tests.domain.reports.world import portrait, settled

Bought = dict[UUID, list[date]]


async def days_of_purchase(tx: Tx, zone: str = "UTC") -> Bought:
    rows = await tx.fetch("SELECT customer_id, ordered_at FROM customer_order WHERE cancelled_at IS NULL")
    found: dict[UUID, set[date]] = defaultdict(set)
    for row in rows:
        if row["ordered_at"] < NOW:
            found[row["customer_id"]].add(row["ordered_at"].astimezone(ZoneInfo(zone)).date())
    return {of: sorted(days) for of, days in found.items()}


@pytest.fixture
async def found(db: Database) -> tuple[Portrait, Bought]:
    await settled(db, 150)
    async with db.transaction() as tx:
        return await portrait(tx), await days_of_purchase(tx)


async def test_everything_is_what_plain_counting_finds(found: tuple[Portrait, Bought], db: Database) -> None:
    told, bought = found
    people = await scores(db)
    assert (told.customers, told.buyers, told.scored, told.as_of) == (150, len(bought), NOW, NOW)
    _purchases(told, bought)
    _cohorts(told, bought)
    by_decile: Counter[int] = Counter(one["value_decile"] for one in people.values())
    assert {row.decile: row.customers for row in told.deciles} == by_decile
    assert sum(row.value for row in told.deciles) == sum(one["lifetime_value"] for one in people.values())
    first = [one for one in people.values() if one["value_decile"] == 1]
    assert told.deciles[0].profit == sum(one["profit"] for one in first)
    assert told.deciles[0].least == min(one["lifetime_value"] for one in first)
    triples = Counter((p["rfm_recency"], p["rfm_frequency"], p["rfm_monetary"]) for p in people.values())
    assert {(r.recency, r.frequency, r.monetary): r.customers for r in told.rfm} == triples
    risks = Counter((RiskBand(p["risk_band"]), ValueTier(p["value_tier"])) for p in people.values())
    assert {(row.band, row.tier): row.customers for row in told.risks} == risks
    stages = Counter(LifecycleStage(p["lifecycle_stage"]) for p in people.values())
    assert {row.stage: row.customers for row in told.stages} == stages
    assert sum(row.profit for row in told.stages) == sum(p["profit"] for p in people.values())


def _purchases(told: Portrait, bought: Bought) -> None:
    assert told.purchases is not None
    span, some = told.purchases.span, told.purchases
    used = told.in_use()
    assert used is not None
    assert used.holdout is not None
    assert span.end == NOW.date()
    assert str(span.cut + timedelta(days=1)) == str(used.holdout["from"])[:10]
    plain: Counter[tuple[int, ...]] = Counter()
    daily: Counter[date] = Counter()
    for days in bought.values():
        if known := [day for day in days if day <= span.cut]:
            x, t_x, T = len(known) - 1, (known[-1] - known[0]).days, (span.cut - known[0]).days
            plain[x, t_x, T, len(days) - len(known)] += 1
            daily.update(days[1:])
    rows = zip(some.x, some.t_x, some.T, some.later, strict=True)
    assert {tuple(map(int, row)): n for row, n in zip(rows, some.n, strict=True)} == plain
    assert some.first == min(days[0] for days in bought.values())
    assert {some.first + timedelta(days=int(at)): some.repeats[at] for at in np.flatnonzero(some.repeats)} == daily


def _cohorts(told: Portrait, bought: Bought) -> None:
    plain = Counter(
        (days[0].replace(day=1), month) for days in bought.values() for month in {day.replace(day=1) for day in days}
    )
    assert {(row.cohort, row.month): row.buyers for row in told.cohorts} == plain


async def test_earnings_are_sums_of_months_and_the_last_twelve_stand_apart(tx: Tx) -> None:
    of = await buyer(tx, 10, 40, 700, total=50, cost=20)
    await tx.execute(
        "INSERT INTO customer_month (customer_id, month, channel, category, category_orders, revenue, returns,"
        " cost_of_goods, cost_to_serve, marketing_cost) VALUES ($1, '2026-05-01', 'WEB', 'Toys', 1, 9, 1, 2, 3, 0.5)",
        of,
    )
    found = {(row.channel, row.category): row for row in (await portrait(tx)).earned}
    assert set(found) == {(Channel.WEB, ""), (Channel.WEB, "Toys")}
    plain, toys = found[Channel.WEB, ""], found[Channel.WEB, "Toys"]
    assert [plain.orders, plain.revenue, plain.profit, plain.lately] == [3, 150, 90, 60]
    assert [toys.category_orders, toys.revenue, toys.cost_of_goods] == [1, 8, 2]
    assert toys.cost_of_contact == Decimal("3.5")
    assert toys.profit == toys.lately == Decimal("2.5")


async def test_days_are_the_organization_s_and_cancelled_and_future_orders_are_nothing(tx: Tx) -> None:
    await tx.execute("UPDATE settings SET time_zone = 'Pacific/Auckland'")
    late = datetime(2026, 3, 31, 20, tzinfo=NOW.tzinfo)
    of = await customer(tx)
    await order(tx, of, late)
    await order(tx, of, late + timedelta(hours=1))
    await order(tx, of, NOW + timedelta(days=3))
    await order(tx, of, NOW - timedelta(days=200), cancelled_at=NOW)
    told = await portrait(tx)
    assert [(row.cohort, row.month, row.buyers) for row in told.cohorts] == [(date(2026, 4, 1), date(2026, 4, 1), 1)]
    assert told.today == date(2026, 7, 1)


async def test_erased_and_merged_customers_are_no_customers(tx: Tx) -> None:
    erased, merged, into = [await buyer(tx, 20) for _ in range(3)]
    await tx.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", erased, NOW)
    await tx.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", merged, into)
    told = await portrait(tx)
    assert (told.customers, told.buyers) == (1, 3)


async def test_nothing_is_written_and_progress_is_told(db: Database) -> None:
    steps: list[tuple[int, int]] = []
    async with db.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        told = await read_portrait(connection, now=NOW, progress=lambda done, of, _: steps.append((done, of)))
    assert steps == sorted(steps)
    assert {of for _, of in steps} == {4}
    assert (told.customers, told.models, told.purchases, told.cohorts, told.earned) == (0, (), None, (), ())
    assert (told.deciles, told.rfm, told.risks, told.stages, told.scored) == ((), (), (), (), None)


async def test_scores_of_the_past_are_told_as_of_the_past(db: Database) -> None:
    ids = await settled(db, 150)
    past = NOW - timedelta(days=60)
    async with db.transaction() as tx:
        before = await portrait(tx)
        await tx.execute("UPDATE score_run SET as_of = $1", past)
        await tx.execute(
            "INSERT INTO score_run (score_run_id, as_of, finished_at, customers, cuts) VALUES ($1, $2, $3, 1, '{}')",
            ids[0],
            NOW,
            past,
        )
        told = await portrait(tx)
    assert (told.as_of, told.scored, told.today) == (past, past, past.date())
    assert max(row.month for row in told.cohorts) <= past.date()
    assert before.purchases is not None
    assert told.purchases is not None
    assert (told.purchases.span, told.purchases.n.sum()) == (before.purchases.span, before.purchases.n.sum())
    assert (told.purchases.repeats == before.purchases.repeats).all()


def stored(holdout: dict[str, object] | None) -> StoredModel:
    until = datetime(2026, 6, 30, 12, tzinfo=NOW.tzinfo)
    family = ValueModelFamily.BG_NBD
    return StoredModel(family, {}, 1, 0.0, until, NOW, True, (), holdout, None, False)


def test_the_days_of_a_back_test_are_read_in_the_organization_s_zone() -> None:
    settings = Settings("USD", "America/New_York", 12, 180, 0.1, Decimal("0.3"), ())
    test: dict[str, object] = {"from": "2026-03-02T05:00:00+00:00", "until": "2026-06-30T12:00:00+00:00"}
    assert back_test_span(stored(test), settings) == Span(date(2026, 3, 1), date(2026, 6, 30))
    whole: dict[str, object] = {"from": "2026-03-02T05:00:00+00:00", "until": "2026-06-02T04:00:00+00:00"}
    assert back_test_span(stored(whole), settings).end == date(2026, 6, 1)
    assert back_test_span(stored(None), settings) == Span(date(2026, 6, 30), date(2026, 6, 30))

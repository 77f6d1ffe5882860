"""Tallies: what is made of purchase days is what plain counting finds; kept ones tell what the facts tell."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics import commands_tallies, queries_tallies
from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.commands_tallies import gather, keep
from domain.analytics.compute import here
from domain.analytics.queries_tallies import Moment, counted
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.tallies import BEGINNING, COUNTED, DAY, FORM, Calendar, Portion, summed
from domain.analytics.scoring.wire import Rows
from domain.database import Database, Tx
from domain.ledger.commands import mark_customers
from domain.settings import Settings
from tests.domain.analytics.facts import NOW, buyer, changed_pass, customer, full_run, line, order, scores, town
from tests.domain.analytics.scoring.test_summaries import of_each, summaries

TODAY = date(2026, 6, 30)
Purchases = dict[int, tuple[float, float]]
lives = st.lists(
    st.dictionaries(st.integers(0, 1_500), st.tuples(st.integers(0, 900), st.integers(-300, 600)), max_size=25),
    max_size=6,
)


def portion(people: list[Purchases]) -> Portion:
    """As it comes from Postgres, days in any order."""
    rows = np.zeros(len(people), dtype=COUNTED)
    rows["length"] = [len(bought) * DAY.itemsize for bought in people]
    today = TODAY.toordinal() - BEGINNING.toordinal()
    days = [(today - ago, *sums) for bought in people for ago, sums in bought.items()]
    return Portion(rows.tobytes(), np.array(days, dtype=DAY).tobytes(), kept=False)


def gaps(ago: list[int]) -> list[int]:
    return [before - after for before, after in pairwise(ago)]


def plainly(bought: Purchases) -> dict[str, float]:
    """The same, counted one by one; days are days ago, the first purchase first."""
    ago = sorted(bought, reverse=True)
    back = [at for at in range(1, len(ago)) if ago[at - 1] - ago[at] > 180 and ago[at] < 90]
    year = [day for day in ago if day < 365]  # 2026 and 2025 have 365 days
    before = [day for day in ago if 365 <= day < 730]
    sums = {name: [bought[day][at] for day in ago[1:]] for at, name in enumerate(("revenue", "profit"))}
    earlier = sum(bought[day][0] for day in before)
    nothing = float("nan")
    return {
        "purchases": len(ago),
        "first_day": -ago[0] if ago else nothing,
        "last_day": -ago[-1] if ago else nothing,
        "in_window": len(year),
        "median_gap": median(gaps(ago)) if len(ago) > 1 else nothing,
        "silence": max((ago[at - 1] - ago[at] for at in back), default=nothing),
        "returned_on": max((-ago[at] for at in back), default=nothing),
        "purchases_before": max(back, default=nothing),
        "gap_before": median(gaps(ago[: back[-1]])) if back and back[-1] > 1 else nothing,
        "repeat_profit": sum(sums["profit"]),
        "repeat_profit_squares": sum(value**2 for value in sums["profit"]),
        "repeat_revenue": sum(sums["revenue"]),
        "repeat_revenue_squares": sum(value**2 for value in sums["revenue"]),
        "window_profit": sum(bought[day][1] for day in year),
        "trend": sum(bought[day][0] for day in year) / earlier if year and earlier else nothing,
    }


@given(people=lives)
def test_what_moves_with_the_clock_is_what_plain_counting_finds(people: list[Purchases]) -> None:
    rows = summed(portion(people), Calendar.of(TODAY))
    assert len(rows) == len(people)
    for row, bought in zip(rows, people, strict=True):
        for name, expected in plainly(bought).items():
            assert row[name] == pytest.approx(expected, nan_ok=True), name


def summing(moment: Moment) -> Callable[[Portion], Awaitable[Rows]]:
    async def sum_up(read: Portion) -> Rows:
        return summed(read, moment.calendar)

    return sum_up


async def gathered(tx: Tx, moment: Moment) -> Summaries:
    parts, fresh = list[Rows](), list[Portion]()

    async def take(rows: Rows) -> None:
        parts.append(rows)

    await gather(tx, moment, summing(moment), take, fresh.append)
    await keep(tx, fresh, moment)
    return Summaries(np.concatenate(parts))


async def lively(db: Database) -> list[UUID]:
    people = await town(db, np.random.default_rng(3), 60)
    async with db.transaction() as tx:
        people.append(await customer(tx))
        owing = await buyer(tx, 400, 30)
        await order(tx, owing, NOW - timedelta(days=20), 70, due_at=NOW + timedelta(days=5))
        await order(tx, owing, NOW + timedelta(days=9), 10, discount=1)
        bought = await order(tx, owing, NOW - timedelta(days=50))
        for position, category in enumerate(("Food", "Toys", None)):
            await line(tx, owing, bought, position, category)
    return [*people, owing]


async def test_a_tally_that_is_kept_tells_what_the_facts_tell_until_they_change(db: Database) -> None:
    people = await lively(db)
    async with db.transaction() as tx:
        settings = await Settings.load(tx)
        await gathered(tx, Moment.of(NOW, settings, then=False))
    for days, holding in ((0, 62), (4, 62), (6, 61), (60, 61), (600, 62)):
        later = NOW + timedelta(days=days)
        async with db.transaction() as tx:
            moment = Moment.of(later, settings, then=False)
            assert await counted(tx, moment) == (62, holding), (
                "an order falls due, another is not of the future any more"
            )
            kept = of_each(await gathered(tx, moment))
            assert kept == of_each(await summaries(tx, later))
            await tx.execute("UPDATE customer_tally SET as_of = $1", NOW)
    async with db.transaction() as tx:
        await mark_customers(tx, people[:7], NOW)
        assert (await counted(tx, moment))[1] == 55
        await tx.execute("UPDATE settings SET time_zone = 'Asia/Tokyo'")
        settings = await Settings.load(tx)
        assert (await counted(tx, Moment.of(later, settings, then=False)))[1] == 0
        await tx.execute("UPDATE customer_tally SET form = 0")
        assert (await counted(tx, moment))[1] == 0


async def test_of_many_customers_a_sample_tells_how_many_tallies_hold(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_tallies, "_MANY", 5_000)
    monkeypatch.setattr(queries_tallies, "_SAMPLED", 2_500)
    people = "INSERT INTO customer (customer_id, created_at, updated_at) SELECT uuidv7(), $1, $1"
    await tx.execute(f"{people} FROM generate_series(1, 10000)", NOW)
    kept = "INSERT INTO customer_tally (customer_id, generation, as_of, zone, form, facts)"
    most = "customer, settings WHERE hashtext(customer_id::text) % 4 <> 0"
    await tx.execute(f"{kept} SELECT customer_id, 0, $1, settings.time_zone, $2, '' FROM {most}", NOW, FORM)
    moment = Moment.of(NOW, await Settings.load(tx), then=False)
    assert await counted(tx, moment) == (10_000, await tx.fetchval("SELECT count(*) FROM customer_tally"))
    await tx.execute("ANALYZE customer")
    customers, usable = await counted(tx, moment)
    assert 1_000 < customers < 5_000
    assert 0.7 < usable / customers < 0.8


async def test_what_a_product_is_made_to_be_later_changes_nothing_that_was_bought(db: Database) -> None:
    people = await lively(db)
    async with db.transaction() as tx:
        moment = Moment.of(NOW, await Settings.load(tx), then=False)
        first = of_each(await gathered(tx, moment))
        await tx.execute("UPDATE product SET category = 'Else'")
        assert await counted(tx, moment) == (62, 62)
        assert of_each(await gathered(tx, moment)) == first == of_each(await summaries(tx, NOW))
        told = await summaries(tx, NOW, people[-1:])
    assert told.count("categories").item() == 2


async def test_who_holds_no_tally_is_read_beside_those_who_do(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_tallies, "BATCH", 2_000)
    monkeypatch.setattr(commands_tallies, "_AT_ONCE", 3)
    people = await lively(db)
    async with db.transaction() as tx:
        moment = Moment.of(NOW, await Settings.load(tx), then=False)
        await gathered(tx, moment)
        await mark_customers(tx, people[10:21], NOW)
        assert of_each(await gathered(tx, moment)) == of_each(await summaries(tx, NOW))
        assert await counted(tx, moment) == (62, 62)


async def test_a_later_look_is_not_overwritten_and_who_is_gone_is_not_kept(db: Database) -> None:
    people = await lively(db)
    async with db.transaction() as tx:
        settings, fresh = await Settings.load(tx), list[Portion]()

        async def take(rows: Rows) -> None:
            """Nobody looks."""

        early = Moment.of(NOW - timedelta(days=1), settings, then=False)
        await gather(tx, early, summing(early), take, fresh.append)
        await gathered(tx, Moment.of(NOW, settings, then=False))
        await tx.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", people[0], NOW)
        await tx.execute("DELETE FROM customer_tally WHERE customer_id = ANY ($1)", people[:2])
        await keep(tx, fresh, early)
        told = await tx.fetch("SELECT customer_id, as_of FROM customer_tally WHERE as_of = $1", early.as_of)
    assert [row["customer_id"] for row in told] == [people[1]]


async def test_the_pass_over_what_changed_keeps_tallies_that_the_next_run_reads(db: Database) -> None:
    await lively(db)
    await changed_pass(db)
    async with db.transaction() as tx:
        assert await counted(tx, Moment.of(NOW, await Settings.load(tx), then=False)) == (62, 62)
        await tx.execute("DELETE FROM customer_month; DELETE FROM order_line; DELETE FROM customer_order")
    await full_run(db)
    assert max(row["order_count"] for row in (await scores(db)).values()) > 1, "of what was kept"


async def test_as_of_the_past_nothing_counts_that_came_later(db: Database) -> None:
    """Money of whole months and of the broken one; what was owed, returned and bought by then."""
    then = datetime(2026, 5, 10, tzinfo=NOW.tzinfo)
    async with db.transaction() as tx:
        of = await customer(tx, created_at=then - timedelta(days=400))
        await order(tx, of, then - timedelta(days=60), 100, cost=40)
        owed = await order(tx, of, then - timedelta(days=5), 30, cost=10, due_at=then - timedelta(days=1))
        late = await order(tx, of, then + timedelta(days=5), 500, cost=1)
        await line(tx, of, owed, 0, "Food")
        await line(tx, of, late, 0, "Toys")
        for at, cost in ((then - timedelta(days=2), 3), (then + timedelta(days=2), 9)):
            await tx.execute(
                "INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind,"
                " function, direction, recorded_at, source, cost)"
                " VALUES ($1, $2, gen_random_uuid(), $1, 'PHONE', 'CALL', 'SERVICE', 'INBOUND', $2, 'test', $3)",
                of,
                at,
                cost,
            )
        for at, refund in ((then - timedelta(days=1), 7), (then + timedelta(days=3), 11)):
            returned = await tx.fetchval(
                "INSERT INTO order_return (customer_id, return_id, recorded_for, source, external_id, returned_at,"
                " recorded_at, refund, returned_cost)"
                " VALUES ($1, gen_random_uuid(), $1, 'test', $2::text, $3, $3, $4, 2) RETURNING return_id",
                of,
                str(refund),
                at,
                refund,
            )
            await tx.execute(
                "INSERT INTO return_line (customer_id, return_id, position, recorded_for, product_id, order_id,"
                " quantity, refund, returned_cost) VALUES ($1, $2, 0, $1, gen_random_uuid(), $3, 1, $4, 2)",
                of,
                returned,
                owed,
                refund,
            )
        await tx.execute(
            "UPDATE customer_order SET returned = 18, returned_cost = 4, paid = 30, paid_at = $2 WHERE order_id = $1",
            owed,
            then + timedelta(days=4),
        )
        told = Summaries((await summaries(tx, then, [of], then=True)).rows)
    amounts = {name: told.money(name).floats().item() for name in ("revenue", "returns", "cost_of_goods", "overdue")}
    assert amounts == {"revenue": 130, "returns": 7, "cost_of_goods": 50 - 2, "overdue": 30 - 7}
    assert told.money("cost_to_serve").floats().item() == 3
    assert (told.count("orders").item(), told.count("products").item(), told.count("categories").item()) == (2, 1, 1)
    assert told.real("repeat_profit").item() == 30 - 10 - 7 + 2


async def test_the_same_inputs_give_the_same_scores_bit_for_bit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept or read of the facts, in few batches or in many, again or elsewhere: as Postgres' own octets."""
    await lively(db)
    async with db.transaction() as tx:
        await fit_value_model(tx, here, until=None, now=NOW)
    told = []
    for size, forgetting in ((8_000_000, False), (2_000, False), (2_000, True), (8_000_000, False)):
        monkeypatch.setattr(queries_tallies, "BATCH", size)
        async with db.transaction() as tx:
            await tx.execute("TRUNCATE customer_tally" if forgetting else "SELECT 1")
        await full_run(db)
        told.append(await octets(db))
        await asyncio.sleep(0)
    assert len(told[0]) == 62
    assert told[1:] == told[:1] * 3


async def octets(db: Database) -> list[str]:
    """float8send tells every bit."""
    async with db.connection() as connection:
        names = await connection.fetch(
            "SELECT attname AS name, atttypid = 'float8'::regtype AS is_real FROM pg_attribute"
            " WHERE attrelid = 'customer_score'::regclass AND attnum > 0"
        )
        columns = ", ".join(f"float8send({row['name']})" if row["is_real"] else row["name"] for row in names)
        query = f"SELECT ROW ({columns})::text AS told FROM customer_score ORDER BY customer_id"
        return [row["told"] for row in await connection.fetch(query)]

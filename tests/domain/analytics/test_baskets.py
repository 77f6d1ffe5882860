"""What a tally holds of what was bought, with what came since: after any deeds the same as all lines read anew."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.database import Database
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.privacy.commands_erasing import erase
from domain.transfer import Kind
from domain.transfer.order_calls import update_order
from tests.domain.analytics.facts import NOW as LATER
from tests.domain.analytics.facts import buyer, changed_pass, full_run, line, order
from tests.domain.analytics.scoring.test_summaries import of_each, summaries
from tests.support.calling import again, called
from tests.support.importing import CLAIMS, NOW, Given, person
from tests.support.importing import order as order_of
from tests.support.occasions import occasion

SHELF = {"pen": "Paper", "pad": "Paper", "ball": "Toys", "kite": "Toys", "soap": "Home", "odd": None}
PEOPLE = "123"
EMPTY = (
    "TRUNCATE customer, customer_alias, customer_merge, customer_score_a, customer_score_b, customer_mark,"
    " customer_tally, customer_summary, identity_claim, customer_identity, customer_order, order_line, order_claim,"
    " touchpoint, touchpoint_claim, customer_month, score_snapshot, score_run, tombstone"
)


@dataclass
class Life:
    """Deeds one after the other, a minute apart, on three people and what they ordered."""

    db: Database
    now: datetime = NOW
    ordered: list[str] = field(default_factory=list)

    async def take(self, name: str, one: int, other: int) -> None:
        self.now += timedelta(minutes=1)
        deed: Callable[[int, int], Awaitable[object]] = getattr(self, name)
        with suppress(Refused):
            await deed(one, other)

    async def buy(self, one: int, other: int, days_ago: float = 0) -> None:
        skus = [sku for place, sku in enumerate(SHELF) if (one + 1) * (other + 3) >> place & 1] or ["pen"]
        lines: list[Given] = [{"sku": sku, "quantity": 1, "unitPrice": "2"} for sku in skus]
        self.ordered.append(name := f"o{len(self.ordered)}")
        at = (self.now - timedelta(days=days_ago, seconds=5)).isoformat()
        about = order_of(name, orderedAt=at, lines=lines, customer=person(PEOPLE[one % len(PEOPLE)]))
        await called(self.db, Kind.ORDERS, [about], occasion=occasion(self.now))

    async def told_late(self, one: int, other: int) -> None:
        await self.buy(one, other, days_ago=other * 40)

    async def ahead(self, one: int, other: int) -> None:
        await self.buy(one, other, days_ago=-0.01)

    async def _turn(self, one: int, cancelled: datetime | None) -> None:
        if self.ordered:
            ref = {"external": {"source": "shop", "externalId": self.ordered[one % len(self.ordered)]}}
            said = {"cancelledAt": cancelled and cancelled.isoformat()}
            await again(self.db, lambda tx: update_order(tx, ref, said, occasion=occasion(self.now)))

    async def cancel(self, one: int, other: int) -> None:
        await self._turn(one, self.now)

    async def stand_again(self, one: int, other: int) -> None:
        await self._turn(one, None)

    async def join(self, one: int, other: int) -> None:
        ids = await self._ids()
        if len(ids) > 1:
            gone, into = ids[one % len(ids)], ids[other % len(ids)]
            await again(self.db, lambda tx: merge(tx, into, gone, occasion=occasion(self.now)))

    async def part(self, one: int, other: int) -> None:
        async with self.db.connection() as tx:
            gone = [row[0] for row in await tx.fetch("SELECT gone_id FROM customer_merge ORDER BY 1")]
        if gone:
            those = gone[one % len(gone)]
            await again(self.db, lambda tx: unmerge(tx, those, those, occasion=occasion(self.now)))

    async def forget(self, one: int, other: int) -> None:
        ids = await self._ids()
        if ids and other == 0:
            await again(self.db, lambda tx: erase(tx, ids[one % len(ids)], key=CLAIMS, now=self.now))

    async def shelve(self, one: int, other: int) -> None:
        sku = list(SHELF)[one % len(SHELF)]
        row: Given = {"sku": sku, "name": sku, "category": ["Paper", "Else"][other % 2]}
        await called(self.db, Kind.PRODUCTS, [row], occasion=occasion(self.now))

    async def round(self, one: int, other: int) -> None:
        await changed_pass(self.db, self.now)

    async def night(self, one: int, other: int) -> None:
        await full_run(self.db, self.now)

    async def _ids(self) -> list[UUID]:
        async with self.db.connection() as tx:
            rows = await tx.fetch(
                "SELECT customer_id FROM customer WHERE merged_into IS NULL AND erased_at IS NULL ORDER BY 1"
            )
        return [row[0] for row in rows]

    async def check(self) -> None:
        """Read with what is kept, and without."""
        ids, as_of = await self._ids(), self.now + timedelta(minutes=1)
        async with self.db.transaction() as tx:
            kept = of_each(await summaries(tx, as_of, ids, few=True)) if ids else {}
            assert kept == (of_each(await summaries(tx, as_of, ids)) if ids else {})
            await tx.execute("DELETE FROM customer_tally")
            assert kept == (of_each(await summaries(tx, as_of, ids, few=True)) if ids else {})


DEEDS = ("buy", "buy", "told_late", "ahead", "cancel", "stand_again", "join", "part", "forget", "shelve")
steps = st.tuples(st.sampled_from((*DEEDS, "round", "round", "night")), st.integers(0, 6), st.integers(0, 6))


BOTH_BUY = [("buy", 0, 0), ("buy", 1, 5), ("round", 0, 0)]
ANY_LIVES = st.lists(steps, min_size=1, max_size=14).map(lambda life: [*BOTH_BUY, *life])
ON_ONE_DATABASE = settings(deadline=None, suppress_health_check=list(HealthCheck))


async def lived(db: Database, life: list[tuple[str, int, int]]) -> None:
    async with db.transaction() as tx:
        await tx.execute(EMPTY)
    people = Life(db)
    products: list[Given] = [{"sku": sku, "name": sku, "category": kind} for sku, kind in SHELF.items()]
    await called(db, Kind.PRODUCTS, products)
    for step in life:
        await people.take(*step)
    await people.check()


@settings(ON_ONE_DATABASE, max_examples=4)
@example(life=[*BOTH_BUY, ("join", 0, 1)])
@example(life=[*BOTH_BUY, ("join", 0, 1), ("round", 0, 0), ("part", 0, 0)])
@given(life=ANY_LIVES)
async def test_after_any_deeds_what_is_kept_tells_what_all_lines_tell(
    db: Database, life: list[tuple[str, int, int]]
) -> None:
    await lived(db, life)


@pytest.mark.proof
@settings(ON_ONE_DATABASE, max_examples=60)
@given(life=ANY_LIVES)
async def test_after_many_lives_what_is_kept_tells_what_all_lines_tell(
    db: Database, life: list[tuple[str, int, int]]
) -> None:
    await lived(db, life)


async def test_lines_of_before_are_not_read_again_where_all_orders_stand(db: Database) -> None:
    async with db.transaction() as tx:
        of = await buyer(tx, 90)
        first = await tx.fetchval("SELECT order_id FROM customer_order")
        await line(tx, of, first, 0, "Food")
        await line(tx, of, first, 1, "Toys")
    await changed_pass(db, LATER)
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM order_line")
        later = LATER + timedelta(hours=1)
        second = await order(tx, of, later)
        await line(tx, of, second, 0, "Food")
        as_of = later + timedelta(hours=1)
        told = await summaries(tx, as_of, [of], few=True)
        assert (told.count("products").item(), told.count("categories").item()) == (3, 2)
        await tx.execute("UPDATE customer_order SET cancelled_at = $2 WHERE order_id = $1", second, as_of)
        told = await summaries(tx, as_of, [of], few=True)
        assert (told.count("products").item(), told.count("categories").item()) == (0, 0), "read anew"

"""The scores of an instant that has been are those of who was there then."""

from datetime import timedelta
from uuid import UUID

from domain.database import Database
from tests.domain.analytics.facts import NOW, customer, full_run, order, scores

DAY = timedelta(days=1)
Place = tuple[int | None, int | None, int | None]


async def places(db: Database, *customers: UUID) -> list[Place]:
    """By revenue, by profit, of how many."""
    found = await scores(db)
    names = ("rank_by_revenue", "rank_by_profit", "ranked_of")
    return [(found[one][names[0]], found[one][names[1]], found[one][names[2]]) for one in customers]


async def test_who_came_later_has_no_place_among_those_of_the_past(db: Database) -> None:
    """However late somebody was recorded: who had been in touch or had bought by then was there."""
    then = NOW - 60 * DAY
    async with db.transaction() as tx:
        there, recorded_late, late, losing = [
            await customer(tx, created_at=when) for when in (then - DAY, NOW, then + DAY, NOW)
        ]
        await tx.execute("UPDATE customer SET acquisition_at = $2 WHERE customer_id = $1", recorded_late, then - DAY)
        await order(tx, losing, then - DAY, 20, cost=30)
    await full_run(db, then, then=True)
    assert await places(db, there, recorded_late, losing, late) == [(2, 1, 3), (2, 1, 3), (1, 3, 3), (None, None, None)]
    await full_run(db, NOW)
    assert await places(db, there, recorded_late, losing, late) == [(2, 1, 4), (2, 1, 4), (1, 4, 4), (2, 1, 4)]

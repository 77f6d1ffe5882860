"""Years of touchpoints: made once, and what waited in the default partition moves in."""

from datetime import UTC, datetime

from domain.database import Database, Tx
from domain.ids import new_id
from domain.touchpoints.partitions import make_years, years_that_wait
from jobs.house import make_touchpoint_years

NOW = datetime(2031, 6, 1, tzinfo=UTC)
_TOUCHPOINT = """
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source)
VALUES ($1, $2, $1, $1, 'WEB', 'VISIT', 'MARKETING', 'INBOUND', $2, 'shop')
"""


async def touch(tx: Tx, *moments: str) -> None:
    for moment in moments:
        await tx.execute(_TOUCHPOINT, new_id(NOW), datetime.fromisoformat(moment))


async def partitions(tx: Tx) -> dict[str, int]:
    """Where the touchpoints are."""
    rows = await tx.fetch("SELECT tableoid::regclass::text AS place, count(*) AS count FROM touchpoint GROUP BY 1")
    return {row["place"]: row["count"] for row in rows}


async def test_the_year_takes_over_what_waited_for_it(tx: Tx) -> None:
    first, last, next_ = "2031-01-01T00:00:00Z", "2031-12-31T23:59:59.999999Z", "2032-01-01T00:00:00Z"
    await touch(tx, first, last, next_, "1875-05-05T00:00:00Z")
    assert await partitions(tx) == {"touchpoint_default": 4}
    assert await years_that_wait(tx, NOW) == {2031, 2032}
    assert await make_years(tx, [2031, 2026]) == [2031]
    assert await partitions(tx) == {"touchpoint_default": 2, "touchpoint_2031": 2}
    await touch(tx, "2031-06-01T00:00:00Z")
    assert (await partitions(tx))["touchpoint_2031"] == 3
    assert await make_years(tx, [2031]) == []


async def test_a_new_year_has_the_indexes_of_the_others(tx: Tx) -> None:
    await make_years(tx, [2040])
    shape = "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = $1::text::regclass"
    assert await tx.fetchrow(shape, "touchpoint_2040") == await tx.fetchrow(shape, "touchpoint_2026")
    attached = (
        "SELECT count(*) FROM pg_inherits WHERE inhrelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = $1)"
    )
    oid = await tx.fetchval("SELECT 'touchpoint_2040'::regclass::oid")
    assert await tx.fetchval(attached, oid) == await tx.fetchval(
        "SELECT count(*) FROM pg_index WHERE indrelid = $1", oid
    )


async def test_the_daily_errand(db: Database) -> None:
    async with db.transaction() as tx:
        await touch(tx, "2030-02-02T00:00:00Z", "2033-03-03T00:00:00Z", "2099-01-01T00:00:00Z")
        await make_touchpoint_years(tx, NOW)
        assert await partitions(tx) == {"touchpoint_2030": 1, "touchpoint_2033": 1, "touchpoint_default": 1}
        assert await tx.fetchval("SELECT to_regclass('touchpoint_2032') IS NOT NULL")
        await make_touchpoint_years(tx, NOW)

"""The twins of the scores: the idle one is emptied and filled, then one short transaction makes it the live one."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from domain.analytics.scoring.foresight import Terms
from domain.analytics.scoring.population import Population
from domain.analytics.tables import customer_score_a
from domain.database import Tx
from domain.ids import new_id
from domain.ledger.rules import LeaseLost

TWINS = ("customer_score_a", "customer_score_b")
LOCK_WAIT = "200ms"
_COLUMNS = tuple(column.name for column in customer_score_a.columns)
_LIST = ", ".join(_COLUMNS)
_REST = ", ".join(name for name in _COLUMNS if name != "customer_id")
_EXCLUDED = ", ".join(f"excluded.{name}" for name in _COLUMNS if name != "customer_id")
_BATCH = 10_000

# What the run over changed customers wrote since, and customers that came since.
_CARRY = """
INSERT INTO {idle} ({columns})
SELECT {of_live} FROM {live} AS live LEFT JOIN {idle} AS idle ON idle.customer_id = live.customer_id
WHERE idle.customer_id IS NULL OR live.generation > idle.generation
ON CONFLICT (customer_id) DO UPDATE SET ({rest}) = ROW ({excluded})
RETURNING customer_id
"""

# By now the idle twin has everybody whom the live one has: as many are the same, and nobody is looked for.
_AS_MANY = "SELECT (SELECT count(*) FROM {live}) = (SELECT count(*) FROM {idle})"

# Merged and erased customers have lost their live row.
_LEAVE_OUT = """
DELETE FROM {idle} AS idle
WHERE NOT EXISTS (SELECT 1 FROM {live} AS live WHERE live.customer_id = idle.customer_id)
  AND NOT EXISTS (SELECT 1 FROM customer
    WHERE customer.customer_id = idle.customer_id AND merged_into IS NULL AND erased_at IS NULL)
"""

# Placed by the cut points of the run before: once more, by ours. Who is locked is being marked or scored right now.
_PLACE_AGAIN = """
WITH free AS (
  SELECT customer_id FROM customer_mark WHERE customer_id = ANY ($1) ORDER BY customer_id
  FOR NO KEY UPDATE SKIP LOCKED)
UPDATE customer_mark AS mark SET wanted = wanted + 1 FROM free WHERE mark.customer_id = free.customer_id
"""

# A few are looked up one by one; the planner takes a third of everybody to be behind, and would go over all of them.
_BEHIND = "SELECT customer_id FROM customer_mark WHERE done < wanted LIMIT $1"
_FEW = 50_000
_CAUGHT_UP = """
WITH behind AS (
  SELECT mark.customer_id, score.generation
  FROM customer_mark AS mark JOIN customer_score AS score ON score.customer_id = mark.customer_id
  WHERE mark.done < mark.wanted AND mark.done < score.generation {those}
  ORDER BY mark.customer_id LIMIT $1 FOR NO KEY UPDATE OF mark SKIP LOCKED)
UPDATE customer_mark AS mark SET done = behind.generation
FROM behind WHERE mark.customer_id = behind.customer_id
"""

_THOSE = "AND mark.customer_id = ANY ($2) AND score.customer_id = ANY ($2)"

_RECORD = """
INSERT INTO score_run (score_run_id, as_of, finished_at, customers, value_model_id, cuts)
VALUES ($1, $2, $3, $4, $5, $6)
"""


@dataclass(frozen=True, slots=True)
class FullRun:
    """Scores that lie ready in the idle twin."""

    twin: str
    as_of: datetime
    terms: Terms
    population: Population


async def live_twin(tx: Tx) -> str:
    """The twin that the view names."""
    told: str = await tx.fetchval("SELECT pg_get_viewdef('customer_score'::regclass)")
    return next(twin for twin in TWINS if twin in told)


async def idle_twin(tx: Tx) -> str:
    live = await live_twin(tx)
    return next(twin for twin in TWINS if twin != live)


async def clear_idle(tx: Tx, idle: str) -> None:
    """Empty and without indexes but the key's: rows come in key order, the other indexes are made afterwards."""
    await tx.execute(f"TRUNCATE {idle}")
    for row in await _indexes(tx, idle):
        await tx.execute(f"DROP INDEX {row['name']}")


async def finish_idle(tx: Tx, idle: str) -> None:
    """The indexes that the live twin has, under the idle one's name; and what the planner wants to know."""
    live = next(twin for twin in TWINS if twin != idle)
    await tx.execute("SET LOCAL maintenance_work_mem = '128MB'")
    for row in await _indexes(tx, live):
        await tx.execute(row["definition"].replace(live, idle))
    await tx.execute(f"ANALYZE {idle}")


async def _indexes(tx: Tx, twin: str) -> list[Record]:
    return await tx.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index"
        " WHERE indrelid = $1::text::regclass AND NOT indisprimary ORDER BY 1",
        twin,
    )


async def switch(tx: Tx, run: FullRun, *, now: datetime) -> None:
    """Make the filled twin the live one, with what was written meanwhile; writers wait, readers hardly do.

    Raises asyncpg.LockNotAvailableError where somebody holds on to the scores: roll back, and try again shortly.
    """
    await tx.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'; LOCK TABLE customer_score IN EXCLUSIVE MODE")
    live = await live_twin(tx)
    if live == run.twin:
        raise LeaseLost  # somebody else's run is live in the twin that we have filled
    names = {"idle": run.twin, "live": live, "columns": _LIST, "rest": _REST, "excluded": _EXCLUDED}
    of_live = ", ".join(f"live.{name}" for name in _COLUMNS)
    carried = await tx.fetch(_CARRY.format(**names, of_live=of_live))
    if not await tx.fetchval(_AS_MANY.format(**names)):
        await tx.execute(_LEAVE_OUT.format(**names))
    await tx.execute(_PLACE_AGAIN, [row["customer_id"] for row in carried])
    model = run.terms.model.id if run.terms.model else None
    cuts = run.population.stored()
    await tx.execute(_RECORD, new_id(now), run.as_of, now, run.population.of, model, cuts)
    await tx.execute(f"CREATE OR REPLACE VIEW customer_score AS SELECT * FROM {run.twin}")


async def catch_up(tx: Tx) -> int:
    """After the switch: marks that the full run has answered are done; how many of them at a time."""
    behind = [row["customer_id"] for row in await tx.fetch(_BEHIND, _FEW + 1)]
    if len(behind) > _FEW:
        done = await tx.execute(_CAUGHT_UP.format(those=""), _BATCH)
    else:
        done = await tx.execute(_CAUGHT_UP.format(those=_THOSE), _BATCH, behind)
    return int(done.split()[-1])

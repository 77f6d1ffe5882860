"""Scoring customers whose facts changed, in the transaction of their marks; and the terms on which all are scored."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from domain.analytics import queries
from domain.analytics.commands_tallies import forget, keep
from domain.analytics.compute import Compute
from domain.analytics.judging.evaluation import FEWEST_REPEATERS
from domain.analytics.queries_tallies import Moment, read_facts
from domain.analytics.scoring import steps
from domain.analytics.scoring.foresight import Model, Terms
from domain.analytics.scoring.steps import Written
from domain.analytics.scoring.tallies import Portion
from domain.analytics.scoring.wire import HEADER, TRAILER
from domain.database import Tx
from domain.settings import Settings
from domain.vocabulary import ScoreAbsenceReason

# Like the view: the idle twin may be locked while a full run fills it.
_STAGING = "CREATE TEMPORARY TABLE IF NOT EXISTS score_staging (LIKE customer_score) ON COMMIT DELETE ROWS"

# A row that a later look has written stays, and so does one of a full run that has seen as much: its ranks are exact.
_UPSERT = """
INSERT INTO customer_score ({columns}) SELECT {columns} FROM score_staging ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET ({changed}) = ROW ({excluded})
WHERE customer_score.generation < excluded.generation
  OR customer_score.generation = excluded.generation AND NOT customer_score.rank_exact
"""

_FORGET = """
DELETE FROM customer_score USING customer
WHERE customer_score.customer_id = ANY ($1) AND customer.customer_id = ANY ($1)
  AND customer.customer_id = customer_score.customer_id
  AND (customer.merged_into IS NOT NULL OR customer.erased_at IS NOT NULL)
"""


def terms(settings: Settings, model: queries.Used, as_of: datetime, *, repeaters: int | None) -> Terms:
    """By the settings and the model in use; repeaters: how many have bought again, where a full run has counted."""
    missing: tuple[str, str] | None = None
    if model is None and repeaters is not None and repeaters < FEWEST_REPEATERS:
        detail = f"{repeaters} customers have bought again; a value model needs {FEWEST_REPEATERS}."
        missing = (ScoreAbsenceReason.TOO_LITTLE_HISTORY, detail)
    elif model is None:
        missing = (ScoreAbsenceReason.NO_MODEL, "No value model has been fitted yet: start FIT_VALUE_MODEL.")
    elif not isinstance(model, Model):
        missing = (ScoreAbsenceReason.MODEL_DEGENERATE, " ".join(model))
    return Terms(
        as_of,
        settings.horizon_months,
        settings.churn_horizon_days,
        settings.discount_rate,
        model if isinstance(model, Model) else None,
        missing,
    )


async def score_changed(tx: Tx, compute: Compute, customers: Sequence[UUID], *, now: datetime) -> None:
    """Summaries and scores of these customers as of now, placed by the last full run; each with the generation seen."""
    settings = await Settings.load(tx)
    population = await queries.last_population(tx)
    model, repeaters = await queries.model_in_use(tx), population.means.repeaters if population else None
    ours = terms(settings, model, now, repeaters=repeaters)
    moment, portions = Moment.of(now, settings, then=False), list[Portion]()

    async def take(portion: Portion) -> None:
        portions.append(portion)

    await read_facts(tx, moment, take, of=customers, few=True)
    if portions:
        written = await compute(steps.of_facts, portions, moment.calendar, ours, population)
        await _put(tx, written)
        await keep(tx, portions, moment)
    await tx.execute(_FORGET, list(customers))
    await forget(tx, list(customers))


async def _put(tx: Tx, written: Written) -> None:
    await tx.execute(_STAGING)
    await copy(tx, "score_staging", written)
    names = [name for name in written.columns if name != "customer_id"]
    await tx.execute(
        _UPSERT.format(
            columns=", ".join(written.columns),
            changed=", ".join(names),
            excluded=", ".join(f"excluded.{name}" for name in names),
        )
    )


async def copy(tx: Tx, table: str, written: Written, *, emptied: bool = False) -> None:
    """`emptied`, in this very transaction: its rows are everybody's to see, and nobody asks again whether they are."""

    async def source() -> AsyncIterator[bytes]:
        yield HEADER
        yield written.rows
        yield TRAILER

    columns = list(written.columns)
    await tx.copy_to_table(table, source=source(), columns=columns, format="binary", freeze=emptied)

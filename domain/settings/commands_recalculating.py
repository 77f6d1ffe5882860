"""The deed that follows settings: what was worked out of them is worked out anew, some customers at a time."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain import portfolio
from domain.customers.queries_everybody import customers_after
from domain.database import Tx
from domain.ledger import mark_customers
from domain.ledger.commands import enqueue
from domain.ledger.queries import waits
from domain.orders import commands_costing as goods
from domain.orders.rules import assumed_cost_share
from domain.settings.queries import Settings
from domain.settings.rules import prices
from domain.touchpoints import commands_costing as touches
from domain.vocabulary import JobKind

THEN_SCORE: Mapping[str, object] = {"score": True}
"""Said with a fit: everybody is scored by it as soon as it is there, not beside it."""
# A thousand customers may have millions of facts between them.
_UNHURRIED = "SET LOCAL statement_timeout = '10min'"

# Whoever began before still goes by the old settings.
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'rapport' AND pid <> pg_backend_pid() AND xact_start < $1
"""


async def others_since_before(tx: Tx, moment: datetime) -> int:
    """How many transactions of ours go on that began before."""
    return int(await tx.fetchval(_OTHERS, moment))


async def next_customers(tx: Tx, after: UUID, most: int) -> list[UUID]:
    """The next customers in the order of their ids, locked. Who was erased keeps what was."""
    await tx.execute(_UNHURRIED)
    return await customers_after(tx, after, most, locked=True)


async def recalculate(tx: Tx, customers: list[UUID], what: Mapping[str, object], *, now: datetime) -> int:
    """As `what` says: `rates` (which, or all), `goods` and `months`; how many customers it made a difference to."""
    settings = await Settings.load(tx)
    changed: set[UUID] = set()
    if wanted := _wanted(what.get("rates"), settings):
        changed |= await touches.recost(tx, customers, wanted)
    if what.get("goods"):
        changed |= await goods.recost(tx, customers, assumed_cost_share(settings))
    anew = customers if what.get("months") else sorted(changed)
    if anew:
        await portfolio.rebuild(tx, anew, settings)
    await mark_customers(tx, changed, now)
    return len(anew)


def _wanted(rates: object, settings: Settings) -> dict[tuple[str, str], Decimal]:
    if not rates:
        return {}
    all_of_them = prices(settings.rate_card)
    if not isinstance(rates, list):
        return all_of_them
    return {place: cost for place, cost in all_of_them.items() if " ".join(place) in rates}


async def rescore(tx: Tx, now: datetime, *, fit: object = False) -> None:
    """Everybody is scored anew, after a fit if one is wanted; one such job that still waits is enough."""
    kind, arguments = (JobKind.FIT_VALUE_MODEL, THEN_SCORE) if fit else (JobKind.SCORE_CUSTOMERS, {})
    if await waits(tx, kind, arguments) is None:
        await enqueue(tx, kind, arguments, principal=None, now=now)

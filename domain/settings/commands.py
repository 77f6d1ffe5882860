"""The deed on the settings: what is given changes, and jobs bring up to date what was worked out from it."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from domain.audit import Did
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import JobId
from domain.ledger import timetable
from domain.ledger.commands import enqueue
from domain.ledger.queries import waits
from domain.query.asking import Occasion
from domain.settings.commands_recalculating import THEN_SCORE
from domain.settings.entity import THE_ONE
from domain.settings.queries import Settings
from domain.settings.rules import SETTINGS, checked, repriced
from domain.vocabulary import JobKind

_COLUMNS = ", ".join(setting.column for setting in SETTINGS.values())
_LOCK = f"SELECT {_COLUMNS} FROM settings FOR NO KEY UPDATE"
_TYPES = {"frequency_cap": "jsonb", "quiet_hours": "jsonb", "rate_card": "jsonb"}

# Orders that are on their way are waited for, and none is begun until this is decided.
_NO_MORE_ORDERS = """
SET LOCAL lock_timeout = '3s'; LOCK TABLE customer_order IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = DEFAULT
"""
_HAS_ORDERS = """
SELECT EXISTS (SELECT FROM customer_order)
    OR EXISTS (SELECT FROM job WHERE kind = 'IMPORT' AND status IN ('QUEUED', 'RUNNING'))
"""

_RESCORES = frozenset({"horizon_months", "discount_rate"})
# What a model's back-test learnt of one horizon holds of none that is much shorter or longer.
_REFITS = "churn_horizon_days"


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done, and the jobs that follow from it."""

    did: Did
    jobs: tuple[JobId, ...] = ()


async def update(tx: Tx, given: Mapping[str, object], *, occasion: Occasion) -> Settled:
    """Changes what is given, by the names of the contract; what is left out stays."""
    values = checked(given)
    row = await tx.fetchrow(_LOCK)
    assert row is not None
    before = {column: value for column, value in dict(row).items() if column in values and value != values[column]}
    after = {column: values[column] for column in before}
    if "base_currency" in after:
        await _refuse_after_orders(tx)
    settled = await Settings.load(tx)
    if after:
        await _write(tx, after, occasion)
    if "time_zone" in after:
        await timetable.retime(tx)
    jobs = await _follow(tx, settled, await Settings.load(tx), after, occasion)
    names = {setting.column: name for name, setting in SETTINGS.items()}
    told = [{names[column]: value for column, value in one.items()} for one in (before, after)]
    return Settled(Did(key=THE_ONE, before=told[0], after=told[1]), jobs)


async def _refuse_after_orders(tx: Tx) -> None:
    try:
        await tx.execute(_NO_MORE_ORDERS)
    except asyncpg.LockNotAvailableError as error:
        raise _has_orders() from error
    if await tx.fetchval(_HAS_ORDERS):
        raise _has_orders()


def _has_orders() -> Refused:
    message = "may not be changed any more: orders are recorded in it"
    return Refused(Fault(ErrorCode.IN_WRONG_STATE, message, ("input", "baseCurrency")))


async def _write(tx: Tx, values: Mapping[str, object], occasion: Occasion) -> None:
    slots = [
        f"{column} = ${at}{'::' + _TYPES[column] if column in _TYPES else ''}" for at, column in enumerate(values, 2)
    ]
    await tx.execute(f"UPDATE settings SET updated_at = $1, {', '.join(slots)}", occasion.now, *values.values())


async def _follow(
    tx: Tx, before: Settings, after: Settings, changed: Mapping[str, object], occasion: Occasion
) -> tuple[JobId, ...]:
    what: dict[str, object] = {}
    if rates := repriced(before.rate_card, after.rate_card):
        what["rates"] = rates
    if "time_zone" in changed:
        what["months"] = True
    if "assumed_margin" in changed:
        what["goods"] = True
    if "months" in what and _REFITS in changed:
        what["fit"] = True
    jobs = [await _start(tx, JobKind.RECALCULATE, what, occasion)] if what else []
    # Other months are fitted and scored anew when they are there; and scored when the fit is.
    if "months" in what:
        return tuple(jobs)
    if _REFITS in changed:
        jobs.append(await _start(tx, JobKind.FIT_VALUE_MODEL, THEN_SCORE, occasion))
    elif _RESCORES & changed.keys():
        jobs.append(await _start(tx, JobKind.SCORE_CUSTOMERS, {}, occasion))
    return tuple(jobs)


async def _start(tx: Tx, kind: JobKind, arguments: Mapping[str, object], occasion: Occasion) -> JobId:
    """One that still waits is enough: it reads the settings when it begins."""
    return await waits(tx, kind, arguments) or await enqueue(
        tx, kind, arguments, principal=occasion.principal, now=occasion.now
    )

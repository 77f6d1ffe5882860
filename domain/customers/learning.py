"""Touchpoints teach: what was learnt on one, and that somebody unsubscribed, becomes part of the profile.

Both are said as of when it happened, or now where that lies ahead, by the touchpoint's source, and are taken back
with the touchpoint.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from domain import consents
from domain.access.principal import Principal
from domain.customers.allowing import attribute_faults, foreign_faults
from domain.customers.restating import restate
from domain.customers.stated import About, Consent, Stated
from domain.customers.stating import state
from domain.database import Tx
from domain.sqlfile import statements
from domain.staged import UnitFault
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

_SQL = Path(__file__).parent / "sql" / "learn.sql"


class Lesson(NamedTuple):
    """What a touchpoint taught: `learnt` as it was staged (transfer.learnt), and the channel of an UNSUBSCRIBE."""

    touchpoint_id: UUID
    customer_id: UUID
    recorded_for: UUID
    occurred_at: datetime
    source: str
    learnt: str | None = None
    unsubscribed: Channel | None = None


class Taught(NamedTuple):
    """A staged touchpoint that teaches, before it is recorded: whom it names, where somebody known."""

    seq: int
    customer_id: UUID | None
    learnt: str


async def learn(tx: Tx, lessons: Sequence[Lesson], now: datetime) -> set[UUID]:
    """Writes down what touchpoints taught; the customers whose profile changed, restated and marked.

    Only for touchpoints that were recorded just now, with their customers locked.
    """
    told = [(_stated(lesson), _about(lesson, now)) for lesson in lessons]
    told = [(stated, about) for stated, about in told if stated]
    if not told:
        return set()
    changed = await state(tx, told)
    await restate(tx, changed, now, added=True)
    return changed


async def lesson_faults(tx: Tx, taught: Sequence[Taught], caller: Principal) -> list[UnitFault]:
    """What touchpoints cannot teach: undeclared attributes, and what a partner has no say in. At most one a touchpoint.

    To be asked before they are recorded.
    """
    rows = [(one.seq, one.customer_id, Stated.read(one.learnt)) for one in taught if one.learnt]
    faults = await attribute_faults(tx, [(seq, stated) for seq, _, stated in rows], "learnt.")
    faults += await foreign_faults(tx, rows, caller, "learnt.")
    return list({fault.seq: fault for fault in reversed(faults)}.values())


async def forget(tx: Tx, customer_ids: Collection[UUID], touchpoint_ids: Collection[UUID], now: datetime) -> None:
    """Takes back what retracted touchpoints taught. The touchpoints are gone already, their customers locked."""
    customers, touchpoints = list(customer_ids), list(touchpoint_ids)
    for step in ("statements", "consents"):
        await tx.execute(statements(_SQL)[step], customers, touchpoints)
    await consents.settle(tx, customers)
    await restate(tx, customers, now)


def _stated(lesson: Lesson) -> Stated:
    stated = Stated.read(lesson.learnt)
    if lesson.unsubscribed is not None:
        withdrawn = Consent(lesson.unsubscribed, ConsentPurpose.MARKETING, ConsentStatus.WITHDRAWN)
        return Stated(stated.fields, [*stated.consents, withdrawn])
    return stated


def _about(lesson: Lesson, now: datetime) -> About:
    whom = lesson.customer_id, lesson.recorded_for
    return About(*whom, min(lesson.occurred_at, now), lesson.source, touchpoint_id=lesson.touchpoint_id)

"""Customers' facts summed up, read out of the facts themselves or out of the tallies that are kept of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from struct import Struct
from uuid import UUID

import numpy as np

from domain.analytics.scoring.summaries import MONEY
from domain.analytics.scoring.tallies import COUNTED, FORM, KEPT, Calendar, Portion
from domain.analytics.scoring.wire import HEADER
from domain.clock import day_of, start_of
from domain.consents.entity import UNWILLING
from domain.customers.queries_everybody import about_how_many
from domain.database import Tx, copy_out
from domain.settings import Settings
from domain.sqlfile import statements

_SQL = Path(__file__).parent / "sql" / "tally.sql"
_NAMES = ("zone", "as_of", "month", "since", "form", "those")
_LEVELS = {
    "of_customers": "customer_id",
    "of_profile": "customer.customer_id",
    "of_marks": "mark.customer_id",
    "of_live": "live.customer_id",
    "of_standing": "standing.customer_id",
    "of_lines": "line.customer_id",
    "of_came": "came.customer_id",
    "of_known": "known.customer_id",
}
_LENGTH = Struct("!i")
_TOLD = {"since": "lifecycle_since", "scored": "as_of", "stage": "lifecycle_stage"}

Receive = Callable[[Portion], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Moment:
    """As of when. `then`: as it would have been told at that time, in the past; else all earnings that are known.

    `replayed`: the live scores are not the last before; what was so before is asked of the snapshots.
    """

    as_of: datetime
    zone: str
    today: date
    since: datetime
    then: bool
    replayed: bool

    @classmethod
    def of(cls, as_of: datetime, settings: Settings, *, then: bool, replayed: bool = False) -> "Moment":
        today = day_of(as_of, settings.zone)
        since = start_of(today.replace(day=1), settings.zone).astimezone(UTC)
        return cls(as_of, settings.time_zone, today, since, then, then or replayed)

    @property
    def calendar(self) -> Calendar:
        return Calendar.of(self.today)

    def arguments(self, sql: str, those: Sequence[UUID] | None = None) -> tuple[str, list[object]]:
        """Named parameters become numbered ones; those that do not occur are left out."""
        values = (self.zone, self.as_of, self.today.replace(day=1), self.since, FORM, those and list(those))
        given: list[object] = []
        for name, value in zip(_NAMES, values, strict=True):
            if f"${name}" in sql:
                given.append(value)
                sql = sql.replace(f"${name}", f"${len(given)}")
        return sql, given


class Inflow:
    """Bytes of a COPY as they come: rows of a fixed layout up to `length`, and as many octets more as it says."""

    def __init__(self, *, kept: bool) -> None:
        self._kept, self._held, self._begun = kept, bytearray(), False
        layout = KEPT if kept else COUNTED
        fields = layout.fields
        assert fields is not None
        self._fixed, self._at = layout.itemsize, fields["length"][1]
        self._id = fields["customer_id"][1]

    def feed(self, data: bytes) -> None:
        self._held += data
        if not self._begun and len(self._held) >= len(HEADER):
            del self._held[: len(HEADER)]
            self._begun = True

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> tuple[Portion, list[UUID]]:
        """All complete rows; and whose tally does not hold."""
        held, spans, without, at = bytes(self._held), list[tuple[int, int]](), list[UUID](), 0
        whole, length_of = len(held), _LENGTH.unpack_from
        while at + self._at + _LENGTH.size <= whole:
            (length,) = length_of(held, at + self._at)
            end = at + self._at + _LENGTH.size + (length if length > 0 else 0)
            if end > whole:
                break
            if length < 0:
                without.append(UUID(bytes=held[at + self._id : at + self._id + 16]))
            else:
                spans.append((at, end))
            at = end
        del self._held[:at]
        return self._portion(held, spans), without

    def _portion(self, held: bytes, spans: list[tuple[int, int]]) -> Portion:
        fixed = self._fixed
        rows = b"".join([held[at : at + fixed] for at, _ in spans])
        if self._kept:
            return Portion(rows, b"".join([held[at + fixed : end] for at, end in spans]), kept=True)
        # The last octets are the basket's.
        told = [(at + fixed, end - octets, end) for (at, end), octets in zip(spans, self._baskets(rows), strict=True)]
        days, baskets = (b"".join([held[of[n] : of[n + 1]] for of in told]) for n in (0, 1))
        return Portion(rows, days, kept=False, baskets=baskets)

    def _baskets(self, rows: bytes) -> list[int]:
        octets: list[int] = np.frombuffer(rows, dtype=COUNTED)["basket"].tolist()
        return octets


BATCH = 3_000_000
"""Octets that are taken at a time: some eight thousand customers."""


_MANY = 200_000
_SAMPLED = 20_000


async def counted(tx: Tx, moment: Moment) -> tuple[int, int]:
    """How many customers there are, and how many of them have a tally that holds; where they are many, of a sample.

    What is scored is the same however they are read: to choose the faster way, a sample is enough.
    """
    steps, expected = statements(_SQL), await about_how_many(tx)
    sample = f"TABLESAMPLE SYSTEM ({100 * _SAMPLED / expected:.6f}) REPEATABLE (0)" if expected > _MANY else ""
    sql, given = moment.arguments(steps["counted"].format(usable=steps["usable"], sample=sample))
    row = await tx.fetchrow(sql, *given)
    assert row is not None
    return row["customers"], row["usable"]


async def replayed(tx: Tx, as_of: datetime) -> bool:
    """Whether scores of a later time than those that are live had been live before that instant."""
    return bool(await tx.fetchval(statements(_SQL)["replayed"], as_of))


async def read_kept(tx: Tx, moment: Moment, receive: Receive) -> list[UUID]:
    """Everybody whose tally holds, in key order; gives whose does not."""
    return await _read(tx, moment, _kept(), receive, kept=True)


async def read_facts(
    tx: Tx, moment: Moment, receive: Receive, *, of: Sequence[UUID] | None = None, few: bool = False
) -> None:
    """Everybody, or some customers, out of the facts; in key order and in one snapshot.

    `few`: of so few that lines lie scattered; what their tallies hold of before is not read again.
    """
    assert of is not None or not few
    sql = _facts(of is not None, moment.then, of is not None or moment.replayed, few and not moment.then)
    await _read(tx, moment, sql, receive, kept=False, of=of)


async def _read(
    tx: Tx, moment: Moment, sql: str, receive: Receive, *, kept: bool, of: Sequence[UUID] | None = None
) -> list[UUID]:
    inflow, without = Inflow(kept=kept), []

    async def take(data: bytes) -> None:
        inflow.feed(data)
        if len(inflow) >= BATCH:
            await hand_on()

    async def hand_on() -> None:
        portion, others = inflow.take()
        without.extend(others)
        if portion.rows:
            await receive(portion)

    query, given = moment.arguments(sql, of)
    await copy_out(tx, query, *given, output=take, format="binary")
    await hand_on()
    return without


@cache
def _kept() -> str:
    steps, everybody = statements(_SQL), dict.fromkeys(_LEVELS, "") | {"unwilling": UNWILLING}
    told = steps["told"].format(came=_CAME, **_BEFORE)
    held = f"CASE WHEN {steps['usable']} THEN tally.facts END AS facts"
    parts = [f"SELECT {told}, {held}", steps["those"], steps["kept"], steps["living"], "ORDER BY customer.customer_id"]
    return "\n".join(parts).format(**everybody)


@cache
def _facts(some: bool, then: bool, past: bool, few: bool) -> str:
    steps = statements(_SQL)
    levels = {level: f"AND {column} = ANY ($those)" if some else "" for level, column in _LEVELS.items()}
    levels["unwilling"] = UNWILLING
    late = steps["late"].format(**levels)
    names = ("orders_then", "owing_then", "months_then") if then else ()
    orders, owing, months = (
        (steps[name].format(late=late, **levels) for name in names)
        if then
        else (
            "customer_order",
            "customer_order",
            steps["months"].format(**levels),
        )
    )
    told = steps["told"].format(came=_HAD_COME if then else _CAME, **(_KNOWN if past else _BEFORE))
    known = "based.basket" if few else "NULL::bytea"
    sums = steps["sums"].format(money=",\n".join(map(_amount, MONEY)), known_basket=known)
    lines = steps["lines_since" if few else "lines_of_some" if some else "lines"]
    placed = "placed" if few else steps["placed"].format(**levels)
    based = "LEFT JOIN based ON based.customer_id = customer.customer_id" if few else ""
    facts = steps["facts"].format(
        orders=orders, owing=owing, earnings=months, lines=lines, placed=placed, based=based, **levels
    )
    basis = steps["basis"].format(**levels) if few else ""
    snapshots = steps["snapshots_of_few"].format(**levels) if few else "score_snapshot"
    before = steps["past"].format(snapshots=snapshots, **levels)
    those, living = (steps[name].format(**levels) for name in ("those", "living"))
    joined = f"{those} {before}" if past else those
    return f"{basis} SELECT {told}, {sums} {joined} {facts} {living} ORDER BY customer.customer_id"


_CAME = "customer.created_at"
_HAD_COME = "least(customer.created_at, customer.acquisition_at)"
"""Of the past: who was there may have been recorded later, with when they came."""
_BEFORE = {f"{name}_before": f"live.{column}" for name, column in _TOLD.items()}
"""What was so before, as the live scores tell it."""
_KNOWN = {
    f"{name}_before": f"CASE WHEN live.as_of > $as_of OR past.as_of > coalesce(live.as_of, '-infinity')"
    f" THEN past.{column} ELSE live.{column} END"
    for name, column in _TOLD.items()
}
"""The same, by whichever knows the later of the live scores and the snapshots."""
_OF = {"ordered": "bought", "overdue": "owed"}


def _amount(name: str) -> str:
    """Whole units and millionths; beyond all that is kept, its end."""
    amount = f"coalesce({_OF.get(name, 'earned')}.{name}, 0)"
    whole = f"greatest(least(trunc({amount}), 1e17), -1e17)::bigint AS {name}"
    return f"{whole},\n(({amount} - trunc({amount})) * 1000000)::integer AS {name}_micro"

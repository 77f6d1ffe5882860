"""Customers' facts summed up, read out of the facts themselves or out of the tallies that are kept of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from struct import Struct
from uuid import UUID

from domain.analytics.scoring.summaries import MONEY
from domain.analytics.scoring.tallies import COUNTED, FORM, KEPT, Calendar, Portion
from domain.analytics.scoring.wire import HEADER
from domain.clock import day_of, start_of
from domain.consents.entity import UNWILLING
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
        self._basket = None if kept else fields["basket"][1]

    def feed(self, data: bytes) -> None:
        self._held += data
        if not self._begun and len(self._held) >= len(HEADER):
            del self._held[: len(HEADER)]
            self._begun = True

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> tuple[Portion, list[UUID]]:
        """All complete rows; and whose tally does not hold."""
        held, rows, days, baskets, without, at = bytes(self._held), [], [], [], [], 0
        past = len(held) - self._at - _LENGTH.size
        while at <= past:
            (length,) = _LENGTH.unpack_from(held, at + self._at)
            end = at + self._at + _LENGTH.size + max(length, 0)
            if end > len(held):
                break
            if length < 0:
                without.append(UUID(bytes=held[at + self._id : at + self._id + 16]))
            else:
                rows.append(held[at : at + self._fixed])
                middle = end - self._octets(held, at)
                days.append(held[at + self._fixed : middle])
                baskets.append(held[middle:end])
            at = end
        del self._held[:at]
        return Portion(b"".join(rows), b"".join(days), self._kept, b"".join(baskets)), without

    def _octets(self, held: bytes, at: int) -> int:
        """How many of the last ones are the basket's."""
        if self._basket is None:
            return 0
        (octets,) = _LENGTH.unpack_from(held, at + self._basket)
        return int(octets)


BATCH = 3_000_000
"""Octets that are taken at a time: some eight thousand customers."""


async def counted(tx: Tx, moment: Moment) -> tuple[int, int]:
    """How many customers there are, and how many of them have a tally that holds."""
    steps = statements(_SQL)
    sql, given = moment.arguments(steps["counted"].format(usable=steps["usable"]))
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
    told = steps["told"].format(**_BEFORE)
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
    told = steps["told"].format(**(_KNOWN if past else _BEFORE))
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

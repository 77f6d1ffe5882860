"""A customer's facts summed up, as they come from Postgres and as they are kept; what scoring reads is made of them.

Sums hold for good until a fact changes. What moves with the clock (the last year, the silence) is made out of the
purchase days each time, so that a tally serves every as-of that it holds for. No database here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.analytics.models.histories import Floats, Ints
from domain.analytics.scoring.baskets import BOUGHT, Baskets, cut
from domain.analytics.scoring.summaries import LAYOUT, MONEY
from domain.analytics.scoring.wire import Kind, Rows, row_type

FORM = 2
"""Of what is kept: to be raised when that changes; older tallies are then made anew."""
BEGINNING = date(2000, 1, 1)

WHO: tuple[tuple[str, Kind], ...] = (
    ("customer_id", Kind.UUID),
    ("generation", Kind.BIG),
    ("created_at", Kind.INSTANT),
    ("since_before", Kind.INSTANT),
    ("scored_before", Kind.INSTANT),
    ("stage_before", Kind.SMALL),
    ("unwilling", Kind.SMALL),
)
"""Read of everybody each time."""
SUMS: tuple[tuple[str, Kind], ...] = (
    *((name, Kind.WHOLE) for name in ("orders", "discounted", *BOUGHT)),
    *((name, Kind.INSTANT) for name in ("first_at", "last_at", "holds_until")),
    *(pair for name in MONEY for pair in ((name, Kind.BIG), (f"{name}_micro", Kind.WHOLE))),
)
DAY = np.dtype([("day", ">i4"), ("revenue", ">f8"), ("profit", ">f8")])
_LENGTH = ("length", ">i4")
_PACKED = np.dtype([(name, kind.value.strip()) for name, kind in SUMS])

_OF_BASKET: tuple[tuple[str, Kind], ...] = (("mix", Kind.BIG), ("lasting", Kind.WHOLE), ("basket", Kind.WHOLE))
_READ = [*WHO, *(pair for pair in SUMS if pair[0] not in BOUGHT), *_OF_BASKET]
COUNTED = np.dtype([*row_type(_READ).descr, _LENGTH])
"""A row that was made of the facts; then come the days, so many octets as `length` says, the last of them the basket.

`mix`: of the ids of all orders. `lasting`: whether the basket holds for as long as these are the orders.
"""
_MOST = 8_000
"""Octets of a basket that is kept; whoever has bought more is read anew."""
KEPT = np.dtype([*row_type(WHO).descr, _LENGTH, *_PACKED.descr])
"""A row that holds a tally which was kept; `length` counts the packed sums too, -1 where there is none that holds."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some customers: fixed rows of COUNTED or of KEPT, and the days of all of them, one after the other.

    And their baskets, where they come of the facts.
    """

    rows: bytes
    days: bytes
    kept: bool
    baskets: bytes = b""

    def fixed(self) -> Rows:
        return np.frombuffer(self.rows, dtype=KEPT if self.kept else COUNTED)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days since 2000: the as-of day, and the same day of the month one and two years before."""

    today: int
    year_ago: int
    two_years_ago: int

    @classmethod
    def of(cls, today: date) -> "Calendar":
        days = (_years_before(today, years).toordinal() - BEGINNING.toordinal() for years in (0, 1, 2))
        return cls(*days)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Purchase days of `count` customers, in the order of owner and day; days before today are negative."""

    owner: Ints
    day: Ints
    revenue: Floats
    profit: Floats
    each: Ints

    @classmethod
    def read(cls, portion: Portion, rows: Rows, today: int) -> "PurchaseDays":
        others = _PACKED.itemsize if portion.kept else rows["basket"].astype(np.int64)
        each = (rows["length"].astype(np.int64) - others) // DAY.itemsize
        told = np.frombuffer(portion.days, dtype=DAY)
        owner, day = np.repeat(np.arange(len(each)), each), told["day"].astype(np.int64) - today
        revenue, profit = told["revenue"].astype(np.float64), told["profit"].astype(np.float64)
        key = (owner << 32) + day
        if (np.diff(key) < 0).any():
            order = np.argsort(key)
            day, revenue, profit = day[order], revenue[order], profit[order]
        return cls(owner, day, revenue, profit, each)

    @property
    def ends(self) -> Ints:
        ends: Ints = self.each.cumsum()
        return ends

    def nth(self) -> Ints:
        """From 0."""
        nth: Ints = np.arange(len(self.owner)) - (self.ends - self.each)[self.owner]
        return nth

    def total(self, weights: Floats, those: "np.typing.NDArray[np.bool_]") -> Floats:
        """Per customer over those days, added one by one in their order: the same whoever else is in the portion."""
        total: Floats = np.bincount(self.owner[those], weights=weights[those], minlength=len(self.each)).astype(float)
        return total


def summed(portion: Portion, calendar: Calendar) -> Rows:
    """Rows of LAYOUT."""
    read = portion.fixed()
    rows = np.zeros(len(read), dtype=LAYOUT)
    alike = ("customer_id", "generation", "created_at", "since_before", "scored_before", "stage_before", "unwilling")
    for name in (*alike, "orders", "discounted", "first_at", "last_at"):
        rows[name] = read[name]
    bought = {name: read[name] for name in BOUGHT} if portion.kept else _baskets(portion, read).counts()
    for name in BOUGHT:
        rows[name] = bought[name]
    for name in (part for amount in MONEY for part in (amount, f"{amount}_micro")):
        rows[name] = read[name]
    days = PurchaseDays.read(portion, read, calendar.today)
    for name, values in (_purchases(days) | _gaps(days) | _earned(days, calendar)).items():
        rows[name] = values
    return rows


def _purchases(days: PurchaseDays) -> dict[str, Floats | Ints]:
    bought, ends = days.each > 0, days.ends
    first, last = np.full(len(bought), np.nan), np.full(len(bought), np.nan)
    first[bought], last[bought] = days.day[(ends - days.each)[bought]], days.day[ends[bought] - 1]
    in_window = np.bincount(days.owner[days.day > -365], minlength=len(bought))
    return {"purchases": days.each, "first_day": first, "last_day": last, "in_window": in_window}


def _gaps(days: PurchaseDays) -> dict[str, Floats]:
    """Between purchases; and the latest return after more than 180 days, if it was within 90."""
    nth, count = days.nth(), len(days.each)
    later = np.flatnonzero(nth > 0)
    owner, day, gap = days.owner[later], days.day[later], days.day[later] - days.day[later - 1]
    back = (gap > 180) & (day > -90)
    silence, returned_on, before = (np.full(count, -np.inf) for _ in range(3))
    np.maximum.at(silence, owner[back], gap[back])
    np.maximum.at(returned_on, owner[back], day[back])
    np.maximum.at(before, owner[back], nth[later][back])
    early = day < returned_on[owner]
    told = {"silence": silence, "returned_on": returned_on, "purchases_before": before}
    return {name: np.where(np.isinf(values), np.nan, values) for name, values in told.items()} | {
        "median_gap": _medians(owner, gap, count),
        "gap_before": _medians(owner[early], gap[early], count),
    }


def _medians(owner: Ints, values: Ints, count: int) -> Floats:
    """NaN for who has no value; values are at least 0."""
    ordered = np.sort((owner << 32) + values) & 0xFFFFFFFF
    each = np.bincount(owner, minlength=count)
    begin, some = each.cumsum() - each, each > 0
    medians = np.full(count, np.nan)
    lower, upper = (begin + (each - 1) // 2)[some], (begin + each // 2)[some]
    medians[some] = (ordered[lower] + ordered[upper]) / 2
    return medians


def _earned(days: PurchaseDays, calendar: Calendar) -> dict[str, Floats]:
    again, year_ago = days.nth() > 0, calendar.year_ago - calendar.today
    before = days.day > calendar.two_years_ago - calendar.today
    of_year = days.total(days.revenue, days.day > year_ago)
    of_year_before = days.total(days.revenue, before & (days.day <= year_ago))
    is_known = (of_year_before != 0) & (np.bincount(days.owner[days.day > year_ago], minlength=len(days.each)) > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        trend = np.where(is_known, of_year / of_year_before, np.nan)
    return {
        "repeat_profit": days.total(days.profit, again),
        "repeat_profit_squares": days.total(days.profit**2, again),
        "repeat_revenue": days.total(days.revenue, again),
        "repeat_revenue_squares": days.total(days.revenue**2, again),
        "window_profit": days.total(days.profit, days.day > -365),
        "trend": trend,
    }


def packed(portion: Portion) -> list[tuple[bytes, int, int, bytes, int | None, bytes | None]]:
    """To be kept: customer, generation, until when it holds (as on the wire), facts, mix and basket."""
    assert not portion.kept
    read = portion.fixed()
    baskets = _baskets(portion, read)
    sums, counts = np.empty(len(read), dtype=_PACKED), baskets.counts()
    for name, _ in SUMS:
        sums[name] = counts[name] if name in BOUGHT else read[name]
    heads = cut(sums.tobytes(), np.full(len(read), _PACKED.itemsize))
    tails = cut(portion.days, (read["length"] - read["basket"]).astype(np.int64))
    kept = zip(baskets.parts(), read["mix"].tolist(), read["lasting"].tolist(), strict=True)
    held = [(mix, basket) if lasting and len(basket) <= _MOST else (None, None) for basket, mix, lasting in kept]
    return [
        (bytes(id_), generation, holds, head + tail, mix, basket)
        for id_, generation, holds, head, tail, (mix, basket) in zip(
            read["customer_id"],
            read["generation"].tolist(),
            read["holds_until"].tolist(),
            heads,
            tails,
            held,
            strict=True,
        )
    ]


def _baskets(portion: Portion, rows: Rows) -> Baskets:
    return Baskets.read(portion.baskets, rows["basket"].astype(np.int64))

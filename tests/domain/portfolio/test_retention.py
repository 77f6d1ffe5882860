"""Who came when and who stayed: cohorts against plain Python, and against two data sets that are known."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.clock import add_months
from domain.database import Tx
from domain.errors import QuestionRefused
from tests.domain.analytics import samples
from tests.domain.portfolio.shop import PERIODS, ZONE, Over, Shop, period
from tests.domain.query.world import NOW, House

_ASK = """query ($where: CustomerFilter, $over: Period, $every: Duration!) { portfolio(where: $where, over: $over) {
  retention(every: $every) { cohort customers retained group { key where } } } }"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"


def edges(over: Over, months: int, days: int) -> list[datetime]:
    """A row begins at a local midnight `every` after the first; without a beginning there are 60 of them."""
    zone = ZoneInfo(ZONE)
    end = min(over[1] or NOW, NOW)
    last = (
        (end - timedelta(microseconds=1))
        .astimezone(zone)
        .replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    )
    if over[0]:
        start = over[0].astimezone(zone).replace(tzinfo=None)
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        first = midnight if midnight == start else midnight + timedelta(days=1)
    elif months:
        first = add_months(last.replace(day=1), 1 - 60 * months)
    else:
        first = last + timedelta(days=1) - 60 * timedelta(days=days)
    found = [over[0] or first.replace(tzinfo=zone).astimezone(UTC)]
    while found[-1] < end:
        later = add_months(first, len(found) * months) + len(found) * timedelta(days=days)
        found.append(min(later.replace(tzinfo=zone).astimezone(UTC), end))
    return found


def reckoned(lives: Iterable[Sequence[datetime]], bounds: list[datetime]) -> dict[date, tuple[int, list[float]]]:
    """By the first day of a cohort: how many, and the share that bought in each row from theirs."""
    first, seen = Counter[int](), Counter[tuple[int, int]]()
    for life in lives:
        rows = {bisect_right(bounds, moment) - 1 for moment in life if moment < bounds[-1]}
        if rows and (row := min(rows)) >= 0:
            first[row] += 1
            seen.update((row, later) for later in rows)
    return {
        bounds[row].astimezone(ZoneInfo(ZONE)).date(): (
            many,
            [seen[row, later] / many for later in range(row, len(bounds) - 1)],
        )
        for row, many in first.items()
    }


@pytest.mark.parametrize(("every", "months", "days"), [("P1M", 1, 0), ("P7D", 0, 7), ("P3M", 3, 0)])
async def test_cohorts_are_those_of_plain_python_and_their_groups_list_them(
    tx: Tx, every: str, months: int, days: int
) -> None:
    shop = await Shop(tx, Random(days)).open(24)
    for over in PERIODS:
        for where in (None, {"country": {"eq": "GB"}}):
            rows = (await shop.ask(_ASK, {"where": where, "over": period(over), "every": every}))["portfolio"][
                "retention"
            ]
            among = [person for person in shop.people if where is None or person.country == "GB"]
            lives = [[one.at for one in person.bought((None, None))] for person in among]
            expected = reckoned(lives, edges(over, months, days))
            assert {date.fromisoformat(row["cohort"]): (row["customers"], row["retained"]) for row in rows} == {
                day: (many, pytest.approx(shares)) for day, (many, shares) in expected.items()
            }
            assert [row["cohort"] for row in rows] == sorted(row["group"]["key"] for row in rows)
            for row in rows[:2]:
                listed = await shop.ask(_LIST, {"where": row["group"]["where"]})
                assert listed["customers"]["totalCount"] == row["customers"]


async def test_more_than_sixty_cohorts_are_refused_by_the_names_of_what_to_change(tx: Tx) -> None:
    shop, over = Shop(tx, Random(1)), {"from": "2020-01-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}
    assert (await shop.ask(_ASK, {"every": "P1M", "over": over | {"from": "2020-01-02T00:00:00Z"}}))["portfolio"]
    for every in ("P1D", "P1W", "P1M"):
        with pytest.raises(QuestionRefused, match=r"every makes more than 60 rows: .* \(every\) .* \(over\)"):
            await shop.ask(_ASK, {"every": every, "over": over | {"from": "2019-12-01T00:00:00Z"}})
    with pytest.raises(QuestionRefused, match="every must be of whole days"):
        await shop.ask(_ASK, {"every": "PT36H"})


async def lived(house: House, lives: Iterable[Sequence[datetime]]) -> None:
    """Customers with nothing but orders, one at each of these moments."""
    people = [(house.id(), life) for life in lives]
    since = NOW
    await house.tx.copy_records_to_table(
        "customer",
        records=[(who, since, since) for who, _ in people],
        columns=["customer_id", "created_at", "updated_at"],
    )
    await house.tx.copy_records_to_table(
        "customer_score_a", records=[(who, since) for who, _ in people], columns=["customer_id", "lifecycle_since"]
    )
    orders = [(who, house.id(), moment) for who, life in people for moment in life]
    columns = ["customer_id", "order_id", "ordered_at", "recorded_at", "recorded_for", "external_id"]
    said = {"source": "s", "channel": "WEB", "trading_form": "RETAIL", "currency": "USD"}
    await house.tx.copy_records_to_table(
        "customer_order",
        records=[(who, id_, at, at, who, str(id_), 1, 1, *said.values()) for who, id_, at in orders],
        columns=[*columns, "total", "total_in_currency", *said],
    )


_KNOWN = """query ($over: Period, $every: Duration!) { portfolio(over: $over) {
  purchaseBehaviour { buyers repeatRate ordersPerBuyer } retention(every: $every) { cohort customers retained } } }"""


async def test_cdnow_comes_again_as_it_is_known_to(tx: Tx) -> None:
    """Fader, Hardie & Lee (2005a): 2,357 customers of the first quarter of 1997, of whom 946 bought again by the end of
    September. The reduced sample has of each how often, not when: repeats are laid on days up to the last one.
    """
    known, _ = samples.cdnow()
    until = datetime(1997, 9, 30, 12, tzinfo=UTC)
    lives = []
    for x, t_x, T in zip(known.x.tolist(), known.t_x.tolist(), known.T.tolist(), strict=True):
        first = until - timedelta(days=T)
        lives.append([first, *(first + timedelta(days=round(t_x * n / x, 3)) for n in range(1, x + 1))])
    await lived(House(tx), lives)
    over = {"until": "1997-10-01T00:00:00Z"}
    told = (await House(tx).ask(_KNOWN, {"over": over, "every": "P1M"}))["portfolio"]
    figures = told["purchaseBehaviour"]
    assert (figures["buyers"], round(figures["repeatRate"] * 2_357)) == (2_357, 946)
    assert figures["ordersPerBuyer"] == pytest.approx(1 + known.x.sum() / 2_357)
    cohorts = {row["cohort"]: row for row in told["retention"]}
    assert list(cohorts) == ["1997-01-01", "1997-02-01", "1997-03-01"]
    assert sum(row["customers"] for row in told["retention"]) == 2_357
    for month, (day, row) in enumerate(cohorts.items(), start=1):
        came = [life for life in lives if life[0].month == month]
        shares = [sum(any(at.month == later for at in life) for life in came) / len(came) for later in range(month, 10)]
        assert (row["customers"], row["retained"]) == (len(came), pytest.approx(shares)), day


async def test_online_retail_is_retained_as_its_days_say(tx: Tx) -> None:
    """543 of its customers; months by a plain count over the days of the sample."""
    days = samples.online_retail()
    lives: dict[int, list[datetime]] = {}
    for who, day in zip(days.customer.tolist(), days.day.tolist(), strict=True):
        lives.setdefault(who, []).append(datetime.combine(date.fromordinal(day), datetime.min.time(), UTC))
    await lived(House(tx), lives.values())
    over = {"from": "2010-12-01T00:00:00Z", "until": "2011-12-10T00:00:00Z"}
    told: Any = (await House(tx).ask(_KNOWN, {"over": over, "every": "P1M"}))["portfolio"]
    again = sum(len(life) > 1 for life in lives.values())
    assert told["purchaseBehaviour"]["buyers"] == len(lives) == 543
    assert told["purchaseBehaviour"]["repeatRate"] == pytest.approx(again / 543)

    def month(at: datetime) -> int:
        return (at.year - 2010) * 12 + at.month - 12

    triangle = Counter[tuple[int, int]]()
    for life in lives.values():
        triangle.update({(month(min(life)), month(at)) for at in life})
    for row in told["retention"]:
        first = month(datetime.fromisoformat(row["cohort"]))
        counts = [triangle[first, later] for later in range(first, 13)]
        assert [round(share * row["customers"], 6) for share in row["retained"]] == counts
    assert sum(row["customers"] for row in told["retention"]) == 543
    assert len(told["retention"]) == 13 - sum(triangle[n, n] == 0 for n in range(13))

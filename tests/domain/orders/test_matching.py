"""Returns find the customer's latest earlier lines with units left: held against a plain evaluation unit by unit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.orders.matching import Demand, Matcher, Supply, Taken
from domain.staged import UnitFault

START = datetime(2025, 1, 1, tzinfo=UTC)
Sale = tuple[int, int, int, int]  # customer, product, day, units
Line = tuple[int, int, int, bool]  # product, units, named order (-1: none), amount given


def key(number: int) -> UUID:
    return UUID(int=number)


def supply(at: int, sale: Sale) -> Supply:
    customer, product, day, units = sale
    moment = START + timedelta(days=day)
    paid = Decimal(units) * 3 + Decimal("0.01")
    whose = key(customer)
    return Supply(whose, key(product), key(100 + at), 0, moment, "WEB", units, 0, paid, Decimal(units), "", whose)


def demands(seq: int, customer: int, day: int, lines: list[Line], sales: list[Sale]) -> list[Demand]:
    moment = START + timedelta(days=day)
    return [
        Demand(
            seq=seq,
            position=position,
            customer_id=key(customer),
            of_order=key(100 + named) if 0 <= named < len(sales) else None,
            returned_at=moment,
            product_id=key(product),
            quantity=units,
            amount=Decimal(2) if amount else None,
            price=None,
            unit_cost=None,
            category="",
            recorded_for=key(customer),
        )
        for position, (product, units, named, amount) in enumerate(lines)
    ]


@dataclass(slots=True)
class Unit:
    """One unit that was sold."""

    of: Supply
    back: bool = False


def plainly(units: list[Unit], wanted: list[Demand]) -> list[tuple[int, UUID | None, int]] | None:
    """One return by looking at every unit, latest sold first; None where it does not fit as a whole."""
    taken: list[tuple[int, UUID | None]] = []
    marked: list[Unit] = []
    for demand in wanted:
        fitting = [
            unit
            for unit in reversed(units)
            if unit.of.product_id == demand.product_id
            and (
                unit.of.order_id == demand.of_order
                if demand.of_order
                else unit.of.customer_id == demand.customer_id and unit.of.ordered_at <= demand.returned_at
            )
        ]
        free = [unit for unit in fitting if not unit.back][: demand.quantity]
        if len(free) < demand.quantity and demand.amount is None:
            for unit in marked:
                unit.back = False
            return None
        for unit in free:
            unit.back = True
            marked.append(unit)
        orders: list[UUID | None] = [unit.of.order_id for unit in free]
        taken += [(demand.position, order) for order in orders + [None] * (demand.quantity - len(free))]
    return told(taken)


def told(taken: list[tuple[int, UUID | None]]) -> list[tuple[int, UUID | None, int]]:
    ordered = sorted(taken, key=lambda one: (one[0], str(one[1])))
    return [(position, order, len(list(group))) for (position, order), group in groupby(ordered)]


def matched(found: list[Taken]) -> list[tuple[int, UUID | None, int]]:
    pairs = [
        (one.demand.position, None if one.supply is None else one.supply.order_id)
        for one in found
        for _ in range(one.quantity)
    ]
    return told(pairs)


small = st.integers(0, 2)
sales_given = st.lists(st.tuples(small, small, st.integers(0, 9), st.integers(1, 4)), max_size=8)
lines_given = st.lists(st.tuples(small, st.integers(1, 5), st.booleans()), min_size=1, max_size=3)
told_given = st.lists(st.tuples(small, st.integers(1, 5), st.integers(-8, 7), st.booleans()), min_size=1, max_size=3)
# Customer, day, the order that it names (none of them: by customer), lines.
returns_given = st.lists(st.tuples(small, st.integers(0, 10), st.integers(-8, 7), lines_given), max_size=8)


@given(sales_given, returns_given)
def test_returns_that_compete_for_the_same_lines_match_as_one_after_the_other(
    sales: list[Sale], returns: list[tuple[int, int, int, list[tuple[int, int, bool]]]]
) -> None:
    """Those that name their order come first, as they do when returns are matched again."""
    sales = sorted(sales, key=lambda sale: sale[2])
    matcher = Matcher([supply(at, sale) for at, sale in enumerate(sales)], Decimal("0.7"))
    units = [Unit(line) for at, sale in enumerate(sales) for line in [supply(at, sale)] for _ in range(sale[3])]
    turns = sorted(returns, key=lambda one: (not 0 <= one[2] < len(sales), one[1]))
    for seq, (customer, day, named, lines) in enumerate(turns):
        wanted = demands(seq, customer, day, [(what, units, named, told) for what, units, told in lines], sales)
        found = matcher.take(wanted, None)
        expected = plainly(units, wanted)
        assert (None if isinstance(found, UnitFault) else matched(found)) == expected


@given(st.integers(1, 40), st.decimals(0, 1000, places=2), st.lists(st.integers(1, 7), min_size=1, max_size=20))
def test_what_is_paid_back_in_parts_comes_to_what_was_paid(units: int, paid: Decimal, parts: list[int]) -> None:
    line = supply(0, (0, 0, 0, units))
    line.paid = paid
    matcher = Matcher([line], Decimal("0.7"))
    back, left = Decimal(0), units
    for seq, part in enumerate([*parts, units]):
        if quantity := min(part, left):
            found = matcher.take(demands(seq, 0, 1, [(0, quantity, -1, False)], []), None)
            assert isinstance(found, list)
            back += sum((one.refund for one in found), Decimal(0))
            left -= quantity
    assert left or back == paid


@given(st.decimals(0, 1000, places=2), told_given)
def test_one_sum_paid_back_is_spread_without_rest(refund: Decimal, lines: list[Line]) -> None:
    matcher = Matcher([supply(0, (0, 0, 0, 2)), supply(1, (0, 1, 0, 3))], Decimal("0.7"))
    found = matcher.take(demands(0, 0, 1, lines, []), refund)
    assert isinstance(found, list)
    assert sum((one.refund for one in found), Decimal(0)) == refund


def test_of_merged_customers_a_return_takes_first_from_what_was_recorded_for_the_same_one() -> None:
    lines = [supply(at, (0, 0, at, 2)) for at in range(3)]
    lines[0].recorded_for = lines[2].recorded_for = key(9)
    matcher = Matcher(lines, Decimal("0.7"))
    found = matcher.take(demands(0, 0, 5, [(0, 3, -1, False)], []), None)
    assert isinstance(found, list)
    assert matched(found) == [(0, key(101), 2), (0, key(102), 1)]

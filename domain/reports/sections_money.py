"""What the page tells of money: profit by channel and by category."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from domain.reports import drawing_customers as drawing
from domain.reports.exhibits import Exhibit, Section, Table
from domain.reports.facts import Earned, Portrait
from domain.reports.wording import MISSING, count, cut_short, money, name, share

_NOTHING = "There is no order, return or contact yet, so there is no profit to show."
_UNNAMED = "Of no category"
_MOST = 14
_LEAD = (
    "Profit is revenue net of returns, less the cost of goods, less what serving and marketing cost, since the first"
    " order, and of the last twelve months; amounts are in {currency}."
)


def earnings(portrait: Portrait) -> Section:
    if not portrait.earned:
        return Section("earnings", "Profit", "", missing=(_NOTHING,))
    exhibits = [_channels(portrait)]
    missing: tuple[str, ...] = ()
    if any(row.category for row in portrait.earned):
        exhibits.append(_categories(portrait))
    else:
        missing = ("No product that was bought has a category, so profit by category cannot be shown.",)
    return Section("earnings", "Profit", _LEAD.format(currency=portrait.currency), tuple(exhibits), (), missing)


def _summed(rows: tuple[Earned, ...], key: Callable[[Earned], str]) -> list[tuple[str, Earned]]:
    """The most profitable first."""
    groups: dict[str, list[Earned]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    sums = [(named, _total(found)) for named, found in groups.items()]
    return sorted(sums, key=lambda pair: (-pair[1].profit, pair[0]))


def _total(rows: list[Earned]) -> Earned:
    channel, category, *numbers = zip(*rows, strict=True)
    return Earned(channel[0], category[0], *(sum(column) for column in numbers))


def _channels(portrait: Portrait) -> Exhibit:
    rows = _summed(portrait.earned, lambda row: name(row.channel))
    picture = drawing.bars(
        "channels", "Bars: profit by channel", [named for named, _ in rows],
        np.array([float(row.profit) for _, row in rows]), f"profit, {portrait.currency}",
    )  # fmt: skip
    best, whole = rows[0], sum((row.profit for _, row in rows), Decimal(0))
    said = f"Orders, returns and contacts by their channel. {best[0]} brings the most, {money(best[1].profit)}"
    said += f" {portrait.currency}" + (f", {share(float(best[1].profit / whole))} of all profit." if whole > 0 else ".")
    return Exhibit("By channel", said, picture, _table("channel", rows, lambda row: row.orders))


def _categories(portrait: Portrait) -> Exhibit:
    rows = _summed(portrait.earned, lambda row: row.category)
    named = [(cut_short(key), row.profit) for key, row in rows if key]
    shown, rest = named[:_MOST], named[_MOST:]
    if rest:
        shown.append((f"{len(rest)} others", sum((profit for _, profit in rest), Decimal(0))))
    shown += [(_UNNAMED, row.profit) for key, row in rows if not key]
    picture = drawing.bars(
        "categories", "Bars: profit by category of product", [label for label, _ in shown],
        np.array([float(profit) for _, profit in shown]), f"profit, {portrait.currency}",
    )  # fmt: skip
    said = f"{_UNNAMED} are shipping, products without one, and what contacts cost."
    table = _table("category", [(key or _UNNAMED, row) for key, row in rows], lambda row: row.category_orders)
    return Exhibit("By category", said, picture, table)


def _margin(named: str, row: Earned) -> str:
    """Costs that are of no category have no revenue of theirs to be held against."""
    return share(float(row.profit / row.revenue)) if row.revenue > 0 and named != _UNNAMED else MISSING


def _table(first: str, rows: list[tuple[str, Earned]], orders: Callable[[Earned], int]) -> Table:
    return Table(
        (first, "orders", "revenue", "goods", "contacts", "profit", "margin", "12 months"),
        tuple(
            (named, count(orders(row)), money(row.revenue), money(row.cost_of_goods), money(row.cost_of_contact),
             money(row.profit), _margin(named, row), money(row.lately))
            for named, row in rows
        ),
        tall=len(rows) > _MOST,
    )  # fmt: skip

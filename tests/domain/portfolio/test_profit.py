"""How profit groups, by every dimension, is what plain Python makes of the rows; and each group's filter finds it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.clock import told
from domain.database import Tx
from domain.portfolio.dimensions import ProfitabilityDimension
from tests.domain.portfolio.market import BEGIN, NOW, Market, Rows
from tests.domain.query.world import House

_MONEY = ("revenue", "returns", "costOfGoods", "costToServe", "marketingCost", "profit")
_ASK = f"""query ($where: CustomerFilter, $over: Period, $by: ProfitabilityDimension!, $attribute: String) {{
  portfolio(where: $where, over: $over) {{ customers profitability {{ {" ".join(_MONEY)} costCoverage }}
    profitabilityBy(dimension: $by, attribute: $attribute, first: 250) {{ group {{ key label where }} customers
      profitability {{ {" ".join(_MONEY)} costCoverage }} profitPerCustomer shareOfProfit }} }} }}"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"
_MARGIN = Decimal("0.7")
"""What goods of unknown cost are assumed to cost, of their price."""
D = ProfitabilityDimension
Amounts = dict[str, Decimal]
Fact = tuple[UUID, Iterable[str], Amounts, bool]
"""Whose, in which groups, what, and whether it makes its customer one of the group's."""


def _amounts(**said: Decimal) -> Amounts:
    return said


class Plain:
    """The figures by loops over rows."""

    def __init__(self, rows: Rows, start: datetime | None, end: datetime | None) -> None:
        self.rows, self.start, self.end = rows, start, end
        self.standing = {(row["customer_id"], row["order_id"]): row for row in rows["orders"]}
        self.cancelled = {(row["customer_id"], row["order_id"]) for row in rows["cancelled"]}
        self.products = {row["product_id"]: row for row in rows["products"]}
        self.methods: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
        for row in rows["payments"]:
            self.methods[row["customer_id"], row["order_id"]].add(row["method"])

    def within(self, name: str, when: str) -> list[Any]:
        return [row for row in self.rows[name] if self._is_in(row[when])]

    def _is_in(self, at: datetime) -> bool:
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def facts(self, by: D) -> Iterator[Fact]:
        """Whole orders, what came back, touches; by product: lines, and shipping by itself."""
        for row in self.within("orders", "ordered_at"):
            yield from self._sold(row, by)
        for row in self.within("returns", "returned_at"):
            place = (row["customer_id"], row["order_id"])
            if place not in self.cancelled:
                amounts = _amounts(returns=row["refund"], costOfGoods=-row["returned_cost"])
                yield row["customer_id"], self._returned(row, place, by), amounts, False
        for row in self.within("touches", "occurred_at"):
            name = "costToServe" if row["campaign_id"] is None else "marketingCost"
            keys = (row["channel"],) if by is D.CHANNEL else ("",)
            yield row["customer_id"], keys, {name: row["cost"]}, by is D.CHANNEL

    def _sold(self, row: Any, by: D) -> Iterator[Fact]:
        who, place = row["customer_id"], (row["customer_id"], row["order_id"])
        if by in (D.PRODUCT, D.PRODUCT_CATEGORY):
            yield who, ("",), _amounts(revenue=row["shipping"], known=row["shipping"]), False
            for line in self.rows["lines"]:
                if (line["customer_id"], line["order_id"]) == place:
                    yield who, (self._product(line, by),), self._line(line), True
            return
        one: dict[D, set[str]] = {D.CHANNEL: {row["channel"]}, D.TRADING_FORM: {row["trading_form"]}}
        keys = one.get(by) or (self.methods[place] if by is D.PAYMENT_METHOD else set()) or {""}
        amounts = _amounts(revenue=row["total"], costOfGoods=row["cost_of_goods"], known=row["known_revenue"])
        yield who, keys, amounts, True

    def _line(self, line: Any) -> Amounts:
        revenue = line["total"] - line["discount"]
        if line["unit_cost"] is None:
            return _amounts(revenue=revenue, costOfGoods=line["total"] * _MARGIN)
        return _amounts(revenue=revenue, costOfGoods=line["quantity"] * line["unit_cost"], known=revenue)

    def _product(self, line: Any, by: D) -> str:
        product = self.products[line["product_id"]]
        return str(product["sku"] if by is D.PRODUCT else product["category"] or "")

    def _returned(self, row: Any, place: tuple[UUID, UUID], by: D) -> Iterable[str]:
        order = self.standing.get(place)
        if by in (D.PRODUCT, D.PRODUCT_CATEGORY):
            return (self._product(row, by),)
        if by is D.CHANNEL:
            return (order["channel"] if order else row["channel"],)
        if by is D.TRADING_FORM:
            return (order["trading_form"] if order else "",)
        return (self.methods[place] if by is D.PAYMENT_METHOD else ()) or ("",)

    def keys_of(self, by: D, attribute: str | None) -> dict[UUID, list[str]]:
        """Of dimensions that customers are in: of each, which groups."""
        if by is D.SEGMENT:
            return self._many((row["customer_id"], row["key"]) for row in self.rows["segments"] if row["key"] != "away")
        if by is D.NEED:
            return self._many(
                (row["customer_id"], f"{row['kind']}.{row['name']}")
                for row in self.rows["needs"]
                if attribute in (None, row["kind"])
            )
        if by is D.ATTRIBUTE:
            told_ = {row["customer_id"]: _value(row) for row in self.rows["attributes"] if row["name"] == attribute}
            return {row["customer_id"]: [told_.get(row["customer_id"], "")] for row in self.rows["customers"]}
        table, column = {
            D.COUNTRY: ("customers", "country"),
            D.SECTOR: ("customers", "sector"),
            D.ACQUISITION_CHANNEL: ("customers", "acquisition_channel"),
            D.LIFECYCLE_STAGE: ("scores", "lifecycle_stage"),
            D.VALUE_TIER: ("scores", "value_tier"),
            D.RISK_BAND: ("scores", "risk_band"),
        }[by]
        return {row["customer_id"]: [row[column] or ""] for row in self.rows[table]}

    def _many(self, pairs: Iterable[tuple[UUID, str]]) -> dict[UUID, list[str]]:
        found: dict[UUID, list[str]] = {row["customer_id"]: [] for row in self.rows["customers"]}
        for who, key in pairs:
            found[who].append(key)
        return found

    def groups(self, whom: set[UUID], by: D, attribute: str | None = None) -> dict[str, tuple[set[UUID], Amounts]]:
        """Of each group, who is in it and what was earned."""
        found: dict[str, tuple[set[UUID], Amounts]] = defaultdict(lambda: (set(), defaultdict(Decimal)))
        keyed = None if by in _OF_FACTS else self.keys_of(by, attribute)
        for who, keys in (keyed or {}).items():
            for key in keys if who in whom else ():
                found[key][0].add(who)
        for who, own, amounts, counts in self.facts(by):
            if who in whom:
                for key in own if keyed is None else keyed[who]:
                    members, sums = found[key]
                    members |= {who} if counts and keyed is None else set()
                    for name, amount in amounts.items():
                        sums[name] += amount
        if keyed is None and "" in found:
            found[""] = (set(whom), found[""][1])
        return found


_OF_FACTS = (D.CHANNEL, D.PRODUCT, D.PRODUCT_CATEGORY, D.TRADING_FORM, D.PAYMENT_METHOD)


def _value(row: Any) -> str:
    if row["boolean_value"] is not None:
        return str(row["boolean_value"]).lower()
    if row["date_value"] is not None:
        return str(row["date_value"].year)
    if row["number_value"] is not None:
        return f"{row['number_value']:g}"
    return str(row["text_value"])


def _profit(sums: Amounts) -> Decimal:
    return sums["revenue"] - sum((sums[name] for name in _MONEY[1:5]), Decimal())


def _compare(found: Any, members: int, sums: Amounts) -> None:
    earned = found["profitability"]
    for name in _MONEY[:5]:
        assert Decimal(earned[name]) == sums[name], (found["group"], name)
    profit = _profit(sums)
    assert Decimal(earned["profit"]) == profit
    assert found["customers"] == members, found["group"]
    assert abs(Decimal(found["profitPerCustomer"]) * members - profit) < Decimal("0.0001")
    known = sums["known"] / sums["revenue"] if sums["revenue"] > 0 else None
    assert earned["costCoverage"] == (known if known is None else pytest.approx(float(known)))


_BY: list[tuple[D, str | None]] = [(by, None) for by in D if by is not D.ATTRIBUTE]
_BY += [(D.NEED, "MOTIVATION"), *((D.ATTRIBUTE, name) for name in ("plan", "vip", "size", "since"))]
_PARTS = set(D) - {D.SEGMENT, D.NEED, D.PAYMENT_METHOD}
"""Dimensions whose groups add up to all."""


async def _check(tx: Tx, seed: int, over: dict[str, str] | None, where: dict[str, Any]) -> int:
    market = Market(tx, Random(seed))
    rows, house = await market.open(), House(tx)
    ends = [datetime.fromisoformat(over[name]) if over and name in over else None for name in ("from", "until")]
    plain = Plain(rows, ends[0], ends[1])
    whom = {row["customer_id"] for row in rows["customers"] if not where or row["country"] == "GB"}
    compared = 0
    for by, attribute in _BY:
        variables = {"where": where, "over": over, "by": str(by), "attribute": attribute}
        told_ = (await house.ask(_ASK, variables, now=NOW))["portfolio"]
        groups = {one["group"]["key"]: one for one in told_["profitabilityBy"]}
        expected = plain.groups(whom, by, attribute)
        assert set(groups) == set(expected), by
        for key, (members, sums) in expected.items():
            _compare(groups[key], len(members), sums)
            listed = await house.ask(_LIST, {"where": groups[key]["group"]["where"]}, now=NOW)
            assert listed["customers"]["totalCount"] == len(members), groups[key]["group"]
            compared += 1
        profits = [Decimal(one["profitability"]["profit"]) for one in told_["profitabilityBy"]]
        assert profits == sorted(profits, reverse=True)
        _add_up(told_, profits, is_parted=by in _PARTS)
    return compared


def _add_up(told_: Any, profits: list[Decimal], *, is_parted: bool) -> None:
    whole = told_["profitability"]
    for name in _MONEY if is_parted else ():
        together = sum((Decimal(one["profitability"][name]) for one in told_["profitabilityBy"]), Decimal())
        assert together == Decimal(whole[name]), name
    profit = Decimal(whole["profit"])
    for one, part in zip(told_["profitabilityBy"], profits, strict=True):
        assert one["shareOfProfit"] == (pytest.approx(float(part / profit)) if profit > 0 else None)


_SPRING = {"from": told(BEGIN + timedelta(days=17, hours=5)), "until": told(NOW - timedelta(days=100, minutes=7))}


@pytest.mark.parametrize(
    ("over", "where"),
    [
        (None, {"country": {"eq": "GB"}}),
        (_SPRING, {}),
        *(pytest.param(over, {}, marks=pytest.mark.proof) for over in (None, {"from": _SPRING["from"]})),
    ],
)
async def test_profit_groups_as_counting_in_python_groups_it(tx: Tx, over: Any, where: Any) -> None:
    assert await _check(tx, 3, over, where) > 30


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(4, 10))
async def test_profit_groups_as_counting_in_python_groups_it_in_many_markets(tx: Tx, seed: int) -> None:
    await _check(tx, seed, [None, _SPRING, {"until": _SPRING["until"]}][seed % 3], {})

"""What a customer did, as the contract's filters of orders, touchpoints, purchases and profit ask of it: plain Python.

Written from the contract's descriptions alone, without a look at how the house asks Postgres.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.clock import Duration
from domain.ids import Prefix, to_public
from tests.domain.segments.comparing import (
    Filter,
    Moment,
    amount,
    at,
    instant,
    named,
    number,
    one_of,
    same_id,
    share,
    words,
)
from tests.domain.segments.rows import Row, Rows, within

_FIGURES = {
    "revenue": "revenue",
    "returns": "returns",
    "costToServe": "cost_to_serve",
    "marketingCost": "marketing_cost",
    "profit": "profit",
}


@dataclass(frozen=True, slots=True)
class History:
    """Of one customer."""

    rows: Rows
    customer: UUID
    moment: Moment

    # ── orders ──

    def orders(self, said: Filter) -> bool:
        """Counts and sums the orders that match; without count and total, at least one must."""
        found = [order for order in self._all("customer_order") if self._order(order, said.get("where", {}))]
        total = sum((order["total"] for order in found), Decimal())
        if "count" not in said and "total" not in said:
            return bool(found)
        return number(len(found), said.get("count", {})) and amount(total, said.get("total", {}))

    def _order(self, order: Row, said: Filter) -> bool:
        """Left out, cancelled means: only orders that stand."""
        if (order["cancelled_at"] is not None) != said.get("cancelled", False):
            return False
        return all(self._of_order(order, name, asked) for name, asked in said.items() if name != "cancelled")

    def _of_order(self, order: Row, name: str, asked: Any) -> bool:
        match name:
            case "orderedAt" | "dueAt" | "paidAt" | "deliveredAt":
                return at(order[_column(name)], asked, self.moment)
            case "source" | "handledBy":
                return words(order[_column(name)], asked)
            case "channel" | "tradingForm":
                return one_of(order[_column(name)], asked)
            case "total" | "discount":
                return amount(order[name], asked)
            case "paymentMethod":
                return any(one_of(payment["method"], asked) for payment in self._below("order_payment", order))
            case "offerCode":
                return _any_word(order["offer_codes"], asked)
            case "product":
                return any(self.product(line["product_id"], asked) for line in self._below("order_line", order))
            case "late":
                return bool(self._late(order) == asked)
            case "campaign":
                return _is_campaign(order, asked)
        raise AssertionError(name)

    def _late(self, order: Row) -> bool:
        """Delivered, or still not, after it was promised."""
        promised = order["promised_at"]
        return promised is not None and (order["delivered_at"] or self.moment.now) > promised

    def _below(self, table: str, order: Row) -> list[Row]:
        return [row for row in self._all(table) if row["order_id"] == order["order_id"]]

    # ── products ──

    def product(self, product: UUID | None, said: Filter) -> bool:
        row = self.rows.products.get(product) if product else None
        return row is not None and all(self._of_product(row, name, asked) for name, asked in said.items())

    def _of_product(self, product: Row, name: str, asked: Any) -> bool:
        match name:
            case "id":
                return same_id(to_public(Prefix.PRODUCT, product["product_id"]), asked)
            case "sku" | "category" | "supplier" | "name":
                return words(product[name], asked)
            case "kind":
                return bool(product["kind"] == asked)
            case "price":
                return amount(product["price"], asked)
            case "attributes":
                return all(named(product["attributes"], one, self.moment) for one in asked)
            case "discontinued":
                gone = product["discontinued_at"]
                return bool((gone is not None and gone <= self.moment.now) == asked)
        raise AssertionError(name)

    def bought(self, said: Filter) -> bool:
        """Lines of standing orders; units together, and without units at least one line."""
        orders = {
            order["order_id"]
            for order in self._all("customer_order")
            if order["cancelled_at"] is None and at(order["ordered_at"], said.get("at", {}), self.moment)
        }
        lines = [
            line
            for line in self._all("order_line")
            if line["order_id"] in orders and self.product(line["product_id"], said["product"])
        ]
        if "units" not in said:
            return bool(lines)
        return number(sum(line["quantity"] for line in lines), said["units"])

    # ── touchpoints ──

    def touchpoints(self, said: Filter) -> bool:
        """Counts those that match; without count, at least one must."""
        where = said.get("where", {})
        found = [
            touch
            for touch in self._all("touchpoint")
            if all(self._of_touchpoint(touch, name, asked) for name, asked in where.items())
        ]
        return number(len(found), said["count"]) if "count" in said else bool(found)

    def _of_touchpoint(self, touch: Row, name: str, asked: Any) -> bool:
        match name:
            case "channel" | "kind" | "function":
                return one_of(touch[name], asked)
            case "direction":
                return bool(touch["direction"] == asked)
            case "occurredAt":
                return at(touch["occurred_at"], asked, self.moment)
            case "source" | "subject" | "handledBy" | "competitor" | "caseNumber":
                return words(touch[_column(name)], asked)
            case "product":
                return self.product(touch["product_id"], asked)
            case "properties":
                return all(named(touch["properties"], one, self.moment) for one in asked)
            case "campaign":
                return _is_campaign(touch, asked)
            case "satisfaction":
                return number(touch["satisfaction"], asked)
        raise AssertionError(name)

    # ── what it earned ──

    def profitability(self, said: Filter) -> bool:
        """Of the whole relationship as it was scored; over a period, out of the facts."""
        score = self.rows.one("customer_score", self.customer)
        whole = {name: score[name] for name in _FIGURES.values()}
        figures = self._earned(said["over"]) if said.get("over") else whole
        for name, asked in said.items():
            if name == "margin" and not share(_margin(figures), asked):
                return False
            if name in _FIGURES and not amount(figures[_FIGURES[name]], asked):
                return False
        return True

    def _earned(self, over: Filter) -> dict[str, Decimal]:
        start, end = self._span(over)
        orders = {order["order_id"]: order for order in self._all("customer_order")}
        cancelled = {id_ for id_, order in orders.items() if order["cancelled_at"] is not None}
        ordered = [o for id_, o in orders.items() if id_ not in cancelled and within(o["ordered_at"], start, end)]
        came = {back["return_id"] for back in self._all("order_return") if within(back["returned_at"], start, end)}
        back = [r for r in self._all("return_line") if r["return_id"] in came and r["order_id"] not in cancelled]
        touches = [touch for touch in self._all("touchpoint") if within(touch["occurred_at"], start, end)]
        found = {
            "revenue": _sum(order["total"] for order in ordered),
            "returns": _sum(line["refund"] for line in back),
            "cost_to_serve": _sum(touch["cost"] for touch in touches if touch["campaign_id"] is None),
            "marketing_cost": _sum(touch["cost"] for touch in touches if touch["campaign_id"] is not None),
        }
        goods = _sum(order["cost_of_goods"] for order in ordered) - _sum(line["returned_cost"] for line in back)
        costs = found["returns"] + goods + found["cost_to_serve"] + found["marketing_cost"]
        return found | {"profit": found["revenue"] - costs}

    def _span(self, over: Filter) -> tuple[datetime | None, datetime | None]:
        if "last" in over:
            return Duration.parse(over["last"]).before(self.moment.now), self.moment.now
        ends = [instant(over[name]) if over.get(name) else None for name in ("from", "until")]
        return ends[0], ends[1]

    def _all(self, table: str) -> list[Row]:
        return self.rows.all(table, self.customer)


def _column(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _any_word(values: list[str], said: Filter) -> bool:
    """One of them; where there is none, what holds of nothing."""
    return any(words(value, said) for value in values) if values else words(None, said)


def _is_campaign(row: Row, asked: str) -> bool:
    return row["campaign_id"] is not None and to_public(Prefix.CAMPAIGN, row["campaign_id"]) == asked


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal())


def _margin(figures: Mapping[str, Decimal | None]) -> float | None:
    revenue, returns, profit = figures["revenue"], figures["returns"], figures["profit"]
    if revenue is None or returns is None or profit is None or revenue <= 0 or revenue == returns:
        return None
    return float(profit / (revenue - returns))

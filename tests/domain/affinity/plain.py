"""What goes with what by plain counting: what the tables are compared with. Days are numbers, products are letters."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

ASSUMED_COST = Decimal("0.7")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    product: str
    quantity: int
    price: Decimal
    cost: Decimal | None = None
    discount: Decimal = Decimal(0)

    @property
    def profit(self) -> Decimal:
        total = self.quantity * self.price
        cost = round(total * ASSUMED_COST, 6) if self.cost is None else self.quantity * self.cost
        return total - self.discount - cost


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of a customer."""

    customer: int
    day: date
    lines: tuple[Line, ...]
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CameBack:
    """Units of a product, out of an order (its place in the list) or out of none that is known."""

    customer: int
    order: int | None
    product: str
    quantity: int
    refund: Decimal
    cost: Decimal
    day: date


@dataclass(slots=True)
class Counted:
    """All that is counted of standing orders before a day."""

    orders: list[Bought]
    returns: list[CameBack]
    categories: dict[str, str | None]
    until: date

    def baskets(self) -> dict[int, dict[date, dict[str, int]]]:
        """Units by customer, day and product."""
        found: dict[int, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for order in self._standing():
            for line in order.lines:
                found[order.customer][order.day][line.product] += line.quantity
        return found

    def _standing(self) -> Iterable[Bought]:
        return (order for order in self.orders if not order.is_cancelled and order.day < self.until)

    def money(self) -> dict[str, tuple[int, Decimal]]:
        """Units and profit of each product, without what came back."""
        found: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
        for order in self._standing():
            for line in order.lines:
                units, profit = found[line.product]
                found[line.product] = units + line.quantity, profit + line.profit
        for back in self.returns:
            cancelled = back.order is not None and self.orders[back.order].is_cancelled
            if back.product in found and not cancelled and back.day < self.until:
                units, profit = found[back.product]
                found[back.product] = units - back.quantity, profit - back.refund + back.cost
        return found

    def sold(self) -> dict[str, int]:
        """Units before anything came back."""
        found: dict[str, int] = defaultdict(int)
        for order in self._standing():
            for line in order.lines:
                found[line.product] += line.quantity
        return found

    def places(self) -> dict[int, dict[str, list[int]]]:
        """At which of their purchases, from 1, each customer bought each product."""
        found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for customer, days in self.baskets().items():
            for nth, day in enumerate(sorted(days), 1):
                for product in days[day]:
                    found[customer][product].append(nth)
        return found

    def chances(self) -> dict[str, float]:
        """Of each product, that a later purchase holds it for the first time."""
        baskets, places = self.baskets(), self.places()
        days = {customer: sorted(of) for customer, of in baskets.items()}
        total = sum(len(of) for of in days.values())
        later = sum(len(of) - 1 for of in days.values())
        recent = [day for of in days.values() for day in of[1:] if (self.until - day).days <= 90]
        found = {}
        for product in {product for of in places.values() for product in of}:
            firsts = [(customer, of[product][0]) for customer, of in places.items() if product in of]
            after = sum(len(days[customer]) - nth for customer, nth in firsts)
            new = [days[customer][nth - 1] for customer, nth in firsts if nth > 1]
            lately = sum((self.until - day).days <= 90 for day in new)
            purchases = sum(len(of.get(product, ())) for of in places.values())
            ever = (len(new) + 20 * purchases / total) / (max(later - after, len(new)) + 20)
            at_risk = max(len(recent) * (1 - after / max(later, 1)), lately)
            found[product] = (lately + 100 * ever) / (at_risk + 100)
        return found

    def usual_units(self) -> dict[str, float]:
        found = defaultdict(list)
        for days in self.baskets().values():
            for products in days.values():
                for product, units in products.items():
                    found[product].append(units)
        return {product: float(median(units)) for product, units in found.items()}

    def lifts(self) -> dict[Pair, tuple[int, float, float]]:
        """Of two products: who bought both, share of the buyers of the first, shrunk lift; where five bought both."""
        owners: dict[str, set[int]] = defaultdict(set)
        for customer, products in self.places().items():
            for product in products:
                owners[product].add(customer)
        everybody = len(self.places())
        found = {}
        for one, of_one in owners.items():
            for other, of_other in owners.items():
                both = len(of_one & of_other)
                if one != other and both >= 5:
                    lift = (both + 10) / (len(of_one) * len(of_other) / everybody + 10)
                    found[one, other] = (both, both / len(of_one), lift)
        return {pair: told for pair, told in found.items() if told[2] > 1}

    def transitions(self) -> dict[Pair, tuple[int, float, float]]:
        """From the category of the last purchase but one to that of the last."""
        before: dict[str, set[int]] = defaultdict(set)
        after: dict[str, set[int]] = defaultdict(set)
        customers = 0
        for customer, days in self.baskets().items():
            if len(days) > 1:
                customers += 1
                for held, day in zip((before, after), sorted(days)[-2:], strict=True):
                    for product in days[day]:
                        if category := self.categories[product]:
                            held[category].add(customer)
        found = {}
        for one, of_one in before.items():
            for other, of_other in after.items():
                both = len(of_one & of_other)
                if both >= 5:
                    lift = (both + 10) / (len(of_one) * len(of_other) / customers + 10)
                    found[one, other] = (both, both / len(of_one), lift)
        return found


def logit(chance: float) -> float:
    return math.log(chance / (1 - chance))

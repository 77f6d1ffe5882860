"""Which order lines a return takes from: the named order's, or the customer's latest earlier ones with units left.

Of a named order there is left what nobody else took who named it. Returns by customer come in the order of their times:
a customer's lines of a product are a stack, sold ones are laid on it, returned ones taken off its top: one look at each
line. A return that does not fit as a whole takes nothing. Where customers were merged, a return takes first from what
was recorded for the same one of them: so it is theirs when the merge is undone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple
from uuid import UUID

from domain.errors import ErrorCode
from domain.staged import UnitFault

_MICRO = Decimal("0.000001")
_Heap = tuple[UUID | None, UUID]


class Demand(NamedTuple):
    """One line of a return. Customer None: nobody that is known yet, who has no orders."""

    seq: int
    position: int
    customer_id: UUID | None
    of_order: UUID | None
    returned_at: datetime
    product_id: UUID
    quantity: int
    amount: Decimal | None
    price: Decimal | None
    unit_cost: Decimal | None
    category: str
    recorded_for: UUID | None
    # Takes from the orders of this source alone.
    source: str | None = None


@dataclass(slots=True)
class Supply:
    """One order line; `paid` and `cost` are for all that was sold, `held` is taken by who named the order."""

    customer_id: UUID
    product_id: UUID
    order_id: UUID
    position: int
    ordered_at: datetime
    channel: str
    sold: int
    returned: int
    paid: Decimal
    cost: Decimal
    category: str
    recorded_for: UUID
    held: int = 0
    source: str = ""
    cancelled: bool = False

    @property
    def left(self) -> int:
        return max(self.sold - self.returned, 0)


@dataclass(slots=True)
class Taken:
    """Units of a return line out of one order line, or out of none."""

    demand: Demand
    supply: Supply | None
    quantity: int
    refund: Decimal
    cost: Decimal


@dataclass(slots=True)
class _Stack:
    """Lines in the order of their sale: those to come, and those laid down already."""

    coming: list[Supply] = field(default_factory=list)
    laid: list[Supply] = field(default_factory=list)
    next: int = 0

    def lay(self, until: datetime) -> None:
        while self.next < len(self.coming) and self.coming[self.next].ordered_at <= until:
            self.laid.append(self.coming[self.next])
            self.next += 1


class Matcher:
    """Takes returns one after the other. `supplies` come in the order of their sale; `share` is the assumed cost.

    Where it `refuses` nothing, what is beyond what was bought came back of no order.
    """

    def __init__(self, supplies: Iterable[Supply], share: Decimal, *, refuses: bool = True) -> None:
        self._share = share
        self._refuses = refuses
        # A customer's, each of those whom it was recorded for.
        self._stacks: dict[_Heap, dict[UUID, _Stack]] = defaultdict(lambda: defaultdict(_Stack))
        self._orders: dict[tuple[UUID, UUID], list[Supply]] = defaultdict(list)
        self._popped: list[tuple[_Stack, Supply]] = []
        for line in supplies:
            if not line.cancelled:
                self._stacks[line.customer_id, line.product_id][line.recorded_for].coming.append(line)
            self._orders[line.order_id, line.product_id].append(line)

    def take(self, demands: list[Demand], refund: Decimal | None) -> list[Taken] | UnitFault:
        """All lines of one return, or the fault of the first that does not fit."""
        taken: list[Taken] = []
        self._popped.clear()
        for demand in demands:
            rest = self._take_line(demand, taken)
            if rest and demand.amount is None and refund is None and self._refuses:
                self._give_back(taken)
                return _too_many(demand, rest)
            if rest:
                taken.append(self._unmatched(demand, rest))
        if refund is not None:
            _spread(taken, refund)
        for one in taken:
            if one.supply is None and one.demand.unit_cost is None:
                one.cost = _exact(one.refund * self._share)
        return taken

    def _take_line(self, demand: Demand, taken: list[Taken]) -> int:
        """Takes what there is; how many units are beyond it."""
        need = demand.quantity
        if demand.of_order is not None:
            for line in self._orders.get((demand.of_order, demand.product_id), ()):
                drawn = _draw(line, demand, min(need, line.sold - line.held), taken)
                line.held += drawn
                need -= drawn
            return need
        stacks = self._stacks.get((demand.customer_id, demand.product_id), {})
        for whose in sorted(stacks, key=lambda one: (one != demand.recorded_for, one)):
            need = self._take_off(stacks[whose], demand, need, taken)
        return need

    def _take_off(self, stack: _Stack, demand: Demand, need: int, taken: list[Taken]) -> int:
        stack.lay(demand.returned_at)
        while stack.laid and not stack.laid[-1].left:
            self._popped.append((stack, stack.laid.pop()))
        for line in reversed(stack.laid):
            if not need:
                break
            if demand.source in (None, line.source):
                need -= _draw(line, demand, min(need, line.left), taken)
        return need

    def _unmatched(self, demand: Demand, quantity: int) -> Taken:
        refund = (demand.amount if demand.amount is not None else demand.price or Decimal(0)) * quantity
        return Taken(demand, None, quantity, refund, (demand.unit_cost or Decimal(0)) * quantity)

    def _give_back(self, taken: list[Taken]) -> None:
        for one in taken:
            if one.supply is not None:
                one.supply.returned -= one.quantity
                one.supply.held -= one.quantity if one.demand.of_order is not None else 0
        for stack, line in reversed(self._popped):
            stack.laid.append(line)


def _draw(line: Supply, demand: Demand, quantity: int, taken: list[Taken]) -> int:
    if quantity > 0:
        before, line.returned = line.returned, line.returned + quantity
        paid = _part(line.paid, line, before) if demand.amount is None else demand.amount * quantity
        taken.append(Taken(demand, line, quantity, paid, _part(line.cost, line, before)))
    return max(quantity, 0)


def _part(whole: Decimal, line: Supply, before: int) -> Decimal:
    """The share of the units returned since: all parts of a line come to the whole exactly."""
    return _exact(whole * line.returned / line.sold) - _exact(whole * before / line.sold)


def _spread(taken: list[Taken], refund: Decimal) -> None:
    """What was paid back in one sum, over the lines by what they would have come to."""
    weights = [one.refund for one in taken]
    whole = sum(weights, Decimal(0))
    if not whole:
        weights = [Decimal(one.quantity) for one in taken]
        whole = sum(weights, Decimal(0))
    upto, told = Decimal(0), Decimal(0)
    for one, weight in zip(taken, weights, strict=True):
        upto += weight
        here = _exact(refund * upto / whole)
        one.refund, told = here - told, here


def _exact(amount: Decimal) -> Decimal:
    return amount.quantize(_MICRO, ROUND_HALF_EVEN)


def _too_many(demand: Demand, rest: int) -> UnitFault:
    message = "is more than is left of what was bought: say what was paid back to record it as unmatched"
    return UnitFault(demand.seq, demand.position, "quantity", ErrorCode.OUT_OF_RANGE, message)

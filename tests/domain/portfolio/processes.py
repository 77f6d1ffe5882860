"""A shop with cases, complaints, answers and late orders; and what plain Python makes of how its processes work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from random import Random
from statistics import fmean, median
from typing import Any
from uuid import UUID

from domain.portfolio.dimensions import ProcessDimension as D
from tests.domain.query.world import NOW, House

_ABOUT = (D.TRADING_FORM, D.PRODUCT_CATEGORY)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ordered:
    customer: UUID
    id: UUID
    at: datetime
    channel: str
    form: str
    source: str
    by: str | None
    promised: datetime | None
    delivered: datetime | None
    cancelled: bool
    categories: frozenset[str | None]


@dataclass(frozen=True, slots=True)
class Touched:
    customer: UUID
    at: datetime
    kind: str
    channel: str
    function: str
    source: str
    by: str | None
    case: str | None
    satisfaction: int | None
    recommend: int | None
    order: Ordered | None
    # In a list of its own: a product may have no category.
    product: tuple[str | None, ...]


@dataclass(slots=True)
class Shop:
    """Some customers, what they ordered, and what passed between us."""

    house: House
    rng: Random
    products: dict[str | None, UUID]
    orders: list[Ordered]
    touches: list[Touched]
    people: list[UUID]

    @classmethod
    async def of(cls, house: House, seed: int) -> "Shop":
        products = {name: await house.product(f"S-{name}", category=name) for name in ("Tea", "Pots", None)}
        people = [await house.customer(f"P{n}", country=("GB", "DE")[n % 2]) for n in range(8)]
        shop = cls(house, Random(seed), products, [], [], people)
        for _ in range(30):
            await shop.order()
        for _ in range(120):
            await shop.touch()
        return shop

    def day(self) -> datetime:
        return NOW - timedelta(minutes=self.rng.randrange(1, 200 * 24 * 60))

    async def order(self) -> None:
        pick, at = self.rng.choice, self.day()
        promised = pick([None, at + 3 * DAY, at + 3 * DAY, NOW + DAY])
        delivered = pick([None, at + 2 * DAY, at + 3 * DAY, at + 4 * DAY])
        told = (
            pick(["WEB", "PHONE"]),
            pick(["RETAIL", "E_COMMERCE"]),
            pick(["shop", "till"]),
            pick(["Ann", "Bob", None]),
        )
        customer, is_off = pick(self.people), self.rng.random() < 0.15
        delivered = None if delivered and delivered > NOW else delivered
        id_ = await self.house.order(
            customer, _told(at), "10", channel=told[0], trading_form=told[1], source=told[2], handled_by=told[3],
            promised_at=promised, delivered_at=delivered, cancelled_at=at if is_off else None,
        )  # fmt: skip
        held = self.rng.sample(list(self.products), self.rng.randint(0, 2))
        for name in [*held, *held[:1]]:
            await self.house.line(customer, id_, self.products[name])
        made = Ordered(customer, id_, at, *told, promised, delivered, is_off, frozenset(held))
        self.orders.append(made)

    async def touch(self) -> None:
        pick, at, customer = self.rng.choice, self.day(), self.rng.choice(self.people)
        kind = pick(["CASE_OPENED", "CASE_OPENED", "CASE_RESOLVED", "CASE_RESOLVED", "COMPLAINT", "SURVEY", "CALL"])
        own = [one for one in self.orders if one.customer == customer]
        order, product = pick([None, *own]) if own else None, pick([(), (), ("Tea",), (None,)])
        told = (pick(["WEB", "PHONE", "EMAIL"]), pick(["SERVICE", "BILLING"]), pick(["shop", "till"]))
        by, case = pick(["Ann", "Cy", None]), pick(["1", "2", None]) if kind.startswith("CASE") else None
        scale = [None, *range(11)] if kind in ("SURVEY", "COMPLAINT") else [None]
        answers = pick(scale), pick(scale)
        await self.house.touchpoint(
            customer, _told(at), kind=kind, channel=told[0], function=told[1], source=told[2], handled_by=by,
            case_number=case, satisfaction=answers[0], recommend_score=answers[1], order_id=order.id if order else None,
            product_id=self.products[product[0]] if product else None,
        )  # fmt: skip
        self.touches.append(Touched(customer, at, kind, *told, by, case, *answers, order, product))


def _told(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def of_touch(one: Touched, by: D) -> set[str | None]:
    standing = one.order if one.order and not one.order.cancelled else None
    match by:
        case D.FUNCTION:
            return {one.function}
        case D.CHANNEL:
            return {one.channel}
        case D.HANDLED_BY:
            return {one.by}
        case D.SOURCE:
            return {one.source}
        case D.TRADING_FORM:
            return {standing.form} if standing else set()
    return {one.product[0]} if one.product else set(standing.categories) if standing else set()


def of_order(one: Ordered, by: D) -> set[str | None]:
    keys: dict[D, set[str | None]] = {
        D.FUNCTION: set(), D.CHANNEL: {one.channel}, D.HANDLED_BY: {one.by}, D.SOURCE: {one.source},
        D.TRADING_FORM: {one.form}, D.PRODUCT_CATEGORY: set(one.categories),
    }  # fmt: skip
    return keys[by]


@dataclass(slots=True)
class Turn:
    opened: Touched | None
    resolved: Touched | None
    rows: list[Touched]


def turns(touches: list[Touched]) -> Iterator[Turn]:
    """Each ends with its resolving."""
    cases = [one for one in touches if one.case]
    for _, rows in groupby(sorted(cases, key=_place), key=lambda one: (one.customer, one.source, one.case)):
        turn: list[Touched] = []
        for row in rows:
            turn.append(row)
            if row.kind == "CASE_RESOLVED":
                yield _turn(turn)
                turn = []
        if turn:
            yield _turn(turn)


def _place(one: Touched) -> tuple[Any, ...]:
    return one.customer, one.source, one.case, one.at


def _turn(rows: list[Touched]) -> Turn:
    opened = next((row for row in rows if row.kind == "CASE_OPENED"), None)
    return Turn(opened, next((row for row in rows if row.kind == "CASE_RESOLVED"), None), rows)


def _about(turn: Turn, by: D) -> set[str | None]:
    """Of the first product that any of its rows names, or else of the first order."""
    product = next((row.product for row in turn.rows if row.product), ())
    order = next((row.order for row in turn.rows if row.order), None)
    return of_touch(replace(turn.rows[0], product=product, order=order), by)


@dataclass(slots=True)
class Plain:
    """The reckoning, over a span of time and the people asked for."""

    shop: Shop
    within: Callable[[datetime], bool]
    until: datetime
    people: list[UUID]

    def quality(self, key: str | None, by: D | None) -> dict[str, Any]:
        """Of one group, or of all where nothing says by what."""
        touches = [one for one in self.shop.touches if one.customer in self.people and one.at < self.until]
        orders = self.orders()
        now = [one for one in touches if self.within(one.at) and (by is None or key in of_touch(one, by))]
        mine = [one for one in orders if by is None or key in of_order(one, by)]
        against = mine if by is None or by in _ABOUT else orders
        due = [one for one in mine if one.promised and (one.delivered or one.promised < NOW)]
        opened, resolved, hours = self._cases(touches, key, by)
        complaints = sum(one.kind == "COMPLAINT" for one in now)
        return {
            "casesOpened": opened,
            "casesResolved": resolved,
            "medianHoursToResolve": median(hours) if hours else None,
            "ordersOnTime": _mean(
                [bool(one.delivered and one.delivered <= one.promised) for one in due if one.promised]
            ),
            "complaintsPerThousandOrders": 1000 * complaints / len(against) if against else None,
            "averageSatisfaction": _mean([one.satisfaction for one in now if one.satisfaction is not None]),
            "recommendScore": _mean([one.recommend for one in now if one.recommend is not None]),
        }

    def orders(self) -> list[Ordered]:
        asked = (one for one in self.shop.orders if one.customer in self.people and self.within(one.at))
        return [one for one in asked if not one.cancelled]

    def _cases(self, touches: list[Touched], key: str | None, by: D | None) -> tuple[int, int, list[float]]:
        opened, resolved, hours = 0, 0, []
        for turn in turns(touches):
            about = _about(turn, by) if by in _ABOUT and by else None
            for row, is_end in ((turn.opened, False), (turn.resolved, True)):
                if row is None or not self.within(row.at):
                    continue
                if by is None or key in (of_touch(row, by) if about is None else about):
                    opened, resolved = opened + (not is_end), resolved + is_end
                    if is_end and turn.opened:
                        hours.append((row.at - turn.opened.at) / timedelta(hours=1))
        return opened, resolved, hours

    def keys(self, by: D) -> set[str]:
        """Of what there is a figure of."""
        touches = [one for one in self.shop.touches if one.customer in self.people and one.at < self.until]
        told = [one for one in touches if self.within(one.at) and _tells(one)]
        rows = [of_order(one, by) for one in self.orders()] + [of_touch(one, by) for one in told]
        for turn in turns(touches):
            ends = [row for row in (turn.opened, turn.resolved) if row and self.within(row.at)]
            rows += [_about(turn, by) if by in _ABOUT else of_touch(row, by) for row in ends]
        return {key for keys in rows for key in keys if key is not None}


def _mean(values: list[Any]) -> float | None:
    return fmean(values) if values else None


def _came_on_time(one: Ordered) -> bool:
    return bool(one.promised and one.delivered and one.delivered <= one.promised)


def _tells(one: Touched) -> bool:
    return one.kind == "COMPLAINT" or one.satisfaction is not None or one.recommend is not None

"""How profit groups, by any of the dimensions that it can be asked by."""

from collections.abc import Mapping
from typing import Final

from domain.customers.attributes import REMEDY
from domain.portfolio.dimensions import ProfitabilityDimension
from domain.portfolio.entity import AMOUNTS, PROFIT
from domain.portfolio.queries_by_customer import OF_CUSTOMERS, of_attribute, of_needs, of_segments, of_what_they_are
from domain.portfolio.queries_by_order import OF_ORDERS
from domain.portfolio.queries_earning import Over, read_over
from domain.portfolio.queries_grouping import NOBODY, Groups
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.asking import Asked, Given, Occasion, Tree, Turn, refused
from domain.query.declare import money, part, real, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit
from domain.query.predicate import Slots
from domain.vocabulary import NeedKind

D = ProfitabilityDimension
_PROFIT: Final = PROFIT.replace("{a}", "g")
_OF_ROWS: Final = f"SELECT coalesce(sum({PROFIT.replace('{a}', 'f')}), 0)"
_EVER: Final = f"SELECT coalesce(sum(e.profit), 0) + ({_OF_ROWS} FROM {{forgotten}}) FROM {{earned}} e"
_IN_PERIOD: Final = f"{_OF_ROWS} FROM {{booked}}"

GROUP: Final = Entity(
    name="ProfitabilityGroup",
    key="group_key",
    columns={"customers": whole("customers"), "profitPerCustomer": money("each"), "shareOfProfit": real("share")},
    relations={"group": OF_GROUP, "profitability": part("Profitability")},
)


def _groups(dimension: ProfitabilityDimension, over: Over, *, of_kind: bool) -> Groups:
    if dimension in OF_ORDERS:
        return OF_ORDERS[dimension](over)
    if dimension in OF_CUSTOMERS:
        return of_what_they_are(dimension)
    if dimension is D.SEGMENT:
        return of_segments(over)
    return of_needs(of_kind=of_kind) if dimension is D.NEED else of_attribute()


def _told(groups: Groups, over: Over) -> str:
    """A source of the groups; what is not asked of them Postgres leaves out."""
    in_all = f"sum({_PROFIT}) OVER ()" if groups.adds_up else f"({_EVER if over.is_whole else _IN_PERIOD})"
    label, where = groups.label, groups.where
    if groups.erased:
        label = f"CASE WHEN g.erased THEN 'Erased customers' ELSE {label} END"
        where = f"CASE WHEN g.erased THEN {NOBODY} ELSE {where} END"
    return (
        f"(SELECT {groups.key} AS group_key, {label} AS group_label, {where} AS group_where,"
        f" g.customers, {', '.join(f'g.{name}' for name in AMOUNTS)}, {_PROFIT} AS gain,"
        f" coalesce(round({_PROFIT} / nullif(g.customers, 0), 6), 0) AS each,"
        f" ({_PROFIT} / nullif(greatest({in_all}, 0), 0))::float8 AS share"
        f" FROM ({groups.grouped}) g {groups.joined}) {{b}}"
    )


def _find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    given, attribute = alone(arguments, "dimension"), alone(arguments, "attribute")
    assert given is not None
    dimension = D(asked.word(given))
    slots = _attribute(asked, dimension, given, attribute)
    over = read_over(asked)
    source = _told(_groups(dimension, over, of_kind=bool(slots)), over)
    count = limit(asked, alone(arguments, "first") or Given(50))
    return Found(source=source, slots=(*slots, *over.read_by(source)), limit=count, rows=count)


def _attribute(asked: Asked, dimension: D, given: Given, attribute: Given | None) -> Slots:
    """What the groups are values of, where the dimension does not say so by itself."""
    if dimension not in (D.ATTRIBUTE, D.NEED):
        if attribute is not None:
            raise refused(attribute, f"goes with ATTRIBUTE and NEED alone: leave it out to group by {dimension}")
        return ()
    if attribute is None:
        if dimension is D.ATTRIBUTE:
            raise refused(given, "needs attribute beside it: the name of a declared attribute")
        return ()
    turn = _declared(attribute) if dimension is D.ATTRIBUTE else _need(attribute)
    return (("attribute", asked.slot("text", attribute, turn=turn)),)


def _declared(attribute: Given) -> Turn:
    """Judged whenever the question is asked, also where its plan is kept."""

    def turn(occasion: Occasion, value: object) -> object:
        declared = occasion.attributes
        if declared is None:
            return value
        if str(value) not in declared:
            raise refused(attribute, REMEDY)
        if declared[str(value)] and not occasion.principal.reads_personal_data:
            raise refused(attribute, "is a personal attribute, which your key may not read", code="NOT_ALLOWED")
        return value

    return turn


def _need(attribute: Given) -> Turn:
    def turn(_: Occasion, value: object) -> object:
        if value not in tuple(NeedKind):
            raise refused(attribute, f"must be a kind of need ({', '.join(NeedKind)}), or be left out for needs of all")
        return value

    return turn


OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "profitabilityBy": Relation(
        entity="ProfitabilityGroup",
        shape=Shape.MANY,
        find=_find,
        order='{a}.gain DESC, {a}.group_key COLLATE "C"',
        rows=50,
        weight=WEIGHT,
    )
}

ENTITIES: Final = (GROUP,)

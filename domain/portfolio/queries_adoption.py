"""Which products the customers of a portfolio buy and which not, and how many of those who do not resemble buyers.

Who resembles buyers is told by what the nightly RELATE_PRODUCTS keeps: of products which were bought by the same
people, of categories which lead on to which.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.consents.entity import willing
from domain.portfolio.dimensions import ProductDimension
from domain.portfolio.fragments import IN_TIME, OF_ORDER, filled, part, spanned
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT, whom
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import money, real, whole
from domain.query.entity import STAFF, Column, Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit, present
from domain.query.retold import retold
from domain.segments.traits.queries import PLACE

MOST_LOOKED_AT: Final = 50_000
"""Of more customers so many are looked at for who resembles buyers: within 0.5 percentage points, 95 times in 100."""
NEAREST: Final = 5
"""How many companions of a product count."""
LIFT: Final = 1.2
"""How much more often than by chance both must have been bought, or the one after the other. What is kept of lifts is
drawn to 1 by ten customers: in real baskets few are above 1.5.
"""

PRODUCT_ADOPTION: Final = Entity(
    name="ProductAdoption",
    key="group_key",
    columns={
        "buyers": whole("buyers"),
        "nonBuyers": whole("non_buyers"),
        "adoption": real("adoption"),
        "units": whole("units"),
        "revenue": money("revenue"),
        "profit": money("profit"),
        "likelyBuyers": Column(sql="{a}.likely_buyers", kind=Kind.INT, sampled_above=MOST_LOOKED_AT),
    },
    relations={
        "group": OF_GROUP,
        "product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id"),
    },
)


def _source(by: ProductDimension, where: str, *, most: int = MOST_LOOKED_AT) -> str:
    name = by.value.lower()
    parts = {kind: part("adoption", f"{kind}_{name}") for kind in ("wanted", "resembling", "told")}
    return filled(
        part("adoption", "adoption"),
        **parts,
        thing="p.product_id" if by is ProductDimension.PRODUCT else "p.category",
        ordered=IN_TIME.format("o.ordered_at"),
        returned=IN_TIME.format("r.returned_at"),
        spanned=spanned("at"),
        of_order=OF_ORDER,
        cost_of_line=part("earning", "cost_of_line"),
        place=PLACE.format("m.customer_id"),
        most=f"{most}",
        willing=willing("w.customer_id"),
        nearest=f"{NEAREST}",
        lift=f"{LIFT}",
        where=where,
    )


_SOURCES: Final = {
    (by, asked): _source(by, "{product_where}" if asked else "'{{}}'::jsonb")
    for by in ProductDimension
    for asked in (True, False)
}


def _bought(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    by, where = alone(arguments, "by"), present(arguments, "where")
    assert by is not None
    count = limit(asked, alone(arguments, "first") or Given(50))
    dimension = ProductDimension(asked.word(by))
    told = where if dimension is ProductDimension.CATEGORY else None
    slots = (("product_where", retold(asked, told)),) if told is not None else ()
    return Found(source=_SOURCES[dimension, bool(slots)], slots=slots, limit=count, rows=count, keys="products")


_EVERYBODY: Final = whom()
_OF_ONE: Final = filled(
    _source(ProductDimension.PRODUCT, "'{{}}'::jsonb"), products="(SELECT {a}.product_id AS product_id)"
)


def _of_product(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    return replace(_EVERYBODY(asked, arguments), source=_OF_ONE)


OF_PORTFOLIO: Final = {
    "productAdoption": Relation(
        entity="ProductAdoption",
        shape=Shape.MANY,
        of="Product",
        find=_bought,
        order='{a}.likely_buyers DESC, {a}.buyers DESC, {a}.group_key COLLATE "C"',
        rows=50,
        weight=WEIGHT,
    )
}

# Everybody's purchases are looked at for each: of many products, productAdoption is the question.
OF_PRODUCT: Final = Relation(
    entity="ProductAdoption", shape=Shape.ONE, of="Customer", find=_of_product, roles=STAFF, weight=10 * WEIGHT
)

ENTITIES: Final = (PRODUCT_ADOPTION,)

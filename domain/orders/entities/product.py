"""What can be asked of products."""

from collections.abc import Mapping

from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.portfolio.queries_adoption import OF_PRODUCT as ADOPTION
from domain.query.asking import Asked, Tree
from domain.query.declare import choice, compare, compare_id, instant, money, named_values, of, own_id, text
from domain.query.entity import EVERYONE, Entity, Filter, Flag, Kind, Relation, Shape, Sort
from domain.query.fetch import Found
from domain.query.ids import by_id
from domain.query.paging import alone

PRODUCT_FILTERS: Mapping[str, Filter] = {
    "id": compare_id(Prefix.PRODUCT, "product_id"),
    "sku": compare("sku"),
    "kind": choice("kind"),
    "category": compare("category"),
    "supplier": compare("supplier"),
    "name": compare("name", fold="name_fold"),
    "price": compare("price", Kind.MONEY),
    "attributes": named_values("attributes"),
    "discontinued": Flag(
        yes="{a}.discontinued_at <= {now}", no="{a}.discontinued_at IS NULL OR {a}.discontinued_at > {now}"
    ),
}

PRODUCT = Entity(
    name="Product",
    table="product",
    key="product_id",
    prefix=Prefix.PRODUCT,
    roles=EVERYONE,
    order=("name", False),
    sorts={"name": Sort(sql="{a}.name_fold", type="text")},
    search="({a}.name_fold LIKE {pattern} OR lower({a}.sku) LIKE {pattern})",
    filters=PRODUCT_FILTERS,
    columns={
        "id": own_id(Prefix.PRODUCT, "product_id"),
        "sku": text("sku"),
        "name": text("name"),
        "kind": text("kind"),
        "category": text("category"),
        "supplier": text("supplier"),
        "price": money("price"),
        "unitCost": money("unit_cost"),
        "attributes": of(Kind.JSON, "attributes"),
        "discontinuedAt": instant("discontinued_at"),
    },
    relations={"adoption": ADOPTION},
)


def _one(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """By id or by sku: exactly one of them."""
    id_, sku = alone(arguments, "id"), alone(arguments, "sku")
    if (id_ is None) == (sku is None):
        raise QuestionRefused("INVALID", "product is found by id or by sku: give one of them")
    if sku is None:
        return by_id(asked, PRODUCT, arguments)
    return Found("{b}.sku = {sku}", slots=(("sku", asked.slot("text", sku)),))


ROOTS = {
    "product": Relation(entity="Product", shape=Shape.ONE, find=_one, roles=EVERYONE),
    "products": Relation(entity="Product", shape=Shape.PAGE, roles=EVERYONE),
}

ENTITIES = (PRODUCT,)

"""What can be asked of products."""

from collections.abc import Mapping

from domain.ids import Prefix
from domain.portfolio.queries_adoption import OF_PRODUCT as ADOPTION
from domain.query.declare import choice, compare, compare_id, instant, money, named_values, of, own_id, text
from domain.query.entity import EVERYONE, Entity, Filter, Flag, Kind, Relation, Shape, Sort
from domain.query.finding import by_id_or

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


ROOTS = {
    "product": Relation(entity="Product", shape=Shape.ONE, find=by_id_or(PRODUCT, "sku"), roles=EVERYONE),
    "products": Relation(entity="Product", shape=Shape.PAGE, roles=EVERYONE),
}

ENTITIES = (PRODUCT,)

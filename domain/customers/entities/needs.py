"""Why a customer buys: needs, and where each was learnt."""

from domain.ids import Prefix
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import choice, compare, instant, own_id, real, text
from domain.query.entity import Entity, Filter, Inside, Own, Reading, Relation, Shape
from domain.query.operators import whole
from domain.query.predicate import Predicate, Test

LEARNT = Relation(
    entity="Touchpoint",
    shape=Shape.ONE,
    on="{b}.customer_id = {owner} AND {b}.touchpoint_id = {a}.touchpoint_id",
    kin=True,
)
"""The touchpoint that a row's touchpoint_id names, for who may see it."""

NEED = Entity(
    name="CustomerNeed",
    table="customer_need",
    key="need_id",
    columns={
        "id": own_id(Prefix.NEED, "need_id"),
        "kind": text("kind"),
        "name": text("name"),
        "detail": text("detail", personal=True),
        "strength": real("strength"),
        "source": text("source"),
        "recordedAt": instant("recorded_at"),
    },
    relations={"touchpoint": LEARNT},
)

OF_CUSTOMER = Relation(
    entity="CustomerNeed",
    shape=Shape.MANY,
    on="{b}.customer_id = {owner}",
    order='{a}.strength DESC, {a}.kind COLLATE "C", {a}.name COLLATE "C"',
    kin=True,
    rows=5,
)


def _at_least(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    assert isinstance(tree, Given)
    return Test(name, "{a}.strength", "gte", (asked.slot("float8", tree, turn=whole(tree)),))


FILTER: Filter = Inside(
    sql="EXISTS (SELECT 1 FROM customer_need {b} WHERE {b}.customer_id = {owner} AND {test})",
    fields={"kind": choice("kind"), "name": compare("name"), "minStrength": Own(read=_at_least)},
)

ENTITIES = (NEED,)

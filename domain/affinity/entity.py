"""What can be asked of what goes with what: recommendations, and the values that a customer prefers."""

from domain.affinity import queries
from domain.query.declare import first_of, money, real, text
from domain.query.entity import Entity, Relation, Shape

PRODUCT_RECOMMENDATION = Entity(
    name="ProductRecommendation",
    key="product_id",
    columns={
        "lift": real("lift"),
        "probability": real("probability"),
        "expectedProfit": money("expected_profit"),
        "reason": text("reason"),
    },
    relations={"product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id")},
)

VALUED_ATTRIBUTE = Entity(
    name="ValuedAttribute",
    key="value",
    columns={"attribute": text("attribute"), "value": text("value"), "share": real("share"), "lift": real("lift")},
)

MADE = {"recommended": queries.recommended()}
"""What is recommended to a customer: what to do next reads it too."""

OF_CUSTOMER = {
    "valuedAttributes": Relation(
        entity="ValuedAttribute",
        shape=Shape.MANY,
        source=f"({queries.valued()}) {{b}}",
        order='{a}.score DESC, {a}.attribute COLLATE "C", {a}.value COLLATE "C"',
        find=first_of,
        kin=True,
        rows=10,
        weight=5.0,
    ),
    "productRecommendations": Relation(
        entity="ProductRecommendation",
        shape=Shape.MANY,
        source="{recommended} {b}",
        order="{a}.place",
        find=first_of,
        kin=True,
        rows=5,
        weight=20.0,
    ),
}

ENTITIES = (PRODUCT_RECOMMENDATION, VALUED_ATTRIBUTE)

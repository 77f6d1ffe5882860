"""What can be asked of advice: how a customer answered offers, and what to do next."""

from domain.advice.fragments import ACTIONS, OFFERS, of_one
from domain.query.declare import first, money, real, text, whole
from domain.query.entity import Choice, Column, Entity, Relation, Shape
from domain.vocabulary import Strategy

OFFER_AFFINITY = Entity(
    name="OfferAffinity",
    key="offer",
    columns={
        # What touchpoints say is personal: an offer that few received might name who they are.
        "offer": Column(sql="{a}.offer", personal=True, masked="(CASE WHEN {a}.is_open THEN {a}.offer ELSE '***' END)"),
        "received": whole("received"),
        "responded": whole("responded"),
        "affinity": real("affinity"),
    },
)

NEXT_ACTION = Entity(
    name="NextAction",
    key="strategy",
    columns={
        "strategy": text("strategy"),
        "channel": text("channel"),
        "expectedProfit": money("expected_profit"),
        "reason": text("reason"),
    },
    relations={"product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id")},
)

FIRST = "LEFT JOIN customer_next_action {n} ON {n}.customer_id = {owner}"
FILTER = Choice(sql="{n}.strategy")


OF_CUSTOMER = {
    "offerAffinities": Relation(
        entity="OfferAffinity",
        shape=Shape.MANY,
        source=f"({of_one(OFFERS, 'told')}) {{b}}",
        order='{a}.affinity DESC, {a}.received DESC, {a}.offer COLLATE "C"',
        kin=True,
        rows=5,
        weight=2.0,
    ),
    "nextActions": Relation(
        entity="NextAction",
        shape=Shape.MANY,
        source=f"({of_one(ACTIONS, 'told')}) {{b}}",
        order="{a}.place",
        find=first(3, most=len(Strategy)),
        kin=True,
        rows=3,
        weight=10.0,
    ),
}

ENTITIES = (OFFER_AFFINITY, NEXT_ACTION)

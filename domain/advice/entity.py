"""What can be asked of advice: how a customer answered offers, and what to do next."""

from domain.advice.fragments import OFFERS, of_one
from domain.query.declare import real, whole
from domain.query.entity import Column, Entity, Relation, Shape

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
}

ENTITIES = (OFFER_AFFINITY,)

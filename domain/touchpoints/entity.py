"""What can be asked of touchpoints."""

from domain.campaigns.entities.campaign import NAMED
from domain.campaigns.entities.contact import OF_TOUCHPOINT
from domain.ids import Prefix
from domain.orders.entities.product import PRODUCT_FILTERS
from domain.query.declare import (
    choice,
    compare,
    compare_id,
    instant,
    money,
    named_values,
    of,
    own_id,
    text,
    whole,
)
from domain.query.entity import EVERYONE, Entity, Inside, Kind, Relation, Shape, Sort
from domain.query.ids import by_id_argument

TOUCHPOINT = Entity(
    name="Touchpoint",
    table="touchpoint",
    key="touchpoint_id",
    prefix=Prefix.TOUCHPOINT,
    owner="{a}.customer_id",
    partner="{a}.source = {source}",
    roles=EVERYONE,
    order=("occurredAt", True),
    sorts={"occurredAt": Sort(sql="{a}.occurred_at", type="timestamptz")},
    columns={
        "id": own_id(Prefix.TOUCHPOINT, "touchpoint_id"),
        "channel": text("channel"),
        "kind": text("kind"),
        "function": text("function"),
        "direction": text("direction"),
        "occurredAt": instant("occurred_at"),
        "recordedAt": instant("recorded_at"),
        "source": text("source"),
        "externalId": text("external_id", personal=True),
        "subject": text("subject", personal=True),
        "caseNumber": text("case_number"),
        "handledBy": text("handled_by"),
        "competitor": text("competitor"),
        "cost": money("cost"),
        "durationSeconds": whole("duration_seconds"),
        "satisfaction": whole("satisfaction"),
        "recommendScore": whole("recommend_score"),
        "properties": of(Kind.JSON, "properties", personal=True),
    },
    relations={
        # Meant: who was in touch, a partner may know by id, and of its source's identities, though by no more.
        "customer": Relation(
            entity="Customer", shape=Shape.ONE, on="{b}.customer_id = {owner}", kin=True, trusted=True
        ),
        "order": Relation(
            entity="Order", shape=Shape.ONE, on="{b}.customer_id = {owner} AND {b}.order_id = {a}.order_id", kin=True
        ),
        "product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id"),
        "campaign": NAMED,
        "contact": OF_TOUCHPOINT,
    },
    filters={
        "channel": choice("channel"),
        "kind": choice("kind"),
        "function": choice("function"),
        "direction": choice("direction"),
        "occurredAt": compare("occurred_at", Kind.INSTANT),
        "source": compare("source"),
        "subject": compare("subject", personal=True),
        "handledBy": compare("handled_by"),
        "competitor": compare("competitor"),
        "caseNumber": compare("case_number"),
        "product": Inside(
            fields=PRODUCT_FILTERS,
            sql="EXISTS (SELECT 1 FROM product {b} WHERE {b}.product_id = {a}.product_id AND {test})",
        ),
        "properties": named_values("properties", personal=True),
        "campaign": compare_id(Prefix.CAMPAIGN, "campaign_id"),
        "satisfaction": compare("satisfaction", Kind.INT),
    },
)

OF_CUSTOMER = Relation(entity="Touchpoint", shape=Shape.PAGE, on="{b}.customer_id = {owner}", kin=True)

ROOTS = {
    "touchpoint": Relation(entity="Touchpoint", shape=Shape.ONE, find=by_id_argument(TOUCHPOINT), roles=EVERYONE),
    "touchpoints": Relation(entity="Touchpoint", shape=Shape.PAGE, roles=EVERYONE),
}

ENTITIES = (TOUCHPOINT,)

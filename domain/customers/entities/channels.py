"""How a customer likes to be reached: what was said, beside what behaviour says."""

from domain.advice.fragments import CHANNELS, of_one
from domain.query.declare import of, real, text, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape

CHANNEL_PREFERENCE = Entity(
    name="ChannelPreference",
    key="channel",
    columns={
        "channel": text("channel"),
        "stated": of(Kind.BOOL, "preferred"),
        "affinity": real("affinity"),
        "touches": whole("touches"),
        "lastTouchAt": Column(
            sql="(SELECT max(t.occurred_at) FROM touchpoint t WHERE t.customer_id = {owner}"
            " AND t.channel = {a}.channel AND t.kind <> 'CAMPAIGN_SENT')",
            kind=Kind.INSTANT,
            weight=1.0,
        ),
        "responseRate": real("response_rate"),
    },
)

OF_CUSTOMER = Relation(
    entity="ChannelPreference",
    shape=Shape.MANY,
    source=f"({of_one(CHANNELS, 'told')}) {{b}}",
    order="{a}.place",
    kin=True,
    rows=4,
    weight=2.0,
)

ENTITIES = (CHANNEL_PREFERENCE,)

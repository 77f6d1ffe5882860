"""How a customer likes to be reached: what was said, beside what behaviour says."""

from domain.query.declare import of, text, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape

BEHAVIOUR = "sum(greatest(m.touches - m.contacts, 0))"
"""Touches out of customer_month; what campaigns sent is ours, and says nothing of the customer."""

_BY_CHANNEL = (
    f"SELECT m.channel, {BEHAVIOUR} AS touches, sum({BEHAVIOUR}) OVER () AS of FROM customer_month m"
    f" WHERE m.customer_id = {{owner}} GROUP BY m.channel HAVING {BEHAVIOUR} > 0"
)
_STATED = "SELECT p.channel, p.preferred FROM customer_preference p WHERE p.customer_id = {owner}"
_OF_CHANNEL = "FROM touchpoint t WHERE t.customer_id = {owner} AND t.channel = {a}.channel"

CHANNEL_PREFERENCE = Entity(
    name="ChannelPreference",
    key="channel",
    columns={
        "channel": text("channel"),
        "stated": of(Kind.BOOL, "preferred"),
        "affinity": of(Kind.FLOAT, "affinity"),
        "touches": whole("touches"),
        "lastTouchAt": Column(
            sql=f"(SELECT max(t.occurred_at) {_OF_CHANNEL} AND t.kind <> 'CAMPAIGN_SENT')",
            kind=Kind.INSTANT,
            weight=1.0,
        ),
        "responseRate": Column(
            sql="(SELECT count(*) FILTER (WHERE t.kind = 'CAMPAIGN_RESPONSE')::float8"
            f" / nullif(count(*) FILTER (WHERE t.kind = 'CAMPAIGN_SENT'), 0) {_OF_CHANNEL})",
            kind=Kind.FLOAT,
            weight=1.0,
        ),
    },
)

OF_CUSTOMER = Relation(
    entity="ChannelPreference",
    shape=Shape.MANY,
    source="(SELECT coalesce(u.channel, s.channel) AS channel, s.preferred, coalesce(u.touches, 0) AS touches,"
    f" coalesce((u.touches / u.of)::float8, 0) AS affinity FROM ({_BY_CHANNEL}) u FULL JOIN ({_STATED}) s"
    " ON s.channel = u.channel) {b}",
    order='{a}.touches DESC, {a}.channel COLLATE "C"',
    kin=True,
    rows=4,
    weight=1.0,
)

ENTITIES = (CHANNEL_PREFERENCE,)

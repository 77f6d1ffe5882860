"""What can be asked of identities."""

from domain.query.declare import instant, of, text
from domain.query.entity import EVERYONE, Entity, Kind

IDENTITY = Entity(
    name="Identity",
    table="customer_identity",
    key="customer_id",
    owner="{a}.customer_id",
    partner="{a}.sources @> ARRAY[{source}]",
    roles=EVERYONE,
    columns={
        "kind": text("kind"),
        "source": text("source"),
        "value": text("value", personal=True),
        "verified": of(Kind.BOOL, "verified"),
        "primary": of(Kind.BOOL, "is_primary"),
        "firstSeenAt": instant("first_seen_at"),
        "lastSeenAt": instant("last_seen_at"),
    },
)

ENTITIES = (IDENTITY,)

"""What can be asked of the settings."""

from uuid import UUID

from domain.query.declare import of, part, text, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape

THE_ONE = UUID(int=1)
"""There is one row; to be read below a payload like everything else, it has a key of that type."""

SETTINGS = Entity(
    name="Settings",
    table=f"(SELECT '{THE_ONE}'::uuid AS settings_id, s.* FROM settings s)",
    key="settings_id",
    columns={
        "baseCurrency": text("base_currency"),
        "timeZone": text("time_zone"),
        "horizonMonths": whole("horizon_months"),
        "churnHorizonDays": whole("churn_horizon_days"),
        "discountRate": of(Kind.FLOAT, "discount_rate"),
        "assumedMargin": of(Kind.FLOAT, "assumed_margin"),
        "globalHoldoutShare": of(Kind.FLOAT, "global_holdout_share"),
    },
    relations={
        "frequencyCap": part("FrequencyCap", present="{a}.frequency_cap IS NOT NULL"),
        "quietHours": part("QuietHours", present="{a}.quiet_hours IS NOT NULL"),
        "rateCard": Relation(
            entity="TouchpointRate",
            shape=Shape.MANY,
            source="(SELECT r.rate ->> 'channel' AS channel, r.rate ->> 'kind' AS kind, (r.rate ->> 'cost')::numeric AS"
            " cost FROM jsonb_array_elements({a}.rate_card) AS r (rate)) {b}",
            order='{a}.channel COLLATE "C", {a}.kind COLLATE "C" NULLS FIRST',
            rows=10,
        ),
    },
)

FREQUENCY_CAP = Entity(
    name="FrequencyCap",
    columns={
        "contacts": Column(sql="({a}.frequency_cap ->> 'contacts')::int", kind=Kind.INT),
        "per": Column(sql="({a}.frequency_cap ->> 'per')"),
    },
)

QUIET_HOURS = Entity(
    name="QuietHours",
    columns={
        "from": Column(sql="({a}.quiet_hours ->> 'from')"),
        "until": Column(sql="({a}.quiet_hours ->> 'until')"),
    },
)

RATE = Entity(
    name="TouchpointRate",
    key="channel",
    columns={
        "channel": text("channel"),
        "kind": text("kind"),
        "cost": of(Kind.MONEY, "cost"),
    },
)

ROOTS = {"settings": Relation(entity="Settings", shape=Shape.ONE)}

ENTITIES = (SETTINGS, FREQUENCY_CAP, QUIET_HOURS, RATE)

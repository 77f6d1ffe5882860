"""What can be asked of campaigns: each as it was said, the segments that it addresses, and how far it has come."""

from typing import Final

from domain.campaigns.entities.contact import CONTACT, CONTACTS, OF_CAMPAIGN
from domain.ids import Prefix
from domain.query.declare import choice, instant, money, of, own_id, part, real, text, whole
from domain.query.entity import STAFF, Column, Entity, Kind, Relation, Shape, Sort
from domain.query.finding import by_id_or

_BY_NAME = '{a}.search_fold COLLATE "C", {a}.segment_id'
_STATUSES = {"pending": "PENDING", "exported": "EXPORTED", "delivered": "DELIVERED", "failed": "FAILED"}
_TOUCHED = {"opened": "OPEN", "clicked": "CLICK", "responded": "CAMPAIGN_RESPONSE", "unsubscribed": "UNSUBSCRIBE"}
_DAILY_WORK: Final = 50.0
"""What it costs to count a campaign's contacts, which may be everybody."""


def _customers(where: str, name: str) -> str:
    return f"count(DISTINCT c.customer_id) FILTER (WHERE {where}) AS {name}"


def _came(kind: str) -> str:
    """That a touchpoint of that kind came of the campaign after the contact, and within the campaign's window."""
    return (
        "EXISTS (SELECT FROM touchpoint r WHERE r.customer_id = c.customer_id AND r.campaign_id = {a}.campaign_id"
        f" AND r.kind = '{kind}' AND r.occurred_at >= c.sent_at"
        " AND r.occurred_at < c.sent_at + {a}.response_window::interval)"
    )


_FIGURES = ", ".join(
    [
        *(_customers(f"c.status = '{status}'", name) for name, status in _STATUSES.items()),
        _customers("c.status = 'SUPPRESSED'", "suppressed"),
        _customers("c.sent_at IS NOT NULL", "sent"),
        *(_customers(_came(kind), name) for name, kind in _TOUCHED.items()),
    ]
)


def _addressed(*, excluded: bool) -> Relation:
    kind = "" if excluded else "NOT "
    return Relation(
        entity="Segment",
        shape=Shape.MANY,
        on="EXISTS (SELECT 1 FROM campaign_segment u WHERE u.campaign_id = {a}.campaign_id"
        f" AND u.segment_id = {{b}}.segment_id AND {kind}u.excluded)",
        order=_BY_NAME,
        rows=3,
    )


def _in_order(entity: str, array: str, name: str, *, rows: int) -> Relation:
    """The objects of a JSON array, each as a column of that name."""
    return Relation(
        entity=entity,
        shape=Shape.MANY,
        source=f"(SELECT o.position::int, o.{name} FROM jsonb_array_elements({array})"
        f" WITH ORDINALITY AS o ({name}, position)) {{b}}",
        order="{a}.position",
        rows=rows,
    )


def _json(column: str, name: str, kind: Kind = Kind.TEXT, cast: str = "") -> Column:
    return Column(sql=f"({{a}}.{column} ->> '{name}'){cast}", kind=kind)


CAMPAIGN = Entity(
    name="Campaign",
    table="campaign",
    key="campaign_id",
    prefix=Prefix.CAMPAIGN,
    order=("createdAt", True),
    sorts={"createdAt": Sort(sql="{a}.created_at", type="timestamptz")},
    search="{a}.search_fold LIKE {pattern}",
    filters={"status": choice("status"), "goal": choice("goal")},
    columns={
        "id": own_id(Prefix.CAMPAIGN, "campaign_id"),
        "key": text("key"),
        "name": text("name"),
        "goal": text("goal"),
        "status": text("status"),
        "holdoutShare": real("holdout_share"),
        "budget": money("budget"),
        "fixedCost": money("fixed_cost"),
        "randomised": of(Kind.BOOL, "randomised"),
        "startsAt": instant("starts_at"),
        "endsAt": instant("ends_at"),
        "createdAt": instant("created_at"),
        "updatedAt": instant("updated_at"),
    },
    relations={
        "segments": _addressed(excluded=False),
        "excludedSegments": _addressed(excluded=True),
        "steps": _in_order("CampaignStep", "{a}.steps", "step", rows=3),
        "variants": _in_order("CampaignVariant", "{a}.variants", "variant", rows=2),
        "offer": part("Offer", present="{a}.offer IS NOT NULL"),
        "response": part("ResponseDefinition"),
        "frequencyCap": part("FrequencyCap", present="{a}.frequency_cap IS NOT NULL"),
        "progress": Relation(
            entity="CampaignProgress",
            shape=Shape.ONE,
            source=f"(SELECT {_FIGURES} FROM {CONTACTS} c WHERE c.campaign_id = {{a}}.campaign_id) {{b}}",
            weight=_DAILY_WORK,
        ),
        "contacts": OF_CAMPAIGN,
    },
)

STEP = Entity(
    name="CampaignStep",
    key="position",
    columns={
        "position": whole("position"),
        "channel": _json("step", "channel"),
        "delay": _json("step", "delay"),
        "unitCost": _json("step", "unitCost", Kind.MONEY, "::numeric"),
    },
)

VARIANT = Entity(
    name="CampaignVariant",
    key="position",
    columns={
        "key": _json("variant", "key"),
        "share": _json("variant", "share", Kind.FLOAT, "::float8"),
    },
    relations={"templates": _in_order("MessageTemplate", "{a}.variant -> 'templates'", "template", rows=2)},
)

TEMPLATE = Entity(
    name="MessageTemplate",
    key="position",
    columns={name: _json("template", name) for name in ("channel", "subject", "body")},
)

OFFER = Entity(
    name="Offer",
    columns={
        **{name: _json("offer", name) for name in ("key", "name", "category", "code")},
        "discountPercent": _json("offer", "discountPercent", Kind.FLOAT, "::float8"),
        "discountAmount": _json("offer", "discountAmount", Kind.MONEY, "::numeric"),
        "validUntil": _json("offer", "validUntil", Kind.INSTANT, "::timestamptz"),
    },
    relations={
        "product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = ({a}.offer ->> 'product')::uuid")
    },
)

RESPONSE = Entity(
    name="ResponseDefinition",
    columns={"kind": text("response_kind"), "window": text("response_window")},
    relations={"product": Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.response_product_id")},
)

PROGRESS = Entity(
    name="CampaignProgress",
    columns={name: whole(name) for name in ("sent", "suppressed", *_STATUSES, *_TOUCHED)},
)

NAMED = Relation(entity="Campaign", shape=Shape.ONE, on="{b}.campaign_id = {a}.campaign_id", roles=STAFF)
"""The campaign that a row's campaign_id names."""

# Those that address a segment, and those that leave its members out: for both it has to stay.
OF_SEGMENT = Relation(
    entity="Campaign",
    shape=Shape.PAGE,
    on="EXISTS (SELECT 1 FROM campaign_segment u WHERE u.segment_id = {a}.segment_id"
    " AND u.campaign_id = {b}.campaign_id)",
)


ROOTS = {
    "campaign": Relation(entity="Campaign", shape=Shape.ONE, find=by_id_or(CAMPAIGN, "key"), roles=STAFF),
    "campaigns": Relation(entity="Campaign", shape=Shape.PAGE, filters=("status", "goal"), roles=STAFF),
}

ENTITIES = (CAMPAIGN, CONTACT, STEP, VARIANT, TEMPLATE, OFFER, RESPONSE, PROGRESS)

"""What can be asked of contacts: whom a campaign was sent to or kept from, and what came of it.

A contact is what was recorded of it, or else a touchpoint CAMPAIGN_SENT that names the campaign and is of no recorded
contact: it stands for the first step, unless that was recorded as sent, so that no sending is counted twice and none is
lost. The arm is the customer's of that campaign, as far as one was recorded.
"""

from collections.abc import Mapping
from typing import Final

from domain.ids import Prefix
from domain.query.declare import choice, compare, compare_id, instant, own_id, text, whole
from domain.query.entity import STAFF, Choice, Column, Compare, Entity, Filter, Flag, Kind, Relation, Shape, Sort

_RECORDED = (
    "contact_id, customer_id, campaign_id, step, channel, variant, arm, status, suppression, attempts, last_error,"
    " scheduled_at, sent_at"
)
_OF_SAME = (
    "(SELECT FROM campaign_contact k WHERE k.customer_id = t.customer_id AND k.campaign_id = t.campaign_id"
    " AND k.recorded_for = t.recorded_for AND %s)"
)
_ARM = "CASE WHEN EXISTS " + _OF_SAME % "k.arm = 'CONTROL'" + " THEN 'CONTROL' ELSE 'TREATED' END"
CONTACTS: Final = (
    f"(SELECT {_RECORDED} FROM campaign_contact"
    f" UNION ALL SELECT t.touchpoint_id, t.customer_id, t.campaign_id, 1::bigint, t.channel, NULL, {_ARM}, 'SENT',"
    " NULL, 1, NULL, t.occurred_at, t.occurred_at FROM touchpoint t WHERE t.kind = 'CAMPAIGN_SENT'"
    " AND t.campaign_id IS NOT NULL AND t.contact_id IS NULL"
    f" AND NOT EXISTS {_OF_SAME % 'k.step = 1 AND k.sent_at IS NOT NULL'})"
)
"""Rows of contacts, whichever way they were told."""

# Of several contacts of a campaign the last one before it is answered.
_LATER = (
    f"EXISTS (SELECT FROM {CONTACTS} l WHERE l.customer_id = {{a}}.customer_id AND l.campaign_id = {{a}}.campaign_id"
    " AND l.sent_at <= %s AND (l.sent_at, l.contact_id) > ({a}.sent_at, {a}.contact_id))"
)


def _within(moment: str) -> str:
    """That the moment of r lies in the campaign's window after the contact, and before the next one."""
    return (
        f"{moment} >= {{a}}.sent_at AND {moment} < {{a}}.sent_at + w.response_window::interval"
        f" AND NOT {_LATER % moment}"
    )


def _touches(kind: str) -> str:
    """Touchpoints r of that kind that belong to the contact."""
    return (
        "FROM touchpoint r JOIN campaign w ON w.campaign_id = r.campaign_id WHERE r.customer_id = {a}.customer_id"
        f" AND r.campaign_id = {{a}}.campaign_id AND r.kind = '{kind}' AND {_within('r.occurred_at')}"
    )


def _first(kind: str) -> Column:
    return Column(sql=f"(SELECT min(r.occurred_at) {_touches(kind)})", kind=Kind.INSTANT, weight=1.0)


_ANSWERS = _touches("CAMPAIGN_RESPONSE")
_ANSWERED = f"EXISTS (SELECT 1 {_ANSWERS})"
_REVENUE = (
    "(SELECT sum(r.total) FROM customer_order r JOIN campaign w ON w.campaign_id = r.campaign_id"
    " WHERE r.customer_id = {a}.customer_id AND r.campaign_id = {a}.campaign_id AND r.cancelled_at IS NULL"
    f" AND {_within('r.ordered_at')})"
)

CONTACT_FILTERS: Mapping[str, Filter] = {
    "campaign": compare_id(Prefix.CAMPAIGN, "campaign_id"),
    "goal": Choice(sql="(SELECT k.goal FROM campaign k WHERE k.campaign_id = {a}.campaign_id)"),
    "channel": choice("channel"),
    "variant": compare("variant"),
    "step": Compare(sql="{a}.step", kind=Kind.INT),
    "arm": choice("arm"),
    "status": choice("status"),
    "suppression": choice("suppression"),
    "responded": Flag(yes=_ANSWERED, no=f"NOT {_ANSWERED}"),
    "sentAt": compare("sent_at", Kind.INSTANT),
}

CONTACT = Entity(
    name="CampaignContact",
    table=CONTACTS,
    key="contact_id",
    prefix=Prefix.CONTACT,
    owner="{a}.customer_id",
    order=("scheduledAt", True),
    sorts={"scheduledAt": Sort(sql="{a}.scheduled_at", type="timestamptz")},
    filters=CONTACT_FILTERS,
    columns={
        "id": own_id(Prefix.CONTACT, "contact_id"),
        "step": whole("step"),
        "channel": text("channel"),
        "variant": text("variant"),
        "arm": text("arm"),
        "status": text("status"),
        "suppression": text("suppression"),
        "attempts": whole("attempts"),
        "lastError": text("last_error", personal=True),
        "scheduledAt": instant("scheduled_at"),
        "sentAt": instant("sent_at"),
        "openedAt": _first("OPEN"),
        "clickedAt": _first("CLICK"),
        "respondedAt": _first("CAMPAIGN_RESPONSE"),
        "responseRevenue": Column(sql=_REVENUE, kind=Kind.MONEY, weight=1.0),
    },
    relations={
        "campaign": Relation(entity="Campaign", shape=Shape.ONE, on="{b}.campaign_id = {a}.campaign_id"),
        "customer": Relation(entity="Customer", shape=Shape.ONE, on="{b}.customer_id = {owner}", kin=True),
        "response": Relation(
            entity="Touchpoint",
            shape=Shape.ONE,
            on="{b}.customer_id = {owner} AND {b}.touchpoint_id = (SELECT r.touchpoint_id"
            f" {_ANSWERS} ORDER BY r.occurred_at, r.touchpoint_id LIMIT 1)",
            kin=True,
            weight=1.0,
        ),
    },
)

OF_CUSTOMER = Relation(entity="CampaignContact", shape=Shape.PAGE, on="{b}.customer_id = {owner}", kin=True)
OF_CAMPAIGN = Relation(entity="CampaignContact", shape=Shape.PAGE, on="{b}.campaign_id = {a}.campaign_id")

_BEFORE = (
    f"(SELECT c.contact_id FROM {CONTACTS} c JOIN campaign w ON w.campaign_id = c.campaign_id"
    " WHERE c.customer_id = {owner} AND c.campaign_id = {a}.campaign_id AND c.sent_at <= {a}.occurred_at"
    " AND {a}.occurred_at < c.sent_at + w.response_window::interval"
    " ORDER BY c.sent_at DESC, c.contact_id DESC LIMIT 1)"
)
OF_TOUCHPOINT = Relation(
    entity="CampaignContact",
    shape=Shape.ONE,
    on=f"{{b}}.customer_id = {{owner}} AND {{b}}.contact_id = coalesce({{a}}.contact_id, {_BEFORE})",
    kin=True,
    roles=STAFF,
    weight=1.0,
)
"""The contact that a touchpoint told of, or else the last one of its campaign before it, within its window."""

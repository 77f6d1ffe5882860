"""The new touchpoints of a call as the arrays that sql/online.sql takes, column by column."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.settings import Settings
from domain.touchpoints.planning import Plan, card, cost
from domain.touchpoints.staged import Staged

Columns = list[Sequence[object] | None]
"""None stands for a column of nothing but nulls: unnest fills it up, and it costs nothing on the way."""
_FACTS = (
    *("customer_id", "occurred_at", "touchpoint_id", "recorded_for", "channel", "touch_kind", "function", "direction"),
    *("source", "external_id", "subject", "campaign", "product", "case_number", "handled_by", "competitor", "cost"),
    *("cost_given", "duration_seconds", "satisfaction", "recommend_score", "properties", "order_claim"),
)


def columns(rows: Sequence[tuple[object, ...]], width: int) -> Columns:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def facts(planned: Plan, settings: Settings) -> Columns:
    new, whose, rates = planned.new, planned.whose, card(settings.rate_card)
    given: dict[str, Sequence[object]] = dict(zip(Staged._fields, zip(*new, strict=True), strict=True))
    made: dict[str, Sequence[object]] = {
        "customer_id": [customer for _, customer in whose],
        "recorded_for": [recorded_for for recorded_for, _ in whose],
        "product": [row.sku and planned.products[row.sku] for row in new],
        "cost": [cost(row, rates) for row in new],
        "cost_given": [row.cost is not None for row in new],
    }
    found = [made.get(name) or given[name] for name in _FACTS]
    return [column if any(value is not None for value in column) else None for column in found]


def claims(planned: Plan) -> list[tuple[object, ...]]:
    """Kept by whom they were recorded for: aliases lead from there."""
    rows: list[tuple[object, ...]] = []
    for row, (recorded_for, _) in zip(planned.new, planned.whose, strict=True):
        about = recorded_for, row.touchpoint_id, row.occurred_at
        rows.append((row.claim, *about))
        if row.purchase is not None:
            rows.append((row.purchase, *about))
    return rows


def touches(planned: Plan) -> list[tuple[object, ...]]:
    """A customer's first touch, as it is told as the acquisition, and when the last was."""
    first: dict[UUID, Staged] = {}
    last: dict[UUID, Staged] = {}
    for row, (_, customer) in zip(planned.new, planned.whose, strict=True):
        if customer not in first:
            first[customer] = last[customer] = row
            continue
        if _earliest(row) < _earliest(first[customer]):
            first[customer] = row
        if row.occurred_at > last[customer].occurred_at:
            last[customer] = row
    return [
        (one, row.occurred_at, row.channel, row.source, row.campaign, last[one].occurred_at)
        for one, row in sorted(first.items())
    ]


def _earliest(row: Staged) -> tuple[datetime, str, str, str]:
    """What came first: of what was at the same moment, it does not matter what was told first."""
    return row.occurred_at, row.source, row.channel, str(row.campaign or "~")


def seen(planned: Plan) -> Columns:
    """The identities that rows name, with when they were seen."""
    named = [
        (row.seq, customer, *row.named, row.verified, row.identity_source, row.occurred_at)
        for row, (_, customer) in zip(planned.new, planned.whose, strict=True)
        if row.customer is None
    ]
    return columns(named, 8)

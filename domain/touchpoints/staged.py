"""A touchpoint as it is staged: the row that transfer/touchpoints.py makes, and both ways of recording take."""

from datetime import datetime
from typing import NamedTuple, TypeAlias, cast
from uuid import UUID

Name: TypeAlias = tuple[str, str, str]
"""An identity's kind, scope and value: equal to the Known of the same, and cheaper."""
_NAME = slice(8, 11)


class Staged(NamedTuple):
    """The columns of {s}_touchpoint, in their order; `customer` or (kind, scope, value) tells whom it is about."""

    seq: int
    batch: int
    claim: UUID
    purchase: UUID | None
    order_claim: UUID | None
    touchpoint_id: UUID
    prospect: UUID
    customer: UUID | None
    kind: str | None
    scope: str | None
    value: str | None
    verified: bool
    identity_source: str | None
    source: str
    external_id: str | None
    occurred_at: datetime
    channel: str
    touch_kind: str
    function: str
    direction: str
    subject: str | None
    campaign: UUID | None
    sku: str | None
    case_number: str | None
    handled_by: str | None
    competitor: str | None
    cost: str | None
    duration_seconds: int | None
    satisfaction: int | None
    recommend_score: int | None
    properties: str | None
    learnt: str | None

    @property
    def named(self) -> Name:
        """The identity that it names; only where it names no customer by id."""
        return cast("Name", self[_NAME])

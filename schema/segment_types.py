"""Segments as they are told: saved questions about customers that stay answered, and lists that people keep."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.vocabulary import SegmentChangeCause, SegmentKind
from schema.connection import FORWARD, Connection, Node
from schema.fields import argument, field
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.customer_filter import CustomerSort
    from schema.customers import Customer

_Customer = Annotated["Customer", strawberry.lazy("schema.customers")]
_Sort = Annotated["CustomerSort", strawberry.lazy("schema.customer_filter")]


@strawberry.type(description="A saved question about customers that stays answered, or a list that people keep.")
class Segment(Node):
    key: str = field("What programs call it; unique.")
    name: str = field("What people call it.")
    description: str | None = field("What it is for.")
    kind: SegmentKind = field("How its members are found.")
    where: JSON | None = field(
        "The filter, in the shape of a CustomerFilter variable; null where kind is not RULE. Null for callers that may"
        " not read personal data where the filter asks for such."
    )
    definition: str | None = field(
        "The filter in words. Its values are masked for callers that may not read personal data where it asks for such."
    )
    created_at: datetime = field("When it was saved.")
    updated_at: datetime = field("When it was last changed.")
    refreshed_at: datetime | None = field("When everybody was last looked at; null: not yet, so it is empty.")
    archived_at: datetime | None = field("Since when it is put away.")
    member_count: int = field("How many customers are in it.")
    members: Connection[_Customer] = field(
        "Who is in it; newest customers first unless ordered.",
        *FORWARD,
        argument("orderBy", list[_Sort] | None, "What comes first; equals are ordered by what is named next."),
    )
    members_at: Connection[_Customer] = field(
        "Who was in it at that moment.", argument("at", datetime, "The moment."), *FORWARD
    )
    changes: Connection["SegmentChange"] = field("Who entered and who left, newest first.", *FORWARD)
    dependents: list["Segment"] = field("Segments whose rule names this one.")


@strawberry.type(description="That somebody entered a segment, or left it.")
class SegmentChange:
    segment: Segment = field("Which segment.")
    customer: _Customer = field("Who it was; of somebody who was merged since, the survivor.")
    entered: bool = field("False: left.")
    at: datetime = field("When.")
    cause: SegmentChangeCause = field("Why.")


@strawberry.type(description="That a customer is in a segment.")
class SegmentMembership:
    segment: Segment = field("Which segment.")
    entered_at: datetime = field("Since when.")


@strawberry.type
class SegmentQuery:
    segment: Segment | None = field(
        "One segment, by its id or its key.",
        argument("id", strawberry.ID | None, "The id."),
        argument("key", str | None, "The key."),
    )
    segments: Connection[Segment] = field(
        "Segments by name.",
        *FORWARD,
        argument("search", str | None, "Finds by part of the name or the key."),
        argument("kind", list[SegmentKind] | None, "Of one of these kinds."),
        argument("includeArchived", bool | None, "Also those that are put away.", default=False),
    )

"""Why a customer is or is not in a segment, as it is told."""

from datetime import datetime
from typing import Annotated, cast

import strawberry
from strawberry import ID, Info

from domain.ids import Prefix, parse_id
from domain.segments.explaining.queries import Explained
from domain.segments.explaining.queries import explain as explained
from schema.context import Context
from schema.fields import field
from schema.resolving import reading
from schema.scalars import JSON


@strawberry.type(
    description="What the segment's filter asks in one of its parts, and whether it holds of the customer."
)
class ClauseExplanation:
    clause: str = field(
        "The clause in words. Of alternatives, of which one is enough, it says which of how many it belongs to."
    )
    holds: bool = field("Whether the clause as it is worded holds now.")
    value: JSON | None = field(
        "What the customer has: the field's value, what was counted or summed, or what is there; null where it is not"
        " known."
    )


@strawberry.type(description="Why a customer is or is not in a segment.")
class SegmentExplanation:
    member: bool = field("Whether the customer is in it.")
    entered_at: datetime | None = field("Since when; null where the customer is not in it.")
    clauses: list[ClauseExplanation] = field(
        "What the filter asks, those first that decide: of a member those that hold, of anybody else those that do not;"
        " both in the order of the filter. They are as of now, and what changed a moment ago, or a rule that is being"
        " built, may be ahead of member. A list has one clause, whose value is since when the customer is on it."
    )

    @staticmethod
    def of(found: Explained) -> "SegmentExplanation":
        clauses = [
            ClauseExplanation(clause=one.clause, holds=one.holds, value=cast("JSON | None", one.value))
            for one in found.clauses
        ]
        return SegmentExplanation(member=found.member, entered_at=found.entered_at, clauses=clauses)


async def explain(
    root: ID,
    info: Info[Context, None],
    customer: Annotated[ID, strawberry.argument(description="The customer's id; of one who was merged, the survivor.")],
) -> SegmentExplanation:
    """`root` is the segment's id, which its column told."""
    context = info.context
    async with reading(context) as tx:
        found = await explained(tx, parse_id(Prefix.SEGMENT, root), customer, occasion=context.occasion)
    return SegmentExplanation.of(found)

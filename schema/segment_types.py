"""Segments as they are told: saved questions about customers that stay answered, and lists that people keep."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.clock import Duration
from domain.vocabulary import SegmentChangeCause, SegmentKind
from schema.connection import FORWARD, Connection, Node
from schema.explaining import SegmentExplanation, explain
from schema.fields import argument, field, resolved
from schema.filters import Period
from schema.group_metrics import GroupMetrics
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.campaign_types import Campaign
    from schema.customer_filter import CustomerSort
    from schema.customers import Customer
    from schema.portfolio import Portfolio

_Customer = Annotated["Customer", strawberry.lazy("schema.customers")]
_Portfolio = Annotated["Portfolio", strawberry.lazy("schema.portfolio")]
_Sort = Annotated["CustomerSort", strawberry.lazy("schema.customer_filter")]


_WITHHELD = (
    "Where the filter asks for personal data, and fewer than 5 are in it, callers that may not read such are told"
    " nobody, and a totalCount of null."
)


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
    refreshed_at: datetime | None = field(
        "When everybody was last looked at; null: not yet, so it is empty. Until a new filter is built, members are"
        " those of the one before. A build that was cancelled begins again within a minute."
    )
    archived_at: datetime | None = field("Since when it is put away.")
    member_count: int = field(
        "How many customers are in it. Where its filter, or one that it names, asks for personal data, callers that may"
        " not read such are told 5 where there are fewer."
    )
    members: Connection[_Customer] = field(
        f"Who is in it; newest customers first unless ordered. {_WITHHELD}",
        *FORWARD,
        argument("orderBy", list[_Sort] | None, "What comes first; equals are ordered by what is named next."),
    )
    members_at: Connection[_Customer] = field(
        f"Who was in it at that moment. {_WITHHELD}", argument("at", datetime, "The moment."), *FORWARD
    )
    metrics: GroupMetrics = field(
        "What its members earn, as of now: profitability is of the whole relationship; entered, left, repurchaseRate"
        " and responseRate are of the calendar month that is running."
    )
    history: list[GroupMetrics] = field(
        "What its members earned, a row for each period, oldest first: does the segment earn more than it did? At most"
        " 120; none for a period that ended before the segment was saved.",
        argument(
            "every",
            Duration,
            "How long a period is: whole days, weeks, months or years. One begins where the one before it ends, at a"
            " midnight in settings.timeZone; a month that has no such day ends with its last. The last is cut off where"
            " over ends, and now.",
            default=Duration(1, timedelta()),
        ),
        argument(
            "over",
            Period | None,
            "From when until when; left out: the twelve latest periods, the running one the last. They are calendar"
            " months where every is a month.",
        ),
    )
    changes: Connection["SegmentChange"] = field(f"Who entered and who left, newest first. {_WITHHELD}", *FORWARD)
    traits: list["SegmentTrait"] = field(
        "How its members differ from all customers, the largest difference first, whichever way it goes. Of more than"
        " 5,000 members so many are looked at, always the same ones: shares are within 1.4 percentage points then, 95"
        " times in 100. Empty until RELATE_PRODUCTS has counted what all customers are like, which it does every"
        " night.",
        argument("first", int | None, "How many at most.", default=10),
    )
    overlap: "SegmentOverlap" = field(
        "How many customers it has in common with another segment.",
        argument("with", strawberry.ID, "The other segment's id."),
    )
    portfolio: _Portfolio = field(
        "Every question of the portfolio, asked of its members: those whom the filter inSegment finds.",
        argument("over", Period | None, "From when until when; left out: the whole relationship."),
    )
    explain: SegmentExplanation = resolved(
        explain, "Why this customer is or is not in it, clause by clause, with the values that decided."
    )
    campaigns: Connection[Annotated["Campaign", strawberry.lazy("schema.campaign_types")]] = field(
        "Campaigns that use it, newest first: those that address its members, and those that leave them out; their"
        " segments and excludedSegments say which.",
        *FORWARD,
    )
    dependents: list["Segment"] = field("Segments whose rule names this one.")


@strawberry.type(description="That somebody entered a segment, or left it.")
class SegmentChange:
    segment: Segment = field("Which segment.")
    customer: _Customer = field("Who it was; of somebody who was merged since, the survivor.")
    entered: bool = field("True: entered; false: left.")
    at: datetime = field("When.")
    cause: SegmentChangeCause = field("Why.")


@strawberry.type(
    description="Something that members of a segment have more often than all customers, or less often. Values that"
    " fewer than five customers have are left out, and of each attribute all but the 200 commonest."
)
class SegmentTrait:
    attribute: str = field(
        "What it is about, as CustomerFilter names it: country, valueTier, bought.category and so on; rfm is the label,"
        " touchpoints.channel the one that is used most, need.KIND a need, attributes.NAME a declared attribute that is"
        " not personal. age is left out for callers that may not read personal data."
    )
    value: str = field("What they have. Numbers are told in bands; those of amounts are fifths of all customers.")
    share_in_segment: float = field("Share of the members who have it.")
    share_overall: float = field("Share of all customers who have it, as last counted.")
    effect_size: float = field(
        "Cohen's h: 2·arcsin √shareInSegment − 2·arcsin √shareOverall. Positive where members have it more often,"
        " negative where less often; .2 is small, .5 medium, .8 large (Cohen 1988)."
    )


@strawberry.type(
    description="How many customers two segments have in common. A segment that is put away counts as it was."
)
class SegmentOverlap:
    both: int = field("In both.")
    only_this: int = field("In this one only.")
    only_other: int = field("In the other one only.")


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

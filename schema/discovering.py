"""Groups of customers who behave alike, found and saved as segments."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry import Info

from domain.audit import Did
from domain.database import Tx
from domain.errors import Fault, Refused
from domain.segments.discovery import commands_discovering
from domain.segments.discovery.commands_discovering import Wish
from domain.segments.rule import kept
from domain.vocabulary import Role
from schema.context import Context
from schema.customer_filter import CustomerFilter
from schema.deeds import deed
from schema.fields import field, mutation, optional
from schema.jobs import JobPayload
from schema.rows import row_of


@strawberry.input(description="Which customers are to be parted into groups, and what the groups are to be called.")
class SegmentsDiscoverInput:
    key_prefix: str = field(
        "What the keys of the groups begin with: habit makes habit-1, habit-2 and so on, the biggest group first."
    )
    segments: int | None = optional(
        "How many groups, from 2 to 10. Left out: the number that separates the customers best."
    )
    where: CustomerFilter | None = optional(
        "Among whom; left out: everybody. Only who has bought, and has not refused to be profiled, is put in a group."
        " What the filter asks for is told with the job, so it may not ask for personal data: a segment may, and be"
        " named by inSegment."
    )


_Input: TypeAlias = Annotated[
    SegmentsDiscoverInput, strawberry.argument(description="Which customers, and how many groups.")
]


@strawberry.type
class DiscoverMutation:
    @mutation(
        frozenset({Role.ADMIN, Role.MARKETER}),
        "Finds groups of customers who behave alike, and saves each as a DISCOVERED segment: a list that stays as it"
        " is until it is found again. What counts is how lately, how often, how much and how variedly they buy, with a"
        " discount or not, what they return, over which channels, and how much they are in touch. The same customers"
        " give the same groups. Found again under the same keyPrefix, the group that has the most customers of an"
        " earlier one is that segment again, with its id and key, and its changes tell who entered and who left; its"
        " name and description are written anew. Customers who are merged stay in one group, the survivor's own if"
        " there is one. A segment that no group corresponds to any more is emptied, and put away unless the rule of"
        " another names it. The job's result tells the silhouette of every number of groups that was tried: how far"
        " apart they are, from 0 (not at all) to 1. Where it reaches .15 nowhere, or the customers are too few, the"
        " job fails and says so, and everything stays.",
    )
    async def segments_discover(self, info: Info[Context, None], input: _Input) -> JobPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            saved = await commands_discovering.ask(tx, _wish(input), occasion=context.occasion)
            assert saved.job is not None
            context.deeds.started.append(saved.job)
            return saved.did

        return JobPayload.of(await deed(context, "segmentsDiscover", act))


def _wish(given: SegmentsDiscoverInput) -> Wish:
    """Null is as if left out, but of the filter, which cannot be null."""
    row = row_of(given)
    if "where" in row and row["where"] is None:
        raise Refused(Fault.invalid("cannot be null: leave it out to look among everybody", "input", "where"))
    return Wish(row["keyPrefix"], row.get("segments"), kept(row["where"]) if "where" in row else None)

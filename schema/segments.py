"""Deeds on segments: saving a question, changing it, putting it away, keeping a list."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID, Info

from domain.audit import Did
from domain.database import Tx
from domain.errors import Fault, Refused
from domain.ids import Prefix, parse_id
from domain.segments import commands
from domain.segments.commands import Given, Saved
from domain.segments.rule import kept
from domain.transfer.profile_calls import referred
from domain.vocabulary import Role, SegmentKind
from schema.context import Context
from schema.customer_filter import CustomerFilter
from schema.deeds import Done, deed, read_below
from schema.errors import UserError
from schema.fields import below, field, mutation, optional
from schema.inputs import CustomerRef
from schema.jobs import JobPayload
from schema.rows import row_of
from schema.segment_types import Segment

_RUNNERS = frozenset({Role.ADMIN, Role.MARKETER})


@strawberry.input(description="A segment: what is left out stays as it is, or is empty where the segment is new.")
class SegmentInput:
    key: str | None = optional("What programs call it: a-z, 0-9, - and _; left out: made of the name.")
    name: str | None = optional("What people call it; a new segment needs one.")
    description: str | None = optional("What it is for.")
    kind: SegmentKind | None = optional("Left out: RULE. It stays what it is.")
    where: CustomerFilter | None = optional("Of a RULE: which customers are in it.")


@strawberry.type(description="The segment as it is now, or why nothing was done.")
class SegmentPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field("Why nothing was done; empty where all is well.")

    @below("The segment; null where nothing was done.")
    async def segment(self, info: Info[Context, None]) -> Segment | None:
        return await read_below(info, Segment, self.key)


_Context: TypeAlias = Info[Context, None]
_Id: TypeAlias = Annotated[ID, strawberry.argument(description="The segment's id.")]
_Input: TypeAlias = Annotated[SegmentInput, strawberry.argument(description="What is said of it.")]
_Customers: TypeAlias = Annotated[
    list[CustomerRef], strawberry.argument(description="Which customers, who must be known: at most 1,000.")
]


@strawberry.type
class SegmentMutation:
    @mutation(_RUNNERS, "Saves a question, or begins a list. Its members are there as soon as everybody was looked at.")
    async def segment_create(self, info: _Context, input: _Input) -> SegmentPayload:
        occasion = info.context.occasion
        return await _saved(info, "segmentCreate", lambda tx: commands.create(tx, _given(input), occasion=occasion))

    @mutation(_RUNNERS, "Changes what is given. Until everybody was looked at by a new rule, the old one holds.")
    async def segment_update(self, info: _Context, id: _Id, input: _Input) -> SegmentPayload:
        occasion = info.context.occasion
        return await _saved(
            info, "segmentUpdate", lambda tx: commands.update(tx, _parsed(id), _given(input), occasion=occasion)
        )

    @mutation(
        _RUNNERS,
        "Puts a segment away; refused while the rule of another names it, or a campaign that is not over uses it.",
    )
    async def segment_archive(self, info: _Context, id: _Id) -> SegmentPayload:
        occasion = info.context.occasion
        return await _saved(info, "segmentArchive", lambda tx: commands.archive(tx, _parsed(id), occasion=occasion))

    @mutation(_RUNNERS, "Takes a segment out again; everybody is looked at anew.")
    async def segment_restore(self, info: _Context, id: _Id) -> SegmentPayload:
        occasion = info.context.occasion
        return await _saved(info, "segmentRestore", lambda tx: commands.restore(tx, _parsed(id), occasion=occasion))

    @mutation(_RUNNERS, "Puts customers on a list that people keep; POST /imports/members takes a file of them.")
    async def segment_members_add(self, info: _Context, id: _Id, customers: _Customers) -> SegmentPayload:
        return await _listed(info, "segmentMembersAdd", id, customers, on=True)

    @mutation(
        _RUNNERS, "Takes customers off a list that people keep; a file of POST /imports/members does so with remove."
    )
    async def segment_members_remove(self, info: _Context, id: _Id, customers: _Customers) -> SegmentPayload:
        return await _listed(info, "segmentMembersRemove", id, customers, on=False)

    @mutation(_RUNNERS, "Looks at everybody anew; jobProgress follows it.")
    async def segment_refresh(self, info: _Context, id: _Id) -> JobPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            saved = await commands.ask_refresh(tx, _parsed(id), occasion=context.occasion)
            assert saved.job is not None
            context.deeds.started.append(saved.job)
            return saved.did

        return JobPayload.of(await deed(context, "segmentRefresh", act))


async def _saved(info: _Context, action: str, do: Callable[[Tx], Awaitable[Saved]]) -> SegmentPayload:
    async def act(tx: Tx) -> Did:
        saved = await do(tx)
        if saved.job is not None:
            info.context.deeds.started.append(saved.job)
        info.context.deeds.concerned.update(saved.customers)
        return saved.did

    done: Done = await deed(info.context, action, act)
    return SegmentPayload(key=done.key, errors=done.errors)


async def _listed(info: _Context, action: str, id: str, customers: list[CustomerRef], *, on: bool) -> SegmentPayload:
    async def do(tx: Tx) -> Saved:
        refs = [referred(row_of(one), ("customers", str(at))) for at, one in enumerate(customers)]
        occasion = info.context.occasion
        return await commands.list_members(tx, _parsed(id), refs, on=on, occasion=occasion, as_it_is=True)

    return await _saved(info, action, do)


def _parsed(id_: str) -> UUID:
    return parse_id(Prefix.SEGMENT, id_, "id")


def _given(given: SegmentInput) -> Given:
    """Raises Refused for a null that cannot be."""
    row = row_of(given)
    for name in ("key", "name", "kind", "where"):
        if name in row and row[name] is None:
            raise Refused(Fault.invalid("cannot be null: leave it out to let it stay", "input", name))
    rule = kept(row["where"]) if "where" in row else None
    texts = {name: row.get(name) for name in ("key", "name", "description", "kind")}
    return Given(frozenset(row), rule=rule, **texts)

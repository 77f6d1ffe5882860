"""Merging two customers who are the same, undoing it, and what it would give."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson
import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetails
from strawberry import ID, Info

from domain.audit import Did
from domain.catalog import ENTITIES
from domain.database import Tx
from domain.identity.commands_merging import merge
from domain.identity.commands_preview import Preview, preview
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, parse_id
from domain.query.asking import Asked, Given
from domain.query.fetch import Below, Fetch, Field
from domain.query.ids import by_id
from domain.query.run import run
from domain.staged import Moved
from domain.vocabulary import MergeSide
from schema.allowance import Consent
from schema.context import Context
from schema.deeds import deed
from schema.fields import ADMINS, below, field, mutation
from schema.fragments import fragments_of
from schema.identity import Identity
from schema.patience import Patience
from schema.payloads import CustomerPayload
from schema.scalars import JSON
from schema.selection import DEAREST, STATEMENTS, Selector

_AGAIN = 4
_LISTS = ("identities", "consents")
_Into: TypeAlias = Annotated[ID, strawberry.argument(description="Who stays, by any of their ids.")]
_From: TypeAlias = Annotated[
    ID, strawberry.argument(name="from", description="Who becomes part of the other; the id leads there from then on.")
]
_Customer: TypeAlias = Annotated[ID, strawberry.argument(description="Who they were merged into, by any of their ids.")]
_Back: TypeAlias = Annotated[
    ID, strawberry.argument(name="from", description="Who is to be a customer of their own again.")
]


@strawberry.type(description="A field of the profile as it would hold after a merge.")
class MergedField:
    stated: str = field("Its name, such as displayName or address.city.", name="field")
    value: JSON | None = field("What would hold; null where it is cleared, or may not be read.")
    from_: MergeSide = field("Which of the two stated it.", name="from")


@strawberry.type(description="What a merge would give. Nothing is merged.")
class MergePreview:
    told: strawberry.Private[Preview]
    lists: strawberry.Private[dict[str, Any]]
    possible: bool = field("Whether they can be merged.")
    reasons: list[str] = field("Why they cannot.")
    fields: list[MergedField] = field("Whose statement of each field would hold.")
    touchpoints: int = field("How many touchpoints the one customer would have.")
    orders: int = field("How many orders the one customer would have.")

    @below("What the one customer would be known by.")
    def identities(self, info: Info[Context, None]) -> list[Identity]:
        return self._list(info)

    @below("What would be allowed and forbidden: where the two differ, the stricter.")
    def consents(self, info: Info[Context, None]) -> list[Consent]:
        return self._list(info)

    def _list(self, info: Info[Context, None]) -> list[Any]:
        found: list[Any] = self.lists.get(str(info.path.key), [])
        return found

    @staticmethod
    def of(told: Preview, lists: dict[str, Any]) -> "MergePreview":
        fields = [MergedField(stated=one.field, value=JSON(one.value), from_=one.side) for one in told.fields]
        return MergePreview(
            told=told,
            lists=lists,
            possible=told.survivor is not None,
            reasons=list(told.reasons),
            fields=fields,
            touchpoints=told.touchpoints,
            orders=told.orders,
        )


class _Seen(Exception):
    """Everything was looked at: nothing of it stays."""


@strawberry.type
class MergeQuery:
    @mutation(ADMINS, "What a merge would give, without doing it.")
    async def customer_merge_preview(self, info: Info[Context, None], into: _Into, from_: _From) -> MergePreview:
        named = parse_id(Prefix.CUSTOMER, into, "into"), parse_id(Prefix.CUSTOMER, from_, "from")
        for left in reversed(range(_AGAIN)):
            try:
                return await _previewed(info, *named)
            except (Moved, asyncpg.DeadlockDetectedError):
                if not left:
                    raise
        raise AssertionError


@strawberry.type
class MergeMutation:
    @mutation(
        ADMINS,
        "Joins two customers who are the same: everything of the second becomes the first's, and consents are kept at"
        " the stricter value. Can be undone. Where the second has more than 200,000 touchpoints, orders and lines it is"
        " refused: merge the smaller into the larger.",
    )
    async def customer_merge(self, info: Info[Context, None], into: _Into, from_: _From) -> CustomerPayload:
        async def act(tx: Tx) -> Did:
            named = parse_id(Prefix.CUSTOMER, into, "into"), parse_id(Prefix.CUSTOMER, from_, "from")
            return await merge(tx, *named, occasion=info.context.occasion)

        return CustomerPayload.of(await deed(info.context, "customerMerge", act))

    @mutation(
        ADMINS,
        "Undoes a merge: what was recorded for the second customer, also since, is theirs again. The payload tells of"
        " the first.",
    )
    async def customer_unmerge(self, info: Info[Context, None], customer: _Customer, from_: _Back) -> CustomerPayload:
        async def act(tx: Tx) -> Did:
            named = parse_id(Prefix.CUSTOMER, customer, "customer"), parse_id(Prefix.CUSTOMER, from_, "from")
            return await unmerge(tx, *named, occasion=info.context.occasion)

        return CustomerPayload.of(await deed(info.context, "customerUnmerge", act))


async def _previewed(info: Info[Context, None], into: UUID, from_: UUID) -> MergePreview:
    context = info.context
    told: Preview | None = None
    lists: dict[str, Any] = {}
    try:
        async with Patience(context) as patience, context.db.transaction() as tx:
            patience.begins()
            told = await preview(tx, into, from_, occasion=context.occasion)
            if told.survivor is not None:
                lists = await _lists(tx, info._raw_info, context, told.survivor)
            raise _Seen
    except _Seen:
        pass
    assert told is not None
    return MergePreview.of(told, lists)


async def _lists(tx: Tx, info: GraphQLResolveInfo[Any], context: Context, customer: UUID) -> dict[str, Any]:
    """What is asked of the one customer's identities and consents, as the reader tells it of every customer."""
    asked = Asked(context.occasion)
    selector = Selector(info.schema, fragments_of(info.fragments.values()), info.variable_values, info.operation, asked)
    types = [info.schema.get_type(name) for name in ("MergePreview", "Customer")]
    here, there = (type_ for type_ in types if isinstance(type_, GraphQLObjectType))
    found: list[tuple[str, Field]] = []
    for key, details in selector.below(here, [FieldDetails(node, None) for node in info.field_nodes]).items():
        if details[0].node.name.value in _LISTS:
            found.append((key, selector.field(ENTITIES["Customer"], there, key, details)))
    if not found:
        return {}
    fetch = Fetch("Customer", tuple(found), by_id(asked, ENTITIES["Customer"], Given(customer)))
    outline = STATEMENTS.outline(asked, (("below", Below("node", fetch)),), dearest=DEAREST, alone=True)
    told: dict[str, Any] = orjson.loads(await run(tx, outline.bind(info.variable_values.coerced, context.occasion)))
    return told

"""Segments followed: who enters and who leaves, as it happens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeAlias, cast
from uuid import UUID

import orjson
import strawberry
from strawberry import ID, Info

from domain.database import Tx
from domain.errors import Fault, Refused
from domain.ids import Prefix, parse_id
from domain.query.entity import STAFF
from domain.query.run import run
from domain.segments.changes.following import ChangeFeed, SegmentChanges
from domain.segments.changes.queries import TOLD, Change, is_there
from domain.segments.queries_veiled import are_shown
from schema.context import Context
from schema.fields import subscription
from schema.segment_types import SegmentChange
from schema.subjects import plan_told

_Id: TypeAlias = Annotated[ID, strawberry.argument(description="The segment's id.")]


@strawberry.type
class SegmentSubscription:
    @subscription(
        STAFF,
        "Everybody who enters a segment or leaves it from now on, whatever made it so: each once, after it is kept, in"
        " the order in which it was. Where more than 20,000 do so at once, as after a new rule, it ends with"
        " LIMIT_EXCEEDED: ask for the segment's changes then. Nothing is told of customers who are"
        " erased; nor, to callers that may not read personal data, while a filter for such finds fewer than five.",
    )
    async def segment_changed(self, info: Info[Context, None], id: _Id) -> AsyncGenerator[SegmentChange, None]:
        context = info.context
        segment = await _which(context, id)
        feed = context.changes or ChangeFeed(context.db, SegmentChanges())
        async with aclosing(feed.follow(segment)) as changes:
            async for change in changes:
                async with context.db.connection() as connection:
                    shown = await are_shown(connection, segment, context.principal)
                    told = await _told(connection, info, change) if shown else None
                if told is not None:  # else withheld, or erased meanwhile
                    yield told


async def _which(context: Context, id_: str) -> UUID:
    key = parse_id(Prefix.SEGMENT, id_, "id")
    async with context.db.connection() as connection:
        if not await is_there(connection, key):
            raise Refused(Fault.not_found(f"there is no segment {id_}", "id"))
    return key


async def _told(tx: Tx, info: Info[Context, None], change: Change) -> SegmentChange | None:
    types = ("uuid", "uuid", "boolean", "timestamptz", "text")
    values = dict(zip(Change._fields, zip(types, change, strict=True), strict=True))
    plan = plan_told(info._raw_info, "SegmentChange", TOLD, values, occasion=info.context.occasion)
    answer = orjson.loads(await run(tx, plan))
    return cast("SegmentChange | None", answer)

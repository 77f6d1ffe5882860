"""Touchpoints followed as they are recorded."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID, UNSET, Info

from domain.errors import Fault, Refused
from domain.ids import Prefix, parse_id
from domain.touchpoints.following import RecordedFeed, RecordedTouchpoints
from domain.touchpoints.queries_recorded import may_follow
from domain.vocabulary import Role
from schema.context import Context
from schema.deeds import read
from schema.fields import EVERYONE, subscription
from schema.touchpoints import Touchpoint

_Customer: TypeAlias = Annotated[
    ID | None, strawberry.argument(description="Of this customer; left out: of all that the caller may see.")
]


@strawberry.type
class TouchpointSubscription:
    @subscription(EVERYONE, "Touchpoints as they are recorded, over whatever way: each once, after it is kept.")
    async def touchpoint_recorded(
        self, info: Info[Context, None], customer: _Customer = UNSET
    ) -> AsyncGenerator[Touchpoint, None]:
        context = info.context
        key = await _whom(context, str(customer)) if customer else None
        feed = context.feed or RecordedFeed(context.db, RecordedTouchpoints())
        async with aclosing(feed.follow(key)) as recorded:
            async for id_ in recorded:
                async with context.db.connection() as connection:
                    touchpoint = await read(connection, info, Touchpoint, id_)
                # Not the caller's to see, or taken back meanwhile.
                if touchpoint is not None:
                    yield touchpoint


async def _whom(context: Context, customer: str) -> UUID:
    key, caller = parse_id(Prefix.CUSTOMER, customer, "customer"), context.principal
    async with context.db.connection() as connection:
        known = await may_follow(connection, key, partner=caller.role is Role.PARTNER, source=caller.source)
    if not known:
        raise Refused(Fault.not_found(f"there is no customer {customer}", "customer"))
    return key

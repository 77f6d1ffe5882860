"""Privacy: everything of a person handed over, or everything of a person forgotten."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

import strawberry
from strawberry import ID, Info

from domain import privacy
from domain.audit import Did
from domain.database import Tx
from domain.ids import Prefix, parse_id
from schema.context import Context
from schema.deeds import deed
from schema.fields import ADMINS, mutation
from schema.jobs import JobPayload

_Customer: TypeAlias = Annotated[ID, strawberry.argument(description="The customer, by any of their ids.")]


@strawberry.type
class PrivacyMutation:
    @mutation(ADMINS, "All that is known of the customer, as a file to hand over: a job makes it, and keeps it a week.")
    async def customer_export(self, info: Info[Context, None], customer: _Customer) -> JobPayload:
        async def act(tx: Tx) -> Did:
            named = parse_id(Prefix.CUSTOMER, customer, "customer")
            return await privacy.ask_export(tx, named, occasion=info.context.occasion)

        return await _started(info.context, "customerExport", act)

    @mutation(
        ADMINS,
        "Removes every personal datum, within a minute and for good; figures that name nobody remain. Imports do not"
        " bring the person back.",
    )
    async def customer_erase(self, info: Info[Context, None], customer: _Customer) -> JobPayload:
        async def act(tx: Tx) -> Did:
            named = parse_id(Prefix.CUSTOMER, customer, "customer")
            return await privacy.ask_erasure(tx, named, occasion=info.context.occasion)

        return await _started(info.context, "customerErase", act)


async def _started(context: Context, action: str, act: Callable[[Tx], Awaitable[Did]]) -> JobPayload:
    """The payload, with the job to be woken after the commit."""
    done = await deed(context, action, act)
    if done.key is not None:
        context.deeds.started.append(done.key)
    return JobPayload.of(done)

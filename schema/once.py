"""A request that came with an Idempotency-Key: answered as the first time, or remembered for the next time."""

from typing import Any

from strawberry import Info
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension, SyncExtensionResolver

from domain import idempotency
from domain.database import Tx
from domain.errors import QuestionRefused
from domain.idempotency import Busy, Forgotten, Kept, Mismatch
from schema.context import Context, Writing

MISMATCH = "IDEMPOTENCY_MISMATCH"
BUSY = "IDEMPOTENCY_BUSY"
FORGOTTEN = "ERASED"
DONE = 200

_OTHER = (
    "The Idempotency-Key was used for another request. Send what was sent under it before, or take a new key for a"
    " new request."
)
_GONE = (
    "The request was carried out when it was sent first, and named somebody who was erased since: its answer is gone,"
    " and it is not done again."
)
_AT_WORK = "The same request is being carried out at this moment. Send it again shortly: it is not done twice."


async def taken(tx: Tx, context: Context) -> Kept | None:
    """Takes the request's key, if it came with one; what was answered under it, if it is known already."""
    if context.once is None:
        return None
    try:
        return await idempotency.take(tx, context.once, now=context.now)
    except Mismatch:
        raise QuestionRefused(MISMATCH, _OTHER) from None
    except Forgotten:
        raise QuestionRefused(FORGOTTEN, _GONE) from None
    except Busy:
        raise QuestionRefused(BUSY, _AT_WORK) from None


async def remember(writing: Writing, context: Context, body: bytes) -> None:
    """Keeps the answer in the transaction that it tells of; secrets in it are told once and not kept."""
    if context.once is not None:
        kept = Kept(DONE, idempotency.without(body, writing.secrets))
        await idempotency.keep(writing.tx, context.once, kept, concerned=writing.concerned)


class ToldOnce(FieldExtension):
    """Marks a payload's field as a secret: a replay of the request has null in its place, so it must be nullable."""

    def resolve(self, next_: SyncExtensionResolver, source: Any, info: Info[Context, None], **given: Any) -> Any:
        self._note(info)
        return next_(source, info, **given)

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: Any, info: Info[Context, None], **given: Any
    ) -> Any:
        self._note(info)
        return await next_(source, info, **given)

    def _note(self, info: Info[Context, None]) -> None:
        info.context.deeds.secrets.append(tuple(info.path.as_list()))

"""How a mutation is answered: one domain call in a savepoint, its refusals as data, its payload by the same reader."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson
from strawberry import UNSET, Info

from domain.audit import Did, enter
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.query.run import run
from schema.context import Context
from schema.errors import UserError, user_errors
from schema.subjects import plan_below, plan_subject

T = TypeVar("T")
# Of single rows it is told where they are recorded; this is of months that come together, as when two are merged.
_TOO_MUCH = Fault(ErrorCode.OUT_OF_RANGE, "would make sums of more than 14 integer digits")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a deed: whom it concerned, or why it was refused."""

    key: UUID | None
    errors: list[UserError]


async def deed(context: Context, action: str, act: Callable[[Tx], Awaitable[Did]]) -> Done:
    """Does it in a savepoint of the request's transaction, with its audit entry: what is refused leaves no trace.

    `action` is the mutation's name, such as customerMerge.
    """
    tx = context.deeds.tx
    try:
        async with tx.transaction():
            did = await act(tx)
            await enter(tx, did, action=action, occasion=context.occasion)
            if did.customer is not None:
                context.deeds.concerned.add(did.customer)
            return Done(did.key, [])
    except Refused as refused:
        return Done(None, user_errors(refused.faults))
    except asyncpg.NumericValueOutOfRangeError:
        return Done(None, user_errors([_TOO_MUCH]))


async def read_below(info: Info[Context, None], type_: type[T], key: UUID | None) -> T | None:
    """What is asked of the payload's subject, read in the transaction that changed it."""
    if key is None:
        return None
    writing = info.context.deeds
    plan = plan_subject(info._raw_info, info.context, type_.__name__, key)
    async with writing.turn, writing.tx.transaction():
        return cast("T | None", _object(await run(writing.tx, plan)))


async def read(tx: Tx, info: Info[Context, None], type_: type[T], key: UUID) -> T | None:
    """What is asked below this field of one object, or None where the caller sees no such object."""
    plan = plan_below(info._raw_info, type_.__name__, key, occasion=info.context.occasion)
    return cast("T | None", _object(await run(tx, plan)))


def _object(told: bytes) -> object:
    """As graphql-core reads it on; None where the caller sees no such object."""
    return orjson.loads(told) if told else None


def as_object(value: object, name: str) -> dict[str, Any]:
    """The JSON object that an argument has to be; left out, it is empty."""
    if value is None or value is UNSET:
        return {}
    if not isinstance(value, dict):
        raise Refused(Fault.invalid('must be an object such as {"calibratedUntil": "1997-09-30"}', name))
    return value

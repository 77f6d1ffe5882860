"""How errors are told: what was expected to go wrong by its code, everything else masked and handed on to be logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
import strawberry
from graphql import GraphQLError
from strawberry import ID

from domain.database import NoConnection
from domain.errors import ErrorCode, Fault, QuestionRefused, Refused
from domain.staged import Moved
from schema.fields import field

INVALID = "INVALID"
INTERNAL = "INTERNAL"
TIMEOUT = "TIMEOUT"
UNAVAILABLE = "UNAVAILABLE"
NOT_ALLOWED = "NOT_ALLOWED"
RATE_LIMITED = "RATE_LIMITED"
TOO_COSTLY = "TOO_COSTLY"

_MOST = 20
_TOO_LONG = "The answer took too long. Ask for fewer fields, a shorter page or a narrower filter."
_BUSY = "The database cannot be reached at this moment. Try again shortly."
_BESET = "Others are changing the same records at this moment. Send it again shortly."
_MASKED = "Something went wrong on our side. It has been noted under this request's id."
_SAID_OF = ("is ", "are ", "has ", "may ", "must ", "needs ")
_TIMED_OUT = (TimeoutError, asyncpg.QueryCanceledError)
AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, Moved)
"""Another writer came in between: the same request may well be done when it is sent again."""
_AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)


@dataclass(frozen=True, slots=True)
class Told:
    """Errors as they go out, the first one's code, and what was masked."""

    entries: list[dict[str, Any]]
    code: str
    unexpected: tuple[BaseException, ...] = ()


@strawberry.type(
    description="Why a mutation did not do (all of) what it was asked to. Errors are data: HTTP still says 200."
)
class UserError:
    code: ErrorCode = field("What kind of fault it is.")
    message: str = field("In words, with the remedy.")
    path: list[str] = field('Where in the input, such as ["arguments", "calibratedUntil"].')
    subjects: list[ID] = field("What stands in the way, by id.")


def user_errors(faults: Sequence[Fault]) -> list[UserError]:
    return [
        UserError(
            code=fault.code,
            message=_sentence(fault),
            path=list(fault.path),
            subjects=[ID(subject) for subject in fault.subjects],
        )
        for fault in faults[:_MOST]
    ]


def error(code: str, message: str, path: Sequence[str | int] = ()) -> GraphQLError:
    """Something that was to be expected, with its code."""
    return GraphQLError(message, path=list(path) or None, extensions={"code": code})


def refusal(errors: Sequence[GraphQLError], request_id: str) -> bytes:
    """The body that answers a request of which nothing was carried out: it has no data entry."""
    return orjson.dumps({"errors": tell(errors, request_id).entries})


def tell(errors: Sequence[GraphQLError], request_id: str) -> Told:
    entries, unexpected = [], []
    for wrong in errors[:_MOST]:
        code, message, masked = _classify(wrong)
        entry: dict[str, Any] = {"message": message}
        if wrong.locations:
            entry["locations"] = [{"line": at.line, "column": at.column} for at in wrong.locations]
        if wrong.path is not None:
            entry["path"] = list(wrong.path)
        entries.append(entry | {"extensions": {"code": code, "requestId": request_id} | _where(wrong.original_error)})
        unexpected += masked
    return Told(entries, entries[0]["extensions"]["code"], tuple(unexpected))


def _classify(wrong: GraphQLError) -> tuple[str, str, list[BaseException]]:
    """Code, message, and what has to be logged because it should not have happened."""
    cause = wrong.original_error
    match cause:
        case None:
            return str((wrong.extensions or {}).get("code", INVALID)), wrong.message, []
        case GraphQLError():
            code, _, masked = _classify(cause)
            return code, wrong.message, masked
        case QuestionRefused():
            return cause.code, cause.message, []
        case Refused():
            return str(cause.faults[0].code), _sentence(cause.faults[0]), []
        case NoConnection():
            return UNAVAILABLE, _BUSY, []
    if isinstance(cause, _TIMED_OUT):
        return TIMEOUT, _TOO_LONG, []
    if isinstance(cause, AGAIN):
        return UNAVAILABLE, _BESET, []
    if isinstance(cause, _AWAY):
        return UNAVAILABLE, _BUSY, [cause]
    return INTERNAL, _MASKED, [cause]


def _where(cause: object) -> dict[str, list[str]]:
    """Where in the question it is; `path` itself is only for places in the answer."""
    match cause:
        case QuestionRefused(path=path) if path:
            return {"path": list(path)}
        case Refused(faults=(fault, *_)) if fault.path:
            return {"path": list(fault.path)}
    return {}


def wrap(cause: Exception) -> GraphQLError:
    """Whatever was raised outside a resolver, as graphql-core would have told it."""
    return cause if isinstance(cause, GraphQLError) else GraphQLError(str(cause), original_error=cause)


def _sentence(fault: Fault) -> str:
    """What is said of a field stands after its name; what is a sentence already stands alone."""
    return f"{fault.path[-1]} {fault.message}" if fault.path and fault.message.startswith(_SAID_OF) else fault.message

"""What a request says: its body read within bounds, and the four parameters of GraphQL over HTTP."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from api import strict
from api.answers import Receive, Refusal, Scope
from api.negotiation import is_json
from schema.bulk import BULK

LARGEST_BODY: Final = 1 << 20
LARGEST_BULK: Final = 8 << 20
_BULK: Final = tuple(name.encode() for name in BULK)


class Parameters(NamedTuple):
    """What is to be executed. Extensions are checked and, so far, none is known."""

    query: str
    operation_name: str | None
    variables: dict[str, object] | None
    size: int = 0
    """The bytes of the body."""


class Gone(Exception):
    """The caller went away before the request was complete; nobody is left to answer."""


async def from_body(headers: Mapping[bytes, bytes], receive: Receive) -> Parameters:
    """The parameters of a POST; Refusal says what is wrong with it."""
    if not is_json(headers.get(b"content-type")):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8.")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.")
    body = await _read(headers, receive)
    if not body:
        raise _bad("The body is empty: it must be a JSON object with the key query.")
    if len(body) > LARGEST_BODY and not any(name in body for name in _BULK):
        raise too_large(LARGEST_BODY)  # before it is read any further
    return _parameters(_strict(body, "The body"))._replace(size=len(body))


def from_url(scope: Scope) -> Parameters:
    """The parameters of a GET, where variables and extensions are JSON texts."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("ascii"), errors="strict", max_num_fields=20)
    except (ValueError, UnicodeDecodeError):
        raise _bad("The URL's parameters cannot be read.") from None
    given: dict[str, object] = dict(pairs)
    if len(given) != len(pairs):
        raise _bad("The URL names a parameter twice.")
    for name in ("variables", "extensions"):
        if isinstance(text := given.get(name), str):
            given[name] = _strict(text, f"The parameter {name}")
    return _parameters(given)


def from_message(payload: object) -> Parameters:
    """The parameters of a message on a socket."""
    return _parameters(payload)


async def until_gone(receive: Receive) -> None:
    """Returns when the caller goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > LARGEST_BULK:
        raise too_large(LARGEST_BULK)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) + len(part) > LARGEST_BULK:
            raise too_large(LARGEST_BULK)
        if not more and not body:
            return part  # in one piece, as nearly all are
        body += part
    return bytes(body)


def _parameters(given: object) -> Parameters:
    if type(given) is not dict:
        raise _bad("The body must be a JSON object; batches are not taken.")
    query, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    if type(query) is not str:
        raise _bad("The parameter query must be a string.")
    if name is not None and type(name) is not str:
        raise _bad("The parameter operationName must be a string or null.")
    if variables is not None and type(variables) is not dict:
        raise _bad("The parameter variables must be an object or null.")
    if (extensions := given.get("extensions")) is not None and type(extensions) is not dict:
        raise _bad("The parameter extensions must be an object or null.")
    return Parameters(query, name or None, variables)


def _strict(text: bytes | str, what: str) -> object:
    try:
        return strict.loads(text)
    except strict.NotStrict as error:
        raise _bad(f"{what} {error}.") from None
    except UnicodeEncodeError:
        raise _bad(f"{what} is not UTF-8.") from None


def _bad(message: str) -> Refusal:
    return Refusal(400, "BAD_REQUEST", message)


def too_large(most: int) -> Refusal:
    message = f"The body is larger than {most} bytes, the most that is taken."
    if most < LARGEST_BULK:
        message += f" Mutations that record many rows may have {LARGEST_BULK}."
    return Refusal(413, "TOO_LARGE", message, (b"connection", b"close"))

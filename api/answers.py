"""How answers are told over HTTP: status and headers, and what the door itself refuses."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias

from api.negotiation import Media
from schema.errors import error, refusal
from schema.once import BUSY, FORGOTTEN, MISMATCH

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_OF_DATA: Final[Headers] = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
"""What guards JSON, which no browser shows as a page. Each header has its price: no more here."""
GUARDS: Final[Headers] = [
    *_OF_DATA,
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_OF_MEDIA: Final = {media: [(b"content-type", f"{media.value}; charset=utf-8".encode()), *_OF_DATA] for media in Media}
_STATUS: Final = {"NOT_ALLOWED": 403, "RATE_LIMITED": 429, "TIMEOUT": 503, "UNAVAILABLE": 503, "INTERNAL": 500}
_REPEATED: Final = {BUSY: 409, MISMATCH: 422, FORGOTTEN: 410}
"""About an Idempotency-Key: whatever is accepted, who only looks at the status must not take it for done."""
_AGAIN: Final = (b"retry-after", b"1")


class Refusal(Exception):
    """The door does not open: the status, the code, and a sentence with the remedy."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    def body(self, request_id: str) -> bytes:
        return refusal([error(self.code, self.message)], request_id)


def unauthenticated(*, shown: bool) -> Refusal:
    """401: nothing was shown, or what was shown opens nothing; never whether it is unknown, revoked or expired."""
    challenge = b'Bearer realm="rapport"' + (b', error="invalid_token"' if shown else b"")
    message = "An Authorization header with a key is needed: Authorization: Bearer rap_…"
    if shown:
        message = "The Authorization header opens nothing: it shows no key, or an unknown, revoked or expired one."
    return Refusal(401, "UNAUTHENTICATED", message, (b"www-authenticate", challenge))


def status_of(code: str | None, media: Media) -> int:
    """For a request of which nothing was executed. Clients of plain JSON expect 200 wherever GraphQL was read."""
    if code in _REPEATED:
        return _REPEATED[code]
    status = _STATUS.get(code or "", 400)
    return 200 if media is Media.JSON and status < 500 else status


def status_of_undone(code: str | None) -> int:
    """For a mutation of which nothing is kept: who only looks at the status must not take it for done."""
    status = _STATUS.get(code or "", 200)
    return status if status >= 500 else 200


async def respond(send: Send, status: int, media: Media, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    headers = [*_OF_MEDIA[media], (b"content-length", b"%d" % len(body)), *more]
    if status in (409, 429, 503):
        headers.append(_AGAIN)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

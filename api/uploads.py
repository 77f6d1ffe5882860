"""The body of an import on its way in: taken a piece at a time, as fast as the database takes it, never kept."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Final

from api.answers import Receive, Refusal
from api.requests import Gone
from domain.access import Principal
from domain.transfer import Kind
from domain.transfer.commands_uploads import PIECE
from domain.transfer.reading import starter
from domain.vocabulary import Role

MOST_UPLOADS: Final = 4
"""At once in one process; each holds a connection to the database."""
_ALSO: Final = dict.fromkeys((Kind.CUSTOMERS, Kind.ORDERS, Kind.RETURNS, Kind.TOUCHPOINTS), Role.PARTNER) | {
    Kind.MEMBERS: Role.MARKETER
}
"""Who may send a kind, beside an ADMIN."""
_NDJSON: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq")
_TAKEN: Final = frozenset(
    {*_NDJSON, "application/json", "text/csv", "text/plain", "application/csv", "application/octet-stream"}
    | {"application/gzip", "application/x-gzip", "application/zstd", "application/x-xz", ""}
)
_ENCODINGS: Final = {b"gzip": b"\x1f\x8b", b"x-gzip": b"\x1f\x8b", b"zstd": b"\x28\xb5\x2f\xfd", b"xz": b"\xfd7zXZ\x00"}
_LONGEST_MAGIC: Final = 6
_DRAINED: Final = 1 << 20
_DRAINED_WITHIN: Final = 1.0


def kind_of(path: str) -> Kind:
    """What the address says is sent."""
    name = path.removeprefix("/imports/")
    if name not in set(Kind):
        kinds = ", ".join(f"/imports/{kind}" for kind in Kind)
        raise Refusal(404, "NOT_FOUND", f"There is no import of that name. There are: {kinds}.")
    return Kind(name)


def check_role(principal: Principal, kind: Kind) -> None:
    also = _ALSO.get(kind)
    if principal.role in (Role.ADMIN, also):
        return
    who = f"an ADMIN or a {also}" if also else "an ADMIN"
    raise Refusal(403, "NOT_ALLOWED", f"{kind} are imported by {who}.")


class Body:
    """What is sent. `size` counts what has come; the end is an end only if the sender said so."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._ended = receive, False
        self._hash: hmac.HMAC | None = None
        self._magic: bytes | None = None
        self.size = self.count = 0

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Whether what is said of the body makes sense."""
        said = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        if said not in _TAKEN:
            message = f"A body of this content type is not taken. Send {_NDJSON[0]} or text/csv, compressed or not."
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", message)
        encoding = headers.get(b"content-encoding", b"identity").strip().lower()
        if encoding not in (b"identity", *_ENCODINGS):
            message = "The body must be plain or compressed by gzip, zstd or xz."
            raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", message)
        self._magic = _ENCODINGS.get(encoding)

    def compare(self, secret: bytes) -> None:
        """From now on it is hashed as it comes: it may have been sent before. `secret` is the house's own."""
        self._hash = hmac.new(secret, b"body of an upload", "sha256")

    @property
    def hash(self) -> bytes | None:
        return None if self._hash is None else self._hash.digest()

    async def read_on(self) -> None:
        """To its end, keeping nothing. Raises Gone where the sender leaves before."""
        while not self._ended:
            await self._part()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Of one size each but the last. Raises Gone where the sender leaves before the end."""
        waiting = bytearray()
        while not self._ended:
            waiting += await self._part()
            if self.size == len(waiting) >= _LONGEST_MAGIC or self._ended:
                self._check_start(waiting)
            while len(waiting) >= PIECE:
                self.count += 1
                yield bytes(waiting[:PIECE])
                del waiting[:PIECE]
        if waiting:
            self.count += 1
            yield bytes(waiting)

    async def drain(self) -> None:
        """Reads on for a moment: a sender who does not listen while sending would not hear the answer."""
        size = self.size
        with suppress(Gone, TimeoutError):
            async with asyncio.timeout(_DRAINED_WITHIN):
                while not self._ended and self.size - size < _DRAINED:
                    await self._part()

    async def _part(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._ended = True
            raise Gone
        self._ended = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        self.size += len(part)
        if self._hash is not None:
            self._hash.update(part)
        return part

    def _check_start(self, waiting: bytearray) -> None:
        """What is said to be compressed has to look like it."""
        if self._magic is not None and self.count == 0 and self.size and starter(bytes(waiting[:6])) != self._magic:
            raise Refusal(400, "BAD_REQUEST", "The body does not begin as its Content-Encoding says.")

"""A file on its way out: a piece at a time from the database, so that every web process has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from uuid import UUID

from api.answers import GUARDS, Headers, Refusal, Send
from api.asking import Asking
from domain import files
from domain.database import Database
from domain.errors import ErrorCode, Refused

_RANGE: Final = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]")
_STATUS: Final = {ErrorCode.NOT_FOUND: 404, ErrorCode.NOT_ALLOWED: 403}


class CutOff(Exception):
    """The file went away while it was handed out: the connection is broken off, so that nobody takes it for whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for which file, and how. `head`: only what is said of it."""

    asking: Asking
    path: str
    headers: Mapping[bytes, bytes]
    head: bool


async def hand_out(db: Database, request: Request, send: Send, more: Headers) -> int:
    """The file, or the part of it that is asked for; Refusal says why not."""
    headers = request.headers
    view = await _find(db, request.asking, request.path.removeprefix("/exports/"))
    tag = f'"{view.sha256}"'.encode()
    told = [*more, *GUARDS, (b"etag", tag), (b"accept-ranges", b"bytes")]
    if tag in (each.strip() for each in headers.get(b"if-none-match", b"").split(b",")):
        await send({"type": "http.response.start", "status": 304, "headers": told})
        await send({"type": "http.response.body"})
        return 304
    told += [
        (b"content-type", view.media_type.encode("latin-1", "replace")),
        (b"content-disposition", _name(view.name)),
    ]
    part = _part(headers, tag, view.size)
    start, end = part or (0, view.size)
    if part is not None:
        told.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, view.size)))
    told.append((b"content-length", b"%d" % (end - start)))
    status = 200 if part is None else 206
    await send({"type": "http.response.start", "status": status, "headers": told})
    await _send(db, view.file_id, start, start if request.head else end, send)
    return status


async def _find(db: Database, asking: Asking, name: str) -> files.FileView:
    assert asking.principal is not None
    if not _HEX.fullmatch(name):
        raise Refusal(404, "NOT_FOUND", "There is no such file. Job.files names those that there are.")
    try:
        async with db.connection() as connection:
            view = await files.find(connection, UUID(hex=name), principal=asking.principal, now=asking.now)
    except Refused as refused:
        fault = refused.faults[0]
        raise Refusal(_STATUS[fault.code], fault.code, fault.message) from refused
    if view is None:
        raise Refusal(410, "NOT_FOUND", "The file's time is over: ask for it to be made again.")
    return view


def _part(headers: Mapping[bytes, bytes], tag: bytes, size: int) -> tuple[int, int] | None:
    """From where to before where; None: all of it. Several ranges, and those of another state, are not obeyed."""
    found = _RANGE.fullmatch(headers.get(b"range", b"").strip())
    if not found or found[0] == b"bytes=-" or headers.get(b"if-range", tag) != tag:
        return None
    first, last = found[1], found[2]
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= end:
        message = f"The file has {size} bytes."
        raise Refusal(416, "BAD_REQUEST", message, (b"content-range", b"bytes */%d" % size))
    return start, end


async def _send(db: Database, file_id: UUID, start: int, end: int, send: Send) -> None:
    """No connection is held while the receiver takes its time."""
    while start < end:
        position, at = divmod(start, files.PIECE)
        async with db.connection() as connection:
            piece = await files.piece(connection, file_id, position)
        part = (piece or b"")[at : at + end - start]
        if not part:
            raise CutOff
        start += len(part)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def _name(name: str) -> bytes:
    """A name that no program takes for a path or a header; the true one beside it, for those who can read it."""
    safe = _UNSAFE.sub("_", name).strip(". ")[:100] or "file"
    return f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(name[:200], safe='')}".encode()

"""What the service says of itself: one JSON line an event on standard error, without personal data.

Never in a line: documents, variables, answers, addresses, and the words of exceptions (Postgres puts values into them).
Lines of requests are gathered and written four times a second; whatever is wrong is written at once.
"""

import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from domain.ids import Prefix, to_public

_ROOT: Final = Path(__file__).parents[1]
_FRAMES: Final = 8
_LONGEST_NAME: Final = 48
_MOST_WAITING: Final = 500


def event(name: str, /, **fields: object) -> None:
    """An event of everyday life; written with the next flush."""
    _write(name, fields)


class Line(NamedTuple):
    """One request as it is told. Lines are put together when many are there: one at a time they cost ten times that."""

    at: float
    request_id: str
    door: str
    who: bytes
    what: bytes
    status: int
    code: str | None
    cost: int | None
    seconds: float


_waiting: list[Line] = []


def request(line: Line) -> None:
    """Told with the next flush."""
    _waiting.append(line)
    if len(_waiting) >= _MOST_WAITING:
        _write_waiting()


def _write_waiting() -> None:
    lines = _waiting.copy()
    _waiting.clear()
    sys.stderr.buffer.writelines(map(_put, lines))


def _put(line: Line) -> bytes:
    """By hand: nothing else is written often enough for it."""
    return (
        b'{"at":"%b","event":"request","request":"%b","door":"%b",%b,%b,"status":%d,"code":%b,"cost":%b,'
        b'"seconds":%.6f}\n'
    ) % (
        _told(line.at),
        line.request_id.encode(),
        line.door.encode(),
        line.who,
        line.what,
        line.status,
        b"null" if line.code is None else b'"%b"' % line.code.encode(),
        b"null" if line.cost is None else b"%d" % line.cost,
        line.seconds,
    )


@lru_cache(1000)
def who(role: str | None, key: UUID | None) -> bytes:
    """The part of a request's line that tells who asked."""
    shown = key and to_public(Prefix.API_KEY, key)
    return orjson.dumps({"role": role, "key": shown})[1:-1]


def what(kind: str | None, name: str | None) -> bytes:
    """The part of a request's line that tells what kind of operation it was."""
    return orjson.dumps({"kind": kind, "operation": safe_name(name)})[1:-1]


def trouble(name: str, error: BaseException | None = None, /, **fields: object) -> None:
    """Something that should not have happened, with where it happened; written at once."""
    if error is not None:
        fields |= {"error": type(error).__qualname__, "at_code": where(error)}
        if state := getattr(error, "sqlstate", None):
            fields["sqlstate"] = state
    _write(name, fields)
    flush()


def flush() -> None:
    _write_waiting()
    sys.stderr.buffer.flush()


def where(error: BaseException) -> list[str]:
    """The innermost places of the exception, without its words: file, line, function."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def safe_name(name: str | None) -> str | None:
    """An operation's name if it looks like one that a program bears, not like a number or an address of somebody."""
    if name is None or len(name) > _LONGEST_NAME or sum(letter.isdigit() for letter in name) > 3:
        return None
    return name


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])


def _told(moment: float) -> bytes:
    return b"%b.%03dZ" % (_second(int(moment)), int(moment * 1000) % 1000)


@lru_cache(2)
def _second(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _write(name: str, fields: dict[str, object]) -> None:
    line = orjson.dumps(
        {"at": _told(time.time()).decode(), "event": name, **fields}, option=orjson.OPT_APPEND_NEWLINE, default=str
    )
    sys.stderr.buffer.write(line)


class _Lines(logging.Handler):
    """What libraries log, by the words that stand in their source: never the values that they fill in."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        words = record.msg if isinstance(record.msg, str) else type(record.msg).__qualname__
        trouble("log", error, logger=record.name, level=record.levelname, words=words[:200])


def take_over_logging(level: int = logging.WARNING) -> None:
    """All of Python's logging goes out as our lines from now on."""
    logging.basicConfig(level=level, handlers=[_Lines()], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level)

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


def event(name: str, /, **fields: object) -> None:
    """An event of everyday life; written with the next flush."""
    _write(name, fields)


class Outcome(NamedTuple):
    """What became of a request."""

    status: int
    code: str | None
    cost: int | None
    seconds: float


def request(request_id: str, door: str, who: bytes, what: bytes, outcome: Outcome) -> None:
    """The line of one request: the only one that is written often enough to be put together by hand."""
    status, code, cost, seconds = outcome
    told = b"null" if code is None else b'"%b"' % code.encode(), b"null" if cost is None else b"%d" % cost
    sys.stderr.buffer.write(
        b'{"at":"%b","event":"request","request":"%b","door":"%b",%b,%b,"status":%d,"code":%b,"cost":%b,"seconds":%.6f}\n'
        % (_now(), request_id.encode(), door.encode(), who, what, status, *told, seconds)
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


def _now() -> bytes:
    moment = time.time()
    return b"%b.%03dZ" % (_second(int(moment)), int(moment * 1000) % 1000)


@lru_cache(2)
def _second(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _write(name: str, fields: dict[str, object]) -> None:
    line = orjson.dumps({"at": _now().decode(), "event": name, **fields}, option=orjson.OPT_APPEND_NEWLINE, default=str)
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

"""Logs of the workers: one JSON line an event, without personal data."""

import logging
import sys
from datetime import UTC, datetime

import orjson

_OURS = ("job", "kind", "attempt", "reason", "count", "seconds", "entry", "part", "segment")


class JsonLines(logging.Formatter):
    """Only fields that are named here are told; an exception's message never is."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in _OURS if name in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
        return orjson.dumps(line, default=str).decode()


def write_json_lines() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("arq").setLevel(logging.ERROR)

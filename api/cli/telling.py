"""How commands tell: tables and sentences for people, JSON for scripts, errors with their remedy."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.errors import Refused

FAILED = 1
MISUSED = 2
_PIPED_WIDTH = 240


def beside() -> Console:
    """Where people read what scripts do not."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


_err = beside()


def say(text: str) -> None:
    print(text)


def aside(text: str) -> None:
    """For the person at the terminal, beside what a script reads. What files say may not move the cursor."""
    seen = "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)
    _err.print(seen, markup=False)


def say_json(value: object) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, default=_plain, option=options).decode() + "\n")


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    console.print(table if table.row_count else "none", markup=False)


def say_error(error: BaseException) -> None:
    if isinstance(error, Refused):
        for fault in error.faults:
            where = f"{'.'.join(fault.path)}: " if fault.path else ""
            aside(f"error: {where}{fault.message}")
        return
    aside(f"error: {error}")


def bars(unit: str = "") -> Progress:
    """Progress bars on stderr; none where nobody looks."""
    parts = [TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn()]
    return Progress(*parts, TextColumn(unit), TimeElapsedColumn(), console=_err, transient=False)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _plain(value: Any) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)

"""The journal of erasures, outside the database: without it a backup of yesterday would bring back who left today.

A line a tombstone: its key in hex and when it was set. It names nobody, and may be copied anywhere.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID


class BadJournal(Exception):
    """The file is no journal of erasures; the message says which line is not."""


def append(path: Path, stones: Iterable[UUID], at: datetime) -> None:
    """Adds lines and waits until they are on the disk; called before the erasing is committed."""
    lines = "".join(f"{stone.hex} {at.isoformat()}\n" for stone in stones)
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as opened:
        opened.write(lines)
        opened.flush()
        os.fsync(opened.fileno())


def read(path: Path) -> list[tuple[UUID, datetime]]:
    """Every tombstone with its time; of two of one key, the later. No file, no erasures. Raises BadJournal."""
    if not path.exists():
        return []
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            key, at = line.split()
            found[UUID(hex=key)] = datetime.fromisoformat(at)
        except ValueError as error:
            raise BadJournal(f"{path}, line {number}, is no line of a journal of erasures") from error
    return list(found.items())

"""Long statements live in .sql files beside their Python: several in a file, each under a line `-- name: …`."""

import re
from functools import cache
from pathlib import Path

# Comments at the end of a statement lead on to the next.
_LEADING_ON = re.compile(r"(?:\s*^--.*$)+\s*\Z", re.MULTILINE)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def statements(path: Path) -> dict[str, str]:
    """The statements of a file by name, in the file's order."""
    parts = _NAME.split(path.read_text())
    texts = (_LEADING_ON.sub("", text).strip().removesuffix(";") for text in parts[2::2])
    return dict(zip(parts[1::2], texts, strict=True))


@cache
def part(path: Path, name: str | None = None) -> str:
    """A statement of a file (without a name: all of it) on one line and without comments: to be put into others."""
    text = path.read_text() if name is None else statements(path)[name]
    return " ".join(_COMMENT.sub("", text).split())

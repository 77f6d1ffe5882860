"""Long statements live in .sql files beside their Python: several in a file, each under a line `-- name: …`."""

import re
from functools import cache
from pathlib import Path

# Comments at the end of a statement lead on to the next.
_LEADING_ON = re.compile(r"(?:\s*^--.*$)+\s*\Z", re.MULTILINE)
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def statements(path: Path) -> dict[str, str]:
    """The statements of a file by name, in the file's order."""
    parts = _NAME.split(path.read_text())
    texts = (_LEADING_ON.sub("", text).strip().removesuffix(";") for text in parts[2::2])
    return dict(zip(parts[1::2], texts, strict=True))

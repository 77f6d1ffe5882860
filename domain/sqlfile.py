"""Long statements live in .sql files beside their Python: several in a file, each under a line `-- name: …`."""

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def statements(path: Path) -> dict[str, str]:
    """The statements of a file by name, in the file's order."""
    parts = _NAME.split(path.read_text())
    return {name: text.strip().removesuffix(";") for name, text in zip(parts[1::2], parts[2::2], strict=True)}

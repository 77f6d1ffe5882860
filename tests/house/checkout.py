"""What the house rules look at: the checkout's own files, as git tracks them or will."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = ("api", "schema", "domain", "jobs", "migrations")


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Tracked files and those that git would track, with one of these endings."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
        found = [ROOT / name for name in listed]
    except (OSError, subprocess.CalledProcessError):  # a tarball without git
        found = [path for path in ROOT.rglob("*") if not {".venv", "node_modules"} & set(path.parts)]
    return tuple(sorted(path for path in found if path.is_file() and path.name.endswith(endings)))


def modules(*floors: str) -> tuple[Path, ...]:
    return tuple(path for path in files(".py") if path.relative_to(ROOT).parts[0] in floors)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def told(path: Path) -> str:
    return str(path.relative_to(ROOT))

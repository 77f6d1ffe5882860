"""Where measurements are written: JSON for programs and Markdown for people, with the machine and the commit."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import orjson

FOLDER = Path(__file__).with_name("figures")
_ROOT = Path(__file__).parents[2]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=False).stdout.strip()


def commit() -> str:
    """The commit measured, and whether the tree had changes that are in none."""
    product = ("api", "domain", "schema", "jobs", "migrations")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", *product)
    return f"{_git('rev-parse', 'HEAD')[:12] or 'none'}{' with uncommitted changes' if changed else ''}"


def machine() -> dict[str, object]:
    """What a reader needs to know of where figures come from; nothing that names the machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memoryGiB": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def write(name: str, figures: dict[str, object], table: str) -> Path:
    """`figures/NAME.json` and `figures/NAME.md`; gives the latter's path."""
    FOLDER.mkdir(exist_ok=True)
    about = {"measuredAt": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit(), "machine": machine()}
    told = orjson.dumps({**about, **figures}, option=orjson.OPT_INDENT_2)
    (FOLDER / f"{name}.json").write_bytes(told + b"\n")
    where = ", ".join(f"{label} {value}" for label, value in machine().items())
    page = FOLDER / f"{name}.md"
    page.write_text(f"{table}\n\nMeasured {about['measuredAt']} at commit {about['commit']}; {where}.\n")
    return page

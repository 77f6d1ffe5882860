"""What `rapport up` remembers of the demo beside the data: whether it was loaded, and since when.

An interrupted loading goes on with the same dates, so that what is there already is known again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoState:
    """`began` is the instant that the dates are moved towards (ISO); `done` means that nothing is left to do."""

    database: str
    began: str
    as_recorded: bool
    done: bool


def read(file: Path, database: str) -> DemoState | None:
    """What is remembered of this database; None where nothing is."""
    try:
        state = DemoState(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if state.database == database else None


def write(file: Path, state: DemoState) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state)))
    fresh.chmod(0o600)
    fresh.rename(file)

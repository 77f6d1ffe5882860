"""Databases that hold the population; kept between runs in the system's temporary folder."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.ground import kept
from tests.bench.segments.load import load

_HERE = Path(__file__).parent


def postgres(customers: int) -> AbstractAsyncContextManager[str]:
    """Its URL, with the product's own settings; loading a million customers the first time takes some ten minutes.

    Windows reach back from today, so the population does too: one of last week is loaded again.
    """
    week = datetime.now(UTC).strftime("%G-%V")
    made_of = [_HERE / name for name in ("population.py", "load.py", "load.sql")]
    return kept(
        f"segments-{customers}-{week}",
        made_of,
        lambda url: load(url, customers, datetime.now(UTC) - timedelta(hours=1)),
    )

"""Databases that hold so many customers and ten orders each; kept between runs in the system's temporary folder."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.ground import kept
from tests.bench.scoring.load import load

_HERE = Path(__file__).parent


def postgres(customers: int) -> AbstractAsyncContextManager[str]:
    """Its URL, with the product's own settings; loading a million customers the first time takes some ten minutes."""
    made_of = [_HERE / name for name in ("lives.py", "load.py", "load.sql")]
    return kept(
        f"scoring-{customers}", made_of, lambda url: load(url, customers, datetime.now(UTC) - timedelta(days=1))
    )

"""Databases that hold so many customers and ten orders each; kept between runs in the system's temporary folder."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.up.binaries import postgres_programs
from api.up.child import Child, unprivileged
from api.up.postgres import Postgres
from tests.bench.scoring.load import load
from tests.support.servers import ROOT, migrate

_HERE = Path(__file__).parent


def _version(customers: int) -> str:
    made_of = sorted([*(ROOT / "migrations" / "versions").glob("*.py"), *(ROOT / "migrations" / "sql").glob("*.sql")])
    made_of += [_HERE / name for name in ("lives.py", "load.py", "load.sql")]
    digest = hashlib.sha256()
    for file in made_of:
        digest.update(file.read_bytes())
    return f"{customers}-{digest.hexdigest()[:12]}"


@asynccontextmanager
async def postgres(customers: int) -> AsyncIterator[str]:
    """Its URL, with the product's own settings; loading a million customers the first time takes some ten minutes."""
    folder = Path(tempfile.gettempdir()) / f"rapport-bench-scoring-{_version(customers)}"
    folder.mkdir(mode=0o711, exist_ok=True)
    (folder / "run").mkdir(exist_ok=True)
    account = unprivileged()
    server = Postgres(
        folder / "data", folder / "run", postgres_programs(account), folder / "postgres.log", account=account
    )
    server.prepare()
    child = Child(server.command())
    loaded = folder / "loaded"
    try:
        await server.ready(child)
        await server.make_database()
        if not loaded.exists():
            migrate(server.url(), folder / "migrate.log")
            await load(server.url(), customers, datetime.now(UTC) - timedelta(days=1))
            loaded.touch()
        yield server.url()
    finally:
        child.stop()
        if not loaded.exists():
            shutil.rmtree(folder, ignore_errors=True)

"""What servers are measured on: an embedded Postgres with the product's own settings, and a Valkey.

The loaded database is kept between runs in the system's temporary folder; other rows or migrations make another.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.up.binaries import postgres_programs
from api.up.child import Child, unprivileged
from api.up.postgres import Postgres
from api.up.valkey import Valkey
from tests.bench.loading import load
from tests.support.servers import ROOT, migrate

_HERE = Path(__file__).parent


def _version(scale: float) -> str:
    """Changes with everything that the loaded database is made of."""
    made_of = sorted([*(ROOT / "migrations" / "versions").glob("*.py"), *(ROOT / "migrations" / "sql").glob("*.sql")])
    made_of += [_HERE / name for name in ("population.py", "rows.py", "loading.py", "derive.sql")]
    digest = hashlib.sha256(f"{scale}".encode())
    for file in made_of:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@asynccontextmanager
async def postgres(scale: float) -> AsyncIterator[str]:
    """The URL of a database that holds the population; loading it the first time takes minutes at scale 1."""
    folder = Path(tempfile.gettempdir()) / f"rapport-bench-{_version(scale)}"
    folder.mkdir(mode=0o711, exist_ok=True)
    sockets, log = folder / "run", folder / "postgres.log"
    sockets.mkdir(exist_ok=True)
    account = unprivileged()
    server = Postgres(folder / "data", sockets, postgres_programs(account), log, account=account)
    server.prepare()
    child = Child(server.command())
    try:
        await server.ready(child)
        await server.make_database()
        whole = folder / "loaded"
        if not whole.exists():
            migrate(server.url(), folder / "migrate.log")
            await load(server.url(), scale)
            whole.touch()
        yield server.url()
    except BaseException:
        if not (folder / "loaded").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        child.stop()


@asynccontextmanager
async def valkey() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Valkey(folder / "data", folder / "valkey.sock", folder / "valkey.log", {})
        server.prepare()
        child = Child(server.command())
        try:
            await server.ready(child)
            yield server.url(0)
        finally:
            await asyncio.to_thread(child.stop)

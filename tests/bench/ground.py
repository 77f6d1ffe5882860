"""What servers are measured on: an embedded Postgres with the product's own settings, and a Valkey.

A loaded database is kept between runs in the system's temporary folder, and brought up to date; other rows make
another.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from api.up.binaries import postgres_programs
from api.up.child import Child, unprivileged
from api.up.postgres import Postgres
from api.up.valkey import Valkey
from tests.bench.loading import load
from tests.support.servers import migrate

_HERE = Path(__file__).parent


def postgres(scale: float) -> AbstractAsyncContextManager[str]:
    """The URL of a database that holds the population; loading it the first time takes minutes at scale 1."""
    made_of = [_HERE / name for name in ("population.py", "rows.py", "loading.py", "derive.sql")]
    return kept(f"read-{scale:g}", made_of, lambda url: load(url, scale))


@asynccontextmanager
async def kept(name: str, made_of: Iterable[Path], fill: Callable[[str], Awaitable[None]]) -> AsyncIterator[str]:
    """The URL of a migrated database that was filled, now or by a run before this one; `made_of` says by what."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of))
    folder = Path(tempfile.gettempdir()) / f"rapport-bench-{name}-{digest.hexdigest()[:12]}"
    folder.mkdir(mode=0o711, exist_ok=True)
    sockets, log, whole = folder / "run", folder / "postgres.log", folder / "loaded"
    sockets.mkdir(exist_ok=True)
    account = unprivileged()
    server = Postgres(folder / "data", sockets, postgres_programs(account), log, account=account)
    server.prepare()
    child = Child(server.command())
    try:
        await server.ready(child)
        await server.make_database()
        migrate(server.url(), folder / "migrate.log")
        if not whole.exists():
            await fill(server.url())
            whole.touch()
        yield server.url()
    finally:
        child.stop()
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)


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

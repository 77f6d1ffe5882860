"""Two Postgres servers that wait for the disk, each with a migrated database: ours, and the floor's."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.up.binaries import postgres_programs
from api.up.child import Child, unprivileged
from api.up.postgres import Postgres
from tests.support.servers import migrate


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[str, str]]:
    """Two migrated databases on two servers that wait for the disk."""
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as name:
        children = []
        try:
            urls = []
            for part in ("ours", "floor"):
                child, url = await _server(_folder(Path(name), part))
                children.append(child)
                urls.append(url)
            yield urls[0], urls[1]
        finally:
            for child in children:
                child.stop()


def _folder(parent: Path, part: str) -> Path:
    """A server that runs as another account has to get through to it."""
    parent.chmod(0o711)
    folder = parent / part
    folder.mkdir(mode=0o711)
    (folder / "run").mkdir()
    return folder


async def _server(folder: Path) -> tuple[Child, str]:
    account = unprivileged()
    server = Postgres(folder / "data", folder / "run", postgres_programs(account), folder / "log", account=account)
    server.prepare()
    child = Child(server.command())
    await server.ready(child)
    await server.make_database()
    migrate(server.url(), folder / "migrate.log")
    return child, server.url()

"""`python -m tests.bench.imports`: the import's share of the floor, on Online Retail and on generated orders."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api.up.binaries import postgres_programs
from api.up.child import Child, unprivileged
from api.up.postgres import Postgres
from tests.bench import figures
from tests.bench.imports import generated
from tests.bench.imports.measure import Comparison, compare
from tests.support import online_retail
from tests.support.servers import ROOT, migrate

SHARED = Path(os.environ.get("RAPPORT_SHARED", ROOT.parent / "shared")) / "data"
LEAST = 0.33


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


async def main() -> None:
    files = {"generated": (generated.products(), generated.orders(100_000))}
    if SHARED.is_dir():
        retail = online_retail.orders_ndjson(online_retail.invoices(SHARED))
        files["Online Retail"] = (online_retail.products(SHARED), retail)
    found = {}
    for name, (products, orders) in files.items():
        async with servers() as (ours, floor):
            found[name] = await compare(ours, floor, products, orders)
        print(name, _told(found[name]), flush=True)  # noqa: T201
    table = "| file | rows | share of the floor |\n|---|---|---|\n"
    table += "\n".join(f"| {name} | {one.rows:,} | {one.ratio:.2f} |" for name, one in found.items())
    figures.write("imports", {name: _told(one) for name, one in found.items()}, table)


def _told(one: Comparison) -> dict[str, object]:
    rounded = {"ours": [round(each, 2) for each in one.ours], "floor": [round(each, 2) for each in one.floor]}
    return {"rows": one.rows, "ratio": round(one.ratio, 3), "seconds": rounded, "least": LEAST}


if __name__ == "__main__":
    asyncio.run(main())

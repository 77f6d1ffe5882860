"""`python -m tests.bench.imports`: the import's share of the floor, on Online Retail and on generated orders."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.bench import figures
from tests.bench.imports import generated, streamed
from tests.bench.imports.ground import servers
from tests.bench.imports.measure import Comparison, compare
from tests.support import online_retail
from tests.support.servers import ROOT

SHARED = Path(os.environ.get("RAPPORT_SHARED", ROOT.parent / "shared")) / "data"
LEAST = 0.33


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
    await streamed.main()
    figures.write("imports", {name: _told(one) for name, one in found.items()}, table)


def _told(one: Comparison) -> dict[str, object]:
    rounded = {"ours": [round(each, 2) for each in one.ours], "floor": [round(each, 2) for each in one.floor]}
    return {"rows": one.rows, "ratio": round(one.ratio, 3), "seconds": rounded, "least": LEAST}


if __name__ == "__main__":
    asyncio.run(main())

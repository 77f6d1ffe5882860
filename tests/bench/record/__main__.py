"""`python -m tests.bench.record`: recording at once as a share of hand-written statements, in bulk and one by one."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from api.up.child import Child, Command
from domain.database import connect
from domain.vocabulary import Role
from tests.bench import figures, ground
from tests.bench.imports.ground import servers
from tests.bench.read.servers import SECRET, make_key
from tests.bench.record import calls
from tests.bench.record.measure import Client, Timed, bulk, single
from tests.support.servers import ROOT
from tests.support.upstart import RAPPORT, free_port
from tests.support.waiting import soon

SIZE, LEAST, MOST = 500, 0.4, 4.0


@asynccontextmanager
async def web(database_url: str, redis_url: str, folder: Path) -> AsyncIterator[int]:
    """Our server as `rapport serve` runs it; its port."""
    port = free_port()
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPORT_SECRET": SECRET}
    command = (*RAPPORT, "serve", "--port", str(port))
    child = Child(Command("serve", command, log=folder / "serve.log", env=environment | {"PYTHONPATH": str(ROOT)}))
    try:
        if not soon(lambda: b"200" in status(port), 60):
            raise AssertionError((folder / "serve.log").read_text())
        yield port
    finally:
        child.stop()


def status(port: int) -> bytes:
    """The first line of what `/readyz` answers; nothing while nobody listens."""
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return str(line.getresponse().status).encode()
    except OSError:
        return b""
    finally:
        line.close()


async def bench(options: argparse.Namespace) -> dict[str, Timed]:
    async with AsyncExitStack() as stack:
        ours, floor = await stack.enter_async_context(servers())
        redis = await stack.enter_async_context(ground.valkey())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        known = calls.everybody()
        # The floor begins with the very customers that ours knows: its server is filled over HTTP too, then left alone.
        for url in (floor, ours):
            key = await make_key(url, Role.ADMIN)
            async with web(url, redis, folder) as port:
                client = Client(port, key)
                for at in range(0, len(known), 1_000):
                    client.record(calls.STRAIGHT, known[at : at + 1_000])
        for url in (floor, ours):
            connection = await connect(url)
            await connection.execute("VACUUM ANALYZE")
            await connection.close()
        port = await stack.enter_async_context(web(ours, redis, folder))
        client, bare = Client(port, key), await connect(floor)
        try:
            return {
                "bulk": await bulk(client, bare, rounds=options.rounds, size=SIZE, turns=options.calls),
                "single": await single(client, bare, rounds=options.rounds, turns=options.calls * 20),
            }
        finally:
            await bare.close()


def told(found: dict[str, Timed], options: argparse.Namespace) -> dict[str, object]:
    many, one = found["bulk"], found["single"]
    a_row = 1_000_000 / (SIZE * options.calls)
    a_call = 1_000_000 / (options.calls * 20)
    return {
        "bulk": {
            "share": round(many.share(), 3),
            "standardShare": round(median(many.floor) / median(many.standard), 3),
            "microsecondsARow": {
                "ours": round(median(many.ours) * a_row),
                "floor": round(median(many.floor) * a_row),
                "standard": round(median(many.standard) * a_row),
            },
            "least": LEAST,
        },
        "single": {
            "times": round(one.times(), 2),
            "microsecondsACall": {"ours": round(median(one.ours) * a_call), "floor": round(median(one.floor) * a_call)},
            "most": MOST,
        },
    }


def table(found: dict[str, Timed]) -> str:
    many, one = found["bulk"], found["single"]
    standard = median(many.floor) / median(many.standard)
    return "\n".join(
        (
            "| what | against hand-written statements | asked |",
            "|---|---|---|",
            f"| touchpointsRecord, {SIZE} rows a call, the straight way in | {many.share():.2f} of their speed | .4 |",
            f"| the same, the standard way | {standard:.2f} of their speed | |",
            f"| touchpointRecord, with an Idempotency-Key | {one.times():.1f} times their time | 4 |",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=10, help="of 500 rows a round; twenty times as many of one")
    options = parser.parse_args()
    found = asyncio.run(bench(options))
    figures.write("record", told(found, options), table(found))
    sys.stdout.write(table(found) + "\n")


if __name__ == "__main__":
    main()

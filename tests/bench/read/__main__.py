"""`python -m tests.bench.read`: asks every server the five questions, interleaved, and writes the ratios.

Answers are compared before anything is timed. The exit code tells whether the ratios are what must-show 4 asks.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench import figures, ground
from tests.bench.read import compare, load
from tests.bench.read.questions import Question, all_questions
from tests.bench.read.report import Run, Told, missed, table, told
from tests.bench.read.servers import Server, backends, make_key, peer_is_here, prepare_peer, processor_seconds, servers

_COMPARED = 24


async def same_answers(server: dict[str, Server], question: Question, requests: dict[str, list[bytes]]) -> None:
    """Raises where servers answer differently; every server is warmed up by it as well."""
    for place in range(min(_COMPARED, len(question.ours))):
        said = {name: await load.once(one.port, requests[name][place]) for name, one in server.items()}
        ours = compare.data(said["ours"])
        if ours != compare.data(said["floor"]):
            raise AssertionError(f"{question.name} {place}: ours {said['ours']!r} floor {said['floor']!r}")
        if "peer" in said and compare.plain(ours) != compare.plain(compare.data(said["peer"])):
            raise AssertionError(f"{question.name} {place}: ours {said['ours']!r} peer {said['peer']!r}")


async def measured(server: Server, requests: list[bytes], seconds: float, url: str) -> Run:
    """One server under load, and what it and Postgres spent on it."""
    pids = await backends(url)
    before = processor_seconds([server.child.pid]), processor_seconds(pids)
    run = await load.run(server.port, requests, seconds)
    if run.wrong:
        raise AssertionError(f"{server.name}: {len(run.wrong)} wrong answers, the first {run.wrong[0]!r}")
    after = processor_seconds([server.child.pid]), processor_seconds(pids)
    return Run(run, server_seconds=after[0] - before[0], postgres_seconds=after[1] - before[1])


async def bench(options: argparse.Namespace) -> Told:
    peer = not options.without_peer
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(ground.postgres(options.scale))
        redis = await stack.enter_async_context(ground.valkey())
        if peer:
            await prepare_peer(url)
        key = await make_key(url)
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(servers(url, redis, logs, peer=peer))
        runs: Told = {}
        chosen = [one for one in await all_questions(url) if not options.only or one.name in options.only]
        for question in chosen:
            requests = {
                name: load.as_requests(getattr(question, name), one.port, key if name == "ours" else None)
                for name, one in running.items()
            }
            await same_answers(running, question, requests)
            sys.stderr.write(f"{question.name}: the same answers\n")
            for name, one in running.items():
                await load.run(one.port, requests[name], 1.0)
            names = list(running)
            for turn in range(options.rounds):
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    run = await measured(running[name], requests[name], options.seconds, url)
                    runs.setdefault(question.name, {}).setdefault(name, []).append(run)
        return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the population; figures are kept only at 1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each server, question and round")
    parser.add_argument("--only", nargs="*", help="these questions alone; figures are not kept then")
    parser.add_argument("--without-peer", action="store_true", help="figures are not kept then")
    options = parser.parse_args()
    if not options.without_peer and not peer_is_here():
        parser.error("PostGraphile is not here: run `make bench-peers` once, or add --without-peer")
    runs = asyncio.run(bench(options))
    said = told(runs)
    sys.stdout.write(table(said) + "\n")
    if options.scale == 1 and not options.only and not options.without_peer:
        sys.stderr.write(f"written to {figures.write('read', said, table(said))}\n")
        if short := missed(said):
            sys.exit("not reached: " + "; ".join(short))


if __name__ == "__main__":
    main()

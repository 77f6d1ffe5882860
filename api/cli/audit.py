"""`rapport audit`: whether the log of what was done is still what it was."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from api.cli.reach import DATA_DIR, AsJson, DataDir, deployment
from api.cli.telling import FAILED, aside, bars, say, say_json
from domain.audit.queries import count_links
from domain.audit.verifying import Broken, Head, Verdict, verify
from domain.database import connect
from domain.deployment import Misconfigured

app = typer.Typer(no_args_is_help=True, help="The log of what was done.")

_PATIENCE = 3600
_MOST_TOLD = 100


@app.callback()
def audit() -> None:
    """The log of what was done."""


@app.command("verify")
def verify_(
    heads: Annotated[
        bool, typer.Option("--heads", help="Print the end of every chain, for a witness outside to keep.")
    ] = False,
    witness: Annotated[
        Path | None, typer.Option(help="A file of heads printed earlier: nothing up to there may have changed since.")
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Compute every chain anew. Exit code 1 where an entry was changed, removed, inserted or moved."""
    seen = _read(witness) if witness else {}
    verdict = asyncio.run(_verify(deployment(data_dir).database_url, seen))
    if json:
        say_json(_told(verdict))
    else:
        _say(verdict, heads=heads)
    if not verdict.whole:
        raise typer.Exit(FAILED)


async def _verify(url: str, witness: dict[int, Head]) -> Verdict:
    connection = await connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}s'")
            with bars("entries") as progress:
                task = progress.add_task("audit", total=await count_links(connection))
                return await verify(
                    connection,
                    now=datetime.now(UTC),
                    witness=witness,
                    progress=lambda done: progress.update(task, completed=done) if done % 1000 == 0 else None,
                )
    finally:
        await connection.close()


def _say(verdict: Verdict, *, heads: bool) -> None:
    if heads:
        for bucket, head in sorted(verdict.heads.items()):
            say(f"{bucket} {head.position} {head.chained}")
    for broken in verdict.broken[:_MOST_TOLD]:
        say(f"BROKEN {_place(broken)}: {broken.what}")
    if len(verdict.broken) > _MOST_TOLD:
        say(f"… and {len(verdict.broken) - _MOST_TOLD} more")
    found = f"{verdict.sealed:,} entries in {len(verdict.heads)} chains, {verdict.waiting:,} wait for their seal"
    aside(f"{'whole' if verdict.whole else 'NOT WHOLE'}: {found}")


def _place(broken: Broken) -> str:
    place = f"chain {broken.bucket}" + (f", position {broken.position}" if broken.position is not None else "")
    return f"{place}, entry {broken.entry}" if broken.entry else place


def _told(verdict: Verdict) -> dict[str, object]:
    return {
        "whole": verdict.whole,
        "sealed": verdict.sealed,
        "waiting": verdict.waiting,
        "heads": [{"bucket": bucket, **_head(head)} for bucket, head in sorted(verdict.heads.items())],
        "broken": verdict.broken,
    }


def _head(head: Head) -> dict[str, object]:
    return {"position": head.position, "chained": head.chained}


def _read(witness: Path) -> dict[int, Head]:
    """Heads as --heads prints them, or as they stand in the JSON."""
    try:
        text = witness.read_text()
        if text.lstrip().startswith("{"):
            rows = [[head["bucket"], head["position"], head["chained"]] for head in orjson.loads(text)["heads"]]
        else:
            rows = [line.split() for line in text.splitlines() if line.strip()]
        return {int(bucket): Head(int(position), str(chained)) for bucket, position, chained in rows}
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured(f"{witness} holds no heads: it must be what --heads or --json printed") from error

"""`rapport import`: files of products, customers, orders, returns, touchpoints and members of lists into the house."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

import typer

from api.cli.reach import DATA_DIR, AsJson, DataDir, deployment
from api.cli.telling import aside, bars, say, say_json
from domain.database import Database
from domain.deployment import Label
from domain.errors import Fault, Refused
from domain.transfer import Kind, Progress, Summary, import_records


def import_file(
    kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
    file: Annotated[str, typer.Argument(help="NDJSON or CSV, plain or gz, xz, zst; - reads stdin.", metavar="FILE")],
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused lines go, with field and reason [FILE.rejects.ndjson].")
    ] = None,
    json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Record a file. Sent again, nothing doubles.

    Exit code 0: all recorded. 1: some lines were refused, the good ones are recorded. 2: nothing was recorded.
    """
    place = rejects or Path("stdin.rejects.ndjson" if file == "-" else f"{file}.rejects.ndjson")
    stream, size = opened(file)
    with stream, place.open("w", encoding="utf-8") as refused:
        summary = asyncio.run(_run(kind, stream, size, refused, data_dir))
    if not summary.rejected and not summary.rows_rejected:
        place.unlink()
    _tell(summary, place, json=json)
    raise typer.Exit(summary.exit_code)


def opened(file: str) -> tuple[BinaryIO, int | None]:
    """The file or stdin, with its size where it has one. Raises Refused."""
    if file == "-":
        return sys.stdin.buffer, None
    path = Path(file)
    try:
        return path.open("rb"), path.stat().st_size
    except OSError as error:
        raise Refused(Fault.invalid(f"cannot be read: {error.strerror}", file)) from error


async def _run(kind: Kind, stream: BinaryIO, size: int | None, refused: TextIO, data_dir: DataDir) -> Summary:
    chosen = deployment(data_dir)
    database = Database(chosen.database_url, size=2)
    with bars("bytes") as progress:
        reading = progress.add_task(f"{kind}: reading", total=size)
        recording = progress.add_task(f"{kind}: recording", total=None)

        def told(now: Progress) -> None:
            progress.update(reading, completed=now.bytes_read)
            progress.update(recording, completed=now.rows_recorded, total=now.rows_read or None)

        try:
            return await import_records(
                database,
                kind,
                stream,
                claims=chosen.secret.key(Label.CLAIMS),
                tombstones=chosen.secret.key(Label.TOMBSTONES),
                now=datetime.now(UTC),
                rejects=refused,
                progress=told,
            )
        finally:
            await database.close()


def _tell(summary: Summary, place: Path, *, json: bool) -> None:
    counts = {"created": summary.created, "updated": summary.updated, "duplicates": summary.duplicates}
    if json:
        rows = {"rejected": summary.rejected, "rows": summary.rows, "rowsRejected": summary.rows_rejected}
        say_json({**counts, **rows, "reasons": summary.reasons})
        return
    say(", ".join(f"{count:,} {name}" for name, count in counts.items()) + f", {summary.rejected:,} rejected")
    for reason, count in sorted(summary.reasons.items(), key=lambda pair: -pair[1]):
        say(f"  {count:,} rows: {reason}")
    if summary.rejected or summary.rows_rejected:
        aside(f"Refused lines are in {place}, with field and reason.")

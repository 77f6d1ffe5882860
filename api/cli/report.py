"""`rapport report`: a page for people who look, written to a folder."""

import asyncio
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from api.cli.reach import DATA_DIR, DataDir, deployment
from api.cli.telling import bars, say
from api.migrating import head
from domain.checkup import revision
from domain.database import Tx, connect
from domain.deployment import Misconfigured
from domain.errors import Fault, Refused

if TYPE_CHECKING:  # what draws is imported by who draws: it takes a second
    from domain import reports

_NAME = "index.html"
_MARKED_WITHIN = 1_000


def report(
    folder: Annotated[
        Path, typer.Argument(help="The folder to write index.html to; it is made where it is not there.", metavar="DIR")
    ],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write a page with pictures of what customers are worth, how they behave and how far the model can be trusted.

    One file that needs no network and opens from the disk. No customer is named in it.
    """
    from domain import reports

    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    chosen = deployment(data_dir)
    file = _place(folder)
    with bars() as progress:
        portrait = asyncio.run(_read(chosen.database_url, progress))
        drawing = progress.add_task("drawing", total=2)
        held = reports.held_against(portrait)
        progress.update(drawing, completed=1)
        text = reports.page(portrait, held)
        progress.update(drawing, completed=2)
    replaced = file.exists()
    _write(file, text)
    say(f"{file}: {len(text.encode()):,} bytes, as of {portrait.today}" + (", in place of the one before" * replaced))


def _place(folder: Path) -> Path:
    """Where to write, before any work is done for it. Raises Refused for what a page may not be put into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(Fault.invalid("is a file, or lies in one: name a folder", str(folder))) from error
    except OSError as error:
        raise Refused(Fault.invalid(f"cannot be made: {error.strerror}", str(folder))) from error
    file = folder / _NAME
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(Fault.invalid("may not be written to: name another folder", str(folder)))
    if file.is_symlink() or (file.exists() and not _is_ours(file)):
        raise Refused(Fault.invalid("is there already and is no report of Rapport: name another folder", str(file)))
    return file


def _is_ours(file: Path) -> bool:
    from domain import reports

    try:
        with file.open(encoding="utf-8") as opened:
            return reports.MARK in opened.read(_MARKED_WITHIN)
    except (OSError, UnicodeDecodeError):
        return False


async def _read(url: str, progress: Progress) -> "reports.Portrait":
    from domain import reports

    reading = progress.add_task("reading", total=None)
    connection = await connect(url)
    try:
        await _check(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = await reports.read_portrait(
                connection,
                now=datetime.now(UTC),
                progress=lambda done, of, what: progress.update(
                    reading, completed=done, total=of, description=f"reading {what}"
                ),
            )
        progress.update(reading, description="reading", completed=1, total=1)
        return found
    finally:
        await connection.close()


async def _check(connection: Tx) -> None:
    at = await revision(connection)
    if at != head():
        found = f"is at {at}" if at else "holds no Rapport yet"
        raise Misconfigured(f"the database {found}, this report reads {head()}: run `rapport migrate`")


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    partial = file.with_name(f".{_NAME}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, file)
    except OSError as error:
        raise Refused(Fault.invalid(f"cannot be written: {error.strerror}", str(file))) from error
    finally:
        partial.unlink(missing_ok=True)

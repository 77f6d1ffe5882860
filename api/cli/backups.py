"""`rapport backup` and `rapport restore`: everything in one file, the deployment's secret with it."""

import asyncio
import os
from dataclasses import replace as replaced
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zipfile import BadZipFile, ZipFile

import typer

from api.cli.reach import DATA_DIR, DataDir, deployment
from api.cli.telling import aside, bars, say
from api.migrating import head, migrate, revision
from domain import backup as backups
from domain.database import connect
from domain.deployment import Deployment, Label, Misconfigured, Secret
from domain.privacy import journal
from domain.privacy.commands_erasing import erase_again

_PATIENCE = 3600


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not be there yet.")], data_dir: DataDir = DATA_DIR
) -> None:
    """Write the whole database and its secret to one file, while everything goes on running."""
    chosen = deployment(data_dir)
    partial = file.with_name(f".{file.name}.part")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        try:
            with ZipFile(opened, "w") as archive:
                manifest = asyncio.run(_write(chosen, archive))
            os.link(partial, file)
        except FileExistsError as error:
            raise Misconfigured(f"{file} is there already: name another file") from error
        finally:
            partial.unlink()
    rows = sum(table.rows for table in manifest.tables)
    say(f"{file}: {rows:,} rows of {len(manifest.tables)} tables as of {manifest.made_at}")
    aside("It holds personal data and the deployment's secret: keep it as safe as both.")


async def _write(chosen: Deployment, archive: ZipFile) -> backups.Manifest:
    connection = await connect(chosen.database_url)
    with bars("bytes") as progress:
        task = progress.add_task("backup", total=None)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}s'")
                return await backups.write_tables(
                    connection,
                    archive,
                    secret=chosen.secret,
                    now=datetime.now(UTC),
                    progress=lambda table, size: progress.update(task, description=table, advance=size),
                )
        finally:
            await connection.close()


def restore(
    file: Annotated[Path, typer.Argument(help="What `rapport backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the database holds now.")] = False,
    erasures: Annotated[
        Path | None, typer.Option("--erasures", help="The journal of erasures; left out: the deployment's own.")
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Put a backup into an empty database (or, with --replace, in the place of what is there)."""
    try:
        archive = ZipFile(file)
    except (OSError, BadZipFile) as error:
        raise backups.BadBackup(f"{file} cannot be read as a backup: {error}") from error
    with archive:
        manifest = backups.read_manifest(archive)
        chosen, kept = _with_its_secret(archive, manifest, data_dir)
        if asyncio.run(revision(chosen.database_url)) is None:
            migrate(chosen.database_url, manifest.revision)
        asyncio.run(_load(chosen, archive, manifest, replace))
    migrate(chosen.database_url)
    gone = _erase_again(chosen, erasures)
    say(f"restored {sum(table.rows for table in manifest.tables):,} rows as of {manifest.made_at}; at {head()}")
    if gone:
        say(f"erased again, because they were erased after the backup: {gone}")
    if kept:
        kept.write_text(chosen.secret.value.hex() + "\n")
        aside(f"{kept} now holds the backup's secret: stop `rapport up` and start it again")


def _with_its_secret(archive: ZipFile, manifest: backups.Manifest, data_dir: Path) -> tuple[Deployment, Path | None]:
    """Claims and cursors of the data were made under its secret, so the deployment must have that very one.

    The file beside an embedded deployment's data can be changed, and is what comes second; the environment cannot.
    """
    theirs = Secret.parse(archive.read(backups.SECRET).decode())
    chosen = deployment(data_dir)
    if chosen.secret.fingerprint == manifest.secret_fingerprint:
        return chosen, None
    if {"RAPPORT_SECRET", "DATABASE_URL"} & set(os.environ):
        raise Misconfigured("RAPPORT_SECRET is not the backup's: set it to the text of the entry `secret` in the file")
    adopted = replaced(chosen, secret=theirs)
    return adopted, data_dir.resolve() / "secret"


async def _load(chosen: Deployment, archive: ZipFile, manifest: backups.Manifest, replace: bool) -> None:
    connection = await connect(chosen.database_url)
    with bars("bytes") as progress:
        task = progress.add_task("restore", total=sum(table.bytes for table in manifest.tables))
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}s'")
                if not replace and not await backups.is_empty(connection):
                    raise backups.BadBackup("the database is not empty: use an empty one, or say --replace")
                await backups.restore_tables(
                    connection,
                    archive,
                    manifest,
                    progress=lambda table, size: progress.update(task, description=table, advance=size),
                )
            await connection.execute("ANALYZE")
        finally:
            await connection.close()


def _erase_again(chosen: Deployment, named: Path | None) -> int:
    """Who was erased since the backup was made stays erased; the customers that were erased now."""
    path = named or chosen.erasures
    if named is not None and not named.exists():
        raise Misconfigured(f"there is no journal of erasures at {named}")
    if path is None:
        aside("No journal of erasures is known (RAPPORT_ERASURES, --erasures): who was erased since is here again.")
        return 0
    return asyncio.run(_apply(chosen, journal.read(path)))


async def _apply(chosen: Deployment, stones: list[tuple[UUID, datetime]]) -> int:
    connection = await connect(chosen.database_url)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}s'")
            return await erase_again(connection, stones, key=chosen.secret.key(Label.TOMBSTONES))
    finally:
        await connection.close()

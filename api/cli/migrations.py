"""`rapport migrate` and `rapport schema`: the database's shape and the API's."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.reach import DATA_DIR, DataDir, deployment, in_transaction
from api.cli.telling import say
from api.migrating import head, revision
from domain import access
from domain.database import Tx
from domain.deployment import Deployment


def migrate(
    service_role: Annotated[
        str | None,
        typer.Option(
            help="A role of the database for web and worker: granted what they need, and no way to rewrite the audit"
            " log. Once given, every later migration keeps it up.",
            metavar="NAME",
        ),
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Bring the database to the newest revision; nothing happens where it is there already."""
    from api.migrating import migrate as run

    chosen = deployment(data_dir)
    before = asyncio.run(revision(chosen.database_url))
    run(chosen.database_url)
    granted = in_transaction(data_dir, lambda tx: _settle(tx, chosen, service_role))
    say(f"at {head()} already" if before == head() else f"from {before or 'nothing'} to {head()}")
    if granted:
        say(f"{granted} may do what the service needs: give web and worker a DATABASE_URL with it")


async def _settle(tx: Tx, chosen: Deployment, asked: str | None) -> str | None:
    """What follows every migration: the secret's fingerprint, and the rights of the service's role."""
    await access.settle_secret(tx, chosen.secret, now=datetime.now(UTC))
    role = asked or await access.service_role(tx)
    if role is not None:
        await access.grant_service(tx, role)
    return role


def schema() -> None:
    """Print the GraphQL schema (SDL) of this version."""
    from schema.root import print_sdl

    say(print_sdl().rstrip("\n"))

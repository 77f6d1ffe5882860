"""`rapport migrate` and `rapport schema`: the database's shape and the API's."""

import asyncio
from datetime import UTC, datetime

from api.cli.reach import DATA_DIR, DataDir, deployment, in_transaction
from api.cli.telling import say
from api.migrating import head, revision
from domain import access


def migrate(data_dir: DataDir = DATA_DIR) -> None:
    """Bring the database to the newest revision; nothing happens where it is there already."""
    from api.migrating import migrate as run

    chosen = deployment(data_dir)
    before = asyncio.run(revision(chosen.database_url))
    run(chosen.database_url)
    in_transaction(data_dir, lambda tx: access.settle_secret(tx, chosen.secret, now=datetime.now(UTC)))
    say(f"at {head()} already" if before == head() else f"from {before or 'nothing'} to {head()}")


def schema() -> None:
    """Print the GraphQL schema (SDL) of this version."""
    from schema.root import print_sdl

    say(print_sdl().rstrip("\n"))

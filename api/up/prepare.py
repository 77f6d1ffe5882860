"""The step before web and worker: `python -m api.up.prepare KEYFILE` migrates and makes the administrator's key.

A process of its own, because the supervisor stays small and later starts need nothing of this.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from api.migrating import migrate
from api.up.place import keep_private
from domain import access
from domain.database import Database
from domain.deployment import Deployment, Misconfigured
from domain.vocabulary import Role


async def _settle(deployment: Deployment, *, wants_key: bool) -> str | None:
    """Leave the secret's fingerprint, and make a key where one is wanted: its text."""
    database, now = Database(deployment.database_url, size=1), datetime.now(UTC)
    async with database.transaction() as tx:
        await access.settle_secret(tx, deployment.secret, now=now)
        made = None
        if wants_key:
            request = access.KeyRequest(name="the administrator of `rapport up`", role=Role.ADMIN)
            made = await access.create_key(tx, request, now=now)
    await database.close()
    return made.token if made else None


def main() -> None:
    try:
        deployment = Deployment.from_environment(os.environ)
        migrate(deployment.database_url)
        key_file = Path(sys.argv[1])
        if token := asyncio.run(_settle(deployment, wants_key=not key_file.exists())):
            keep_private(key_file, token)  # after the commit: a key that stands in the file opens
    except Misconfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

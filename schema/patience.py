"""How long a statement may take, by who asks."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self

from domain.vocabulary import Role
from schema.context import Context

PATIENCE: Mapping[Role, timedelta] = {
    Role.PARTNER: timedelta(seconds=5),
    Role.ANALYST: timedelta(seconds=10),
    Role.MARKETER: timedelta(seconds=10),
    Role.ADMIN: timedelta(seconds=25),
}


class Patience:
    """A time-out that stands around the connection, so that the statement is cancelled before the connection is given
    back, and that begins once there is one: waiting for it has a limit of its own.
    """

    def __init__(self, context: Context) -> None:
        self._seconds = PATIENCE[context.principal.role].total_seconds()
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._limit.__aexit__(*raised)

    def begins(self) -> None:
        self._limit.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def ends(self) -> None:
        """What was done is committed, however long that takes."""
        self._limit.reschedule(None)

"""How long a statement may take, by who asks."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Self

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
    back, and that begins once there is one: waiting for it has a limit of its own. Like asyncio.timeout, at half of
    what that costs a small question.
    """

    __slots__ = ("_cancelling", "_over", "_seconds", "_task", "_timer")

    def __init__(self, context: Context) -> None:
        self._seconds = PATIENCE[context.principal.role].total_seconds()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, raised: BaseException | None, _: object) -> None:
        self.ends()
        # Somebody else may have cancelled us too: then it stays a cancellation.
        if self._over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from raised

    def begins(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._lose)

    def ends(self) -> None:
        """What was done is committed, however long that takes."""
        if self._timer is not None:
            self._timer.cancel()

    def _lose(self) -> None:
        self._over = True
        self._task.cancel()

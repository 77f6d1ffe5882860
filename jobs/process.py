"""What both siblings of the worker are: a process with a crew and a heartbeat that drains when it is told to stop."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uvloop

from domain.database import Database
from domain.deployment import Deployment
from domain.ids import new_id
from domain.ledger import beats
from jobs.cpu import Calculator, where
from jobs.crew import Crew, wait_for_any
from jobs.keeper import DATABASE_TROUBLE, Keeper
from jobs.logs import write_json_lines
from jobs.registry import Registry

log = logging.getLogger("rapport.jobs")

_BEAT_EVERY = 2.0
GOODBYE_WITHIN = 1.0
_PAUSE = 1.0
_STATEMENT = timedelta(minutes=15)


class Station:
    """The parts of a worker process, wired."""

    def __init__(self, deployment: Deployment, registry: Registry, *, part: str) -> None:
        self.deployment, self.registry, self.part = deployment, registry, part
        self.worker_id: UUID = new_id(datetime.now(UTC))
        self.db = Database(deployment.database_url, size=12, statement_timeout=_STATEMENT)
        self.keeper = Keeper(deployment.database_url)
        self.calculator = Calculator()
        self.stopping = asyncio.Event()

    def crew(self, *, lanes: int, look_every: float, patience: timedelta = timedelta()) -> Crew:
        return Crew(self.db, self.deployment, self.registry, self.keeper, self.calculator, lanes, look_every, patience)

    async def run(self, crew: Crew, *duties: Callable[[], Awaitable[None]]) -> None:
        """Until a signal says stop; then drain."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        self.keeper.start()
        log.info("at work", extra={"part": self.part})
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.again_and_again(self._beat, every=_BEAT_EVERY))
                group.create_task(crew.work(self.stopping))
                for duty in duties:
                    group.create_task(_to_its_end(duty))
        finally:
            await crew.hand_back()  # nothing, unless something broke
            await self._leave()

    async def again_and_again(self, deed: Callable[[], Awaitable[object]], *, every: float) -> None:
        """Until it is time to stop; what the database refuses is tried again."""
        while not self.stopping.is_set():
            try:
                await deed()
            except DATABASE_TROUBLE as error:
                log.warning("the database cannot be asked", extra={"reason": where(error), "part": self.part})
                await wait_for_any(self.stopping, seconds=_PAUSE)
            await wait_for_any(self.stopping, seconds=every)

    async def _beat(self) -> None:
        async with self.db.connection() as connection:
            await beats.beat(connection, self.worker_id, self.part)

    async def _leave(self) -> None:
        await self.calculator.close()
        try:
            async with asyncio.timeout(GOODBYE_WITHIN), self.db.connection() as connection:
                await beats.say_goodbye(connection, self.worker_id)
        except DATABASE_TROUBLE:
            pass  # it will be forgotten
        await self.db.close()
        self.keeper.stop()
        log.info("gone", extra={"part": self.part})


async def _to_its_end(duty: Callable[[], Awaitable[None]]) -> None:
    await duty()


def run(main: Callable[[Deployment], Awaitable[None]]) -> None:
    """The process, with what the environment says."""
    write_json_lines()
    deployment = Deployment.from_environment(os.environ)

    async def start() -> None:
        await main(deployment)

    uvloop.run(start())

"""The loop: needs Postgres alone. It keeps the timetable and takes up whatever nobody else has: slower, never wrong.

`python -m jobs.loop` is one of the two siblings that are the worker; jobs/worker.py is the other.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial

from domain.deployment import Deployment
from domain.ledger import timetable
from jobs.cpu import where
from jobs.keeper import DATABASE_TROUBLE
from jobs.process import Station, run
from jobs.registry import Registry, product
from jobs.rounds import Round, Rounds

log = logging.getLogger("rapport.jobs")

LANES = 2
LOOK_EVERY = 0.5
PATIENCE = timedelta(seconds=0.5)
_AFTER_FAILURE = timedelta(minutes=1)
_TOLD_EVERY = timedelta(minutes=1)
"""What comes round more often is not worth a line in the log each time."""
_ROUNDS_END_WITHIN = 15.0


class Timekeeper:
    """Fires what is due: a job into the ledger, an errand on the spot, a round on the side."""

    def __init__(self, station: Station) -> None:
        self.station, self.registry = station, station.registry
        self._rounds: dict[str, asyncio.Task[None]] = {}

    async def prepare(self) -> None:
        """The timetable is in the database before anything is fired."""
        async with self.station.db.transaction() as tx:
            await timetable.seed(tx, self.registry.timetable)

    async def keep(self) -> None:
        await self._until_it_works()
        await self.station.again_and_again(self.fire_all, every=LOOK_EVERY)
        rounds = list(self._rounds.values())
        if rounds:
            await asyncio.wait(rounds, timeout=_ROUNDS_END_WITHIN)
        for task in rounds:
            task.cancel()  # its batch is rolled back and comes again
        await asyncio.gather(*rounds, return_exceptions=True)

    async def _until_it_works(self) -> None:
        while not self.station.stopping.is_set():
            try:
                await self.prepare()
                break
            except DATABASE_TROUBLE as error:
                log.warning("the timetable cannot be written", extra={"reason": where(error)})
                await asyncio.sleep(1)

    async def fire_all(self) -> None:
        while not self.station.stopping.is_set() and await self._anything_due() and await self._fire_next():
            pass

    async def _anything_due(self) -> bool:
        async with self.station.db.connection() as connection:
            return await timetable.anything_due(connection, but_not=tuple(self._rounds))

    async def _fire_next(self) -> bool:
        """One entry. A round that is still going is not fired again: it stays due."""
        name = ""
        try:
            async with self.station.db.transaction() as tx:
                firing = await timetable.fire_next(tx, but_not=tuple(self._rounds))
                if firing is None:
                    return False
                name = firing.entry.name
                if errand := self.registry.errands.get(name):
                    await errand(tx, firing.now)
        except Exception as error:
            if not name:
                raise
            await self._postpone(name, error)
            return True
        if name in self.registry.rounds:
            self._go(name, firing.now)
        elif (firing.entry.every or _TOLD_EVERY) >= _TOLD_EVERY:
            log.info("fired", extra={"entry": name})
        return True

    async def _postpone(self, name: str, error: Exception) -> None:
        """What went wrong was rolled back with the firing: it is still due, and comes again in a minute."""
        log.error("an entry of the timetable failed", extra={"entry": name, "reason": where(error)})
        async with self.station.db.transaction() as tx:
            await timetable.postpone(tx, name, _AFTER_FAILURE)

    def _go(self, name: str, now: datetime) -> None:
        task = asyncio.create_task(self._round(name, now), name=f"round {name}")
        self._rounds[name] = task
        task.add_done_callback(lambda _: self._rounds.pop(name, None))

    async def _round(self, name: str, now: datetime) -> None:
        station = self.station
        rounds = Rounds(station.keeper, self.registry.rounds[name])
        try:
            count = await rounds.go(
                Round(station.db, station.deployment, now, station.calculator), stopping=station.stopping
            )
        except DATABASE_TROUBLE as error:
            log.warning("a round ended early", extra={"entry": name, "reason": where(error)})
            return
        if count:
            log.info("round", extra={"entry": name, "count": count})


async def main(deployment: Deployment, registry: Registry) -> None:
    station = Station(deployment, registry, part="loop")
    crew = station.crew(lanes=LANES, look_every=LOOK_EVERY, patience=PATIENCE)
    await station.run(crew, Timekeeper(station).keep)


if __name__ == "__main__":
    run(partial(main, registry=product()))

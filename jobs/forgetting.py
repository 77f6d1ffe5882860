"""Before somebody is erased, imports that name them come to an end: by themselves, or after half a minute by us."""

import asyncio
import time
from collections.abc import Collection
from typing import Final
from uuid import UUID

from domain.privacy.queries import identities_of, ids_of
from domain.privacy.traces import Traces, traces_of
from domain.transfer import commands_forgetting, commands_uploads
from domain.transfer.searching import names_person
from domain.transfer.uploads import Upload
from jobs.keeper import DATABASE_TROUBLE
from jobs.work import Work

PATIENCE: float = 30.0
"""Seconds; most imports are over by then."""
_LOOK_EVERY: Final = 1.0
# An attempt that has lost its job hears of it within two seconds.
_CLEARED_AFTER: Final = (0.0, 3.0)
_TRIES: Final = 5


async def end_imports(work: Work, customer: UUID) -> set[UUID]:
    """Ends those that name the person, and clears them away; which ones were looked through."""
    async with work.transaction() as tx:
        ids = await ids_of(tx, customer)
        traces = traces_of(ids, await identities_of(tx, ids))
    until = time.monotonic() + PATIENCE
    looked: dict[UUID, bool] = {}
    while naming := await _naming(work, traces, looked):
        if time.monotonic() >= until:
            await _end(work, naming)
        else:
            await asyncio.sleep(min(_LOOK_EVERY, PATIENCE))
    return set(looked)


async def another_came(work: Work, looked: Collection[UUID]) -> bool:
    return any(upload.job_id not in looked for upload in await _bodies(work))


async def _bodies(work: Work) -> list[Upload]:
    async with work.transaction() as tx:
        return await commands_forgetting.bodies(tx)


async def _naming(work: Work, traces: Traces, looked: dict[UUID, bool]) -> list[UUID]:
    """Open imports that name the person; each is looked through once."""
    found = await _bodies(work)
    for upload in found:
        if upload.job_id not in looked:
            looked[upload.job_id] = await work.compute(names_person, work.deployment.database_url, upload, traces)
    return [upload.job_id for upload in found if looked[upload.job_id]]


async def _end(work: Work, jobs: list[UUID]) -> None:
    async with work.transaction() as tx:
        await commands_forgetting.end(tx, jobs)
    for pause in _CLEARED_AFTER:
        await asyncio.sleep(pause)
        for job_id in jobs:
            await _clear(work, job_id)


async def _clear(work: Work, job_id: UUID) -> None:
    """Its attempt may still be in the middle of a batch, which will not be committed."""
    for tries_left in reversed(range(_TRIES)):
        try:
            async with work.transaction() as tx:
                await commands_uploads.clear(tx, job_id, upload=True)
            return
        except DATABASE_TROUBLE:
            if not tries_left:
                raise
            await asyncio.sleep(_LOOK_EVERY)

"""One attempt at a job: run its function within its time, judge how that ended, and write the verdict down."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
import orjson

from domain.database import Database, Tx
from domain.errors import DomainError
from domain.ledger import JobCancelled, LeaseLost, leases
from domain.ledger.leases import Leased
from domain.ledger.rules import pause_after
from domain.vocabulary import JobStatus
from jobs.cpu import CalculationFailed, where
from jobs.keeper import DATABASE_TROUBLE
from jobs.registry import Task
from jobs.work import Work

_TRIES = 4
_PAUSE = 0.5


class Verdict(StrEnum):
    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    HANDED_BACK = "handed back"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `committed`: the function itself has written the end down with its last effect."""

    verdict: Verdict
    error: str | None = None
    result: Mapping[str, object] | None = None
    committed: bool = False


async def attempt(task: Task, work: Work) -> Outcome:
    leased = work.hold.leased
    if leased.cancel_requested:
        return Outcome(Verdict.CANCELLED)
    if leased.attempt > task.max_attempts:
        words = f"given up: none of {task.max_attempts} attempts came to an end, the last worker fell silent"
        return Outcome(Verdict.FAILED, words)
    try:
        async with asyncio.timeout(task.timeout.total_seconds()) as limit:
            result = await task.run(work)
            orjson.dumps(result)  # what cannot be stored shall be told as this attempt's failure
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        if limit.expired():
            return Outcome(Verdict.FAILED, f"took longer than {task.timeout.total_seconds():g} seconds and was ended")
        return _judge(error, task, leased, lost=work.hold.lost)
    return Outcome(Verdict.DONE, result=result, committed=work.finished)


def _judge(error: BaseException, task: Task, leased: Leased, *, lost: bool) -> Outcome:
    if lost or isinstance(error, LeaseLost):
        return Outcome(Verdict.LOST)
    if isinstance(error, JobCancelled):
        return Outcome(Verdict.CANCELLED)
    if isinstance(error, asyncio.CancelledError):
        return Outcome(Verdict.HANDED_BACK)
    if isinstance(error, DomainError):
        return Outcome(Verdict.FAILED, str(error))
    last = leased.attempt >= task.max_attempts
    return Outcome(Verdict.FAILED if last else Verdict.AGAIN, _told(error))


def _told(error: BaseException) -> str:
    """Without the message, which may hold somebody's data."""
    if isinstance(error, asyncpg.PostgresError):
        return f"the database refused: {type(error).__name__} ({error.sqlstate})"
    return str(error) if isinstance(error, CalculationFailed) else where(error)


async def settle(db: Database, leased: Leased, outcome: Outcome) -> None:
    """Write the verdict down, fenced. Where the database is away too long, the lease runs out and another one tries."""
    if outcome.committed or outcome.verdict is Verdict.LOST:
        return
    for tries_left in reversed(range(_TRIES)):
        try:
            async with db.transaction() as tx:
                await _write(tx, leased, outcome)
            break
        except LeaseLost:
            break
        except DATABASE_TROUBLE:
            if not tries_left:
                raise
            await asyncio.sleep(_PAUSE)


async def _write(tx: Tx, leased: Leased, outcome: Outcome) -> None:
    job_id, number = leased.job_id, leased.attempt
    match outcome.verdict:
        case Verdict.DONE:
            await leases.finish(tx, job_id, number, outcome.result)
        case Verdict.FAILED:
            await leases.end(tx, job_id, number, JobStatus.FAILED, outcome.error)
        case Verdict.CANCELLED:
            await leases.end(tx, job_id, number, JobStatus.CANCELLED)
        case Verdict.AGAIN:
            await leases.retry(tx, job_id, number, outcome.error, pause_after(number, random.Random()))
        case _:
            await leases.retry(tx, job_id, number)

"""Jobs in the ledger: started, leased by one, fenced, ended, cancelled, tried again, followed."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.errors import ErrorCode, Refused
from domain.ids import new_id
from domain.ledger import LeaseLost, cancel_job, follow_job, leases, list_jobs, show_job, start_job
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, JobStatus, Role

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SCORE, FIT, EXPORT = str(JobKind.SCORE_CUSTOMERS), str(JobKind.FIT_VALUE_MODEL), str(JobKind.EXPORT)
KINDS = [SCORE, FIT, EXPORT]


async def start(tx: Tx, kind: str = EXPORT, **arguments: object) -> UUID:
    return await enqueue(tx, kind, arguments, principal=OPERATOR, now=NOW)


async def take(tx: Tx) -> leases.Leased:
    leased = await leases.lease_next(tx, KINDS)
    assert leased is not None
    return leased


async def let_the_lease_run_out(tx: Tx, job_id: UUID) -> None:
    await tx.execute("UPDATE job SET lease_until = clock_timestamp() - interval '1 ms' WHERE job_id = $1", job_id)


async def status(tx: Tx, job_id: UUID) -> JobStatus:
    view = await show_job(tx, job_id)
    assert view is not None
    return view.status


async def test_a_started_job_waits_with_its_arguments(tx: Tx) -> None:
    job_id = await start_job(tx, FIT, {"calibratedUntil": "1997-09-30"}, principal=OPERATOR, now=NOW)
    view = await show_job(tx, job_id)
    assert view is not None
    assert (view.kind, view.status, view.arguments) == (FIT, JobStatus.QUEUED, {"calibratedUntil": "1997-09-30"})
    assert (view.queued_at, view.attempts, view.progress, view.finished) == (NOW, 0, 0.0, False)


@pytest.mark.parametrize(
    ("kind", "arguments", "role", "code", "path"),
    [
        ("RUN_CAMPAIGN", {}, Role.ADMIN, ErrorCode.NOT_FOUND, ("kind",)),
        ("NONSENSE", {}, Role.ADMIN, ErrorCode.NOT_FOUND, ("kind",)),
        (SCORE, {}, Role.MARKETER, ErrorCode.NOT_ALLOWED, ("kind",)),
        (FIT, {"calibratedUntil": "30.9.1997"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "calibratedUntil")),
        (FIT, {"calibratedUntil": 1997}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "calibratedUntil")),
        (SCORE, {"asOf": "2026-03-01T09:30:00"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "asOf")),
        (SCORE, {"asOf": "0001-01-01T00:00:00+14:00"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "asOf")),
        (SCORE, {"asOf": "9999-12-31T23:59:59-14:00"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "asOf")),
        (FIT, {"calibratedUntil": "0001-01-01"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "calibratedUntil")),
        (SCORE, {"until": "2026-03-01"}, Role.ADMIN, ErrorCode.INVALID, ("arguments", "until")),
    ],
)
async def test_what_cannot_be_started(
    tx: Tx, kind: str, arguments: Mapping[str, object], role: Role, code: ErrorCode, path: tuple[str, ...]
) -> None:
    with pytest.raises(Refused) as refused:
        await start_job(tx, kind, arguments, principal=Principal("somebody", role), now=NOW)
    assert [(fault.code, fault.path) for fault in refused.value.faults] == [(code, path)]
    assert await list_jobs(tx) == []


async def test_a_refused_kind_is_told_which_can_be_started(tx: Tx) -> None:
    with pytest.raises(Refused, match="FIT_VALUE_MODEL, RECALCULATE, REFRESH_SEGMENTS, RELATE_PRODUCTS"):
        await start_job(tx, "IMPORT", None, principal=OPERATOR, now=NOW)


async def test_what_is_expected_is_told_with_an_example_that_can_be_sent(tx: Tx) -> None:
    with pytest.raises(Refused, match=r"must be an instant of the years 1970 to 9900 .* 2026-03-01T09:30:00Z"):
        await start_job(tx, SCORE, {"asOf": "soon"}, principal=OPERATOR, now=NOW)
    await start_job(tx, SCORE, {"asOf": "2026-03-01T09:30:00Z"}, principal=OPERATOR, now=NOW)


async def test_one_job_is_leased_once(db: Database) -> None:
    async with db.transaction() as tx:
        started = {await start(tx) for _ in range(5)}

    async def one() -> UUID | None:
        async with db.transaction() as tx:
            leased = await leases.lease_next(tx, KINDS)
            await asyncio.sleep(0.05)  # while the row is locked the others must pass by, not wait
            return leased.job_id if leased else None

    taken = await asyncio.gather(*(one() for _ in range(8)))
    assert sorted(job_id for job_id in taken if job_id) == sorted(started)
    assert taken.count(None) == 3


async def test_only_kinds_that_are_known_are_taken(tx: Tx) -> None:
    await start(tx, EXPORT)
    assert await leases.lease_next(tx, [SCORE]) is None


async def test_patience_leaves_fresh_work_to_others(tx: Tx) -> None:
    await start(tx)
    assert await leases.lease_next(tx, KINDS, patience=timedelta(minutes=5)) is None
    assert await leases.lease_next(tx, KINDS) is not None


async def test_two_of_a_kind_that_runs_alone(db: Database) -> None:
    async with db.transaction() as tx:
        for kind in (SCORE, SCORE, FIT):
            await start(tx, kind)
    async with db.transaction() as tx:
        first = await leases.lease_next(tx, KINDS, alone=[SCORE, FIT])
    async with db.transaction() as one, db.transaction() as other:
        second = await leases.lease_next(one, KINDS, alone=[SCORE, FIT])
        assert await leases.lease_next(other, KINDS, alone=[SCORE, FIT]) is None
    assert first is not None
    assert second is not None
    assert {first.kind, second.kind} == {SCORE, FIT}
    async with db.transaction() as tx:
        score = first if first.kind == SCORE else second
        await leases.finish(tx, score.job_id, score.attempt, None)
        third = await leases.lease_next(tx, KINDS, alone=[SCORE, FIT])
    assert third is not None
    assert third.kind == SCORE


async def test_a_silent_workers_job_is_taken_up_and_the_old_attempt_is_fenced_off(tx: Tx) -> None:
    await start(tx)
    first = await take(tx)
    assert await leases.lease_next(tx, KINDS) is None
    await let_the_lease_run_out(tx, first.job_id)
    second = await take(tx)
    assert (first.attempt, second.attempt, second.job_id) == (1, 2, first.job_id)

    stale = (first.job_id, first.attempt)
    for deed in (
        leases.confirm(tx, *stale),
        leases.tell_progress(tx, *stale, 0.5, None),
        leases.finish(tx, *stale, {"stale": True}),
        leases.end(tx, *stale, JobStatus.FAILED, "stale"),
        leases.retry(tx, *stale, "stale", timedelta()),
    ):
        with pytest.raises(LeaseLost):
            await deed
    assert await leases.renew(tx, [stale]) == {}
    view = await show_job(tx, first.job_id)
    assert view is not None
    assert (view.status, view.error, view.result) == (JobStatus.RUNNING, None, None)
    await leases.finish(tx, second.job_id, second.attempt, {"fresh": True})
    view = await show_job(tx, first.job_id)
    assert view is not None
    assert (view.status, view.progress, view.result, view.attempts) == (JobStatus.SUCCEEDED, 1.0, {"fresh": True}, 2)
    assert view.finished_at is not None


async def test_a_lease_that_ran_out_but_that_nobody_took_still_counts(tx: Tx) -> None:
    await start(tx)
    leased = await take(tx)
    await let_the_lease_run_out(tx, leased.job_id)
    await leases.confirm(tx, leased.job_id, leased.attempt)
    assert await leases.renew(tx, [(leased.job_id, leased.attempt)]) == {leased.job_id: False}
    assert await leases.lease_next(tx, KINDS) is None


async def test_the_fence_holds_while_the_effect_commits(db: Database) -> None:
    async with db.transaction() as tx:
        await start(tx)
        first = await take(tx)
        await let_the_lease_run_out(tx, first.job_id)
    async with db.transaction() as mine:
        await leases.confirm(mine, first.job_id, first.attempt)
        async with db.transaction() as thief:
            assert await leases.lease_next(thief, KINDS) is None


async def test_a_failed_attempt_waits_and_keeps_its_error(tx: Tx) -> None:
    job_id = await start(tx)
    leased = await take(tx)
    await leases.retry(tx, job_id, leased.attempt, "the printer is out of paper", timedelta(seconds=30))
    view = await show_job(tx, job_id)
    assert view is not None
    assert (view.status, view.error) == (JobStatus.QUEUED, "the printer is out of paper")
    assert await leases.lease_next(tx, KINDS) is None
    await tx.execute("UPDATE job SET run_after = run_after - interval '30 s' WHERE job_id = $1", job_id)
    assert (await take(tx)).attempt == 2


async def test_a_waiting_job_is_cancelled_at_once(tx: Tx) -> None:
    job_id = await start(tx)
    assert await cancel_job(tx, job_id, principal=OPERATOR, now=NOW) == job_id
    assert await status(tx, job_id) is JobStatus.CANCELLED
    assert await leases.lease_next(tx, KINDS) is None


async def test_a_running_job_hears_that_it_shall_end(tx: Tx) -> None:
    job_id = await start(tx)
    leased = await take(tx)
    await cancel_job(tx, job_id, principal=OPERATOR, now=NOW)
    assert await status(tx, job_id) is JobStatus.RUNNING
    assert await leases.renew(tx, [(job_id, leased.attempt)]) == {job_id: True}
    assert await leases.tell_progress(tx, job_id, leased.attempt, 0.5, None) is True
    await leases.retry(tx, job_id, leased.attempt, "it failed before it heard", timedelta())
    assert await status(tx, job_id) is JobStatus.CANCELLED


async def test_an_ended_job_and_an_unknown_one_are_not_cancelled(tx: Tx) -> None:
    job_id = await start(tx)
    leased = await take(tx)
    await leases.finish(tx, job_id, leased.attempt, None)
    with pytest.raises(Refused, match="has succeeded already") as refused:
        await cancel_job(tx, job_id, principal=OPERATOR, now=NOW)
    assert refused.value.faults[0].code is ErrorCode.IN_WRONG_STATE
    with pytest.raises(Refused, match="there is no job") as refused:
        await cancel_job(tx, new_id(NOW), principal=OPERATOR, now=NOW)
    assert refused.value.faults[0].code is ErrorCode.NOT_FOUND


async def test_jobs_are_listed_newest_first(tx: Tx) -> None:
    earlier = await enqueue(tx, SCORE, {}, principal=None, now=NOW)
    later = await enqueue(tx, FIT, {}, principal=None, now=NOW + timedelta(seconds=1))
    assert [view.job_id for view in await list_jobs(tx)] == [later, earlier]
    assert [view.job_id for view in await list_jobs(tx, kinds=[SCORE])] == [earlier]
    assert await list_jobs(tx, statuses=["FAILED"]) == []
    assert [view.job_id for view in await list_jobs(tx, limit=1)] == [later]


async def test_a_job_is_followed_to_its_end(db: Database) -> None:
    async with db.transaction() as tx:
        job_id = await start(tx)
    seen = []
    async for view in follow_job(db, job_id, every=0.01):
        seen.append((view.status, view.progress))
        async with db.transaction() as tx:
            match len(seen):
                case 1:
                    leased = await take(tx)
                case 2:
                    await leases.tell_progress(tx, job_id, leased.attempt, 0.5, "half")
                case 3:
                    await leases.finish(tx, job_id, leased.attempt, None)
    running = JobStatus.RUNNING
    assert seen == [(JobStatus.QUEUED, 0.0), (running, 0.0), (running, 0.5), (JobStatus.SUCCEEDED, 1.0)]


async def test_no_job_is_followed_by_nobody(db: Database) -> None:
    with pytest.raises(Refused, match="there is no job"):
        await anext(follow_job(db, new_id(NOW)))

"""`rapport job`: start work, watch it, stop it."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import orjson
import typer

from api.cli.reach import DATA_DIR, AsJson, DataDir, deployment, in_transaction
from api.cli.telling import FAILED, aside, bars, say, say_json, say_table
from domain import ledger
from domain.access.principal import OPERATOR
from domain.database import Database
from domain.errors import Fault, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.vocabulary import JobStatus

app = typer.Typer(no_args_is_help=True, help="Work that runs in the background.")

Id = Annotated[str, typer.Argument(help="Its id (job_…).", metavar="JOB")]


@app.command()
def start(
    kind: Annotated[str, typer.Argument(help="Such as SCORE_CUSTOMERS or FIT_VALUE_MODEL.")],
    arguments: Annotated[
        str, typer.Option(help='A JSON object, such as \'{"calibratedUntil": "2026-09-30"}\'.')
    ] = "{}",
    wait: Annotated[bool, typer.Option("--wait", help="Watch it to its end; fails where the job fails.")] = False,
    json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Start a job; a running worker takes it up."""
    given = _arguments(arguments)
    now = datetime.now(UTC)
    started = in_transaction(
        data_dir, lambda tx: ledger.start_job(tx, kind.upper(), given, principal=OPERATOR, now=now)
    )
    asyncio.run(_wake(data_dir, started))
    if wait:
        _end(asyncio.run(_follow(data_dir, started)), json=json)
    elif json:
        say_json({"id": to_public(Prefix.JOB, started)})
    else:
        say(to_public(Prefix.JOB, started))


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20, json: AsJson = False, data_dir: DataDir = DATA_DIR
) -> None:
    """The latest jobs, newest first."""
    jobs = [_told(job) for job in in_transaction(data_dir, lambda tx: ledger.list_jobs(tx, limit=limit))]
    if json:
        say_json(jobs)
        return
    columns = ("id", "kind", "status", "progress", "detail", "attempts", "queuedAt", "finishedAt", "error")
    say_table(columns, [[job[column] for column in columns] for job in jobs])


@app.command()
def show(job: Id, json: AsJson = False, data_dir: DataDir = DATA_DIR) -> None:
    """One job, whole."""
    id_ = parse_id(Prefix.JOB, job, "job")
    found = in_transaction(data_dir, lambda tx: ledger.show_job(tx, id_))
    if found is None:
        raise Refused(Fault.not_found("is no job: `rapport job list` shows those there are", job))
    if json:
        say_json(_told(found))
        return
    say_table(("field", "value"), [(name, value) for name, value in _told(found).items() if value is not None])


@app.command()
def cancel(job: Id, data_dir: DataDir = DATA_DIR) -> None:
    """Stop a job: at once where it waits, after the batch at hand where it runs."""
    id_ = parse_id(Prefix.JOB, job, "job")
    now = datetime.now(UTC)
    in_transaction(data_dir, lambda tx: ledger.cancel_job(tx, id_, principal=OPERATOR, now=now))
    say(f"{job} is asked to stop.")


def _arguments(text: str) -> dict[str, object]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(Fault.invalid(f"is no JSON: {error}", "arguments")) from error
    if not isinstance(given, dict):
        raise Refused(Fault.invalid('must be a JSON object, such as {"horizonMonths": 12}', "arguments"))
    return given


async def _wake(data_dir: DataDir, job: UUID) -> None:
    from jobs.wake import Waker

    waker = Waker(deployment(data_dir).redis_url)
    await waker.wake(job)
    await waker.close()


async def _follow(data_dir: DataDir, job: UUID) -> ledger.JobView:
    database = Database(deployment(data_dir).database_url, size=1)
    with bars() as progress:
        task = progress.add_task(to_public(Prefix.JOB, job), total=1000)
        try:
            async for view in ledger.follow_job(database, job):
                text = f"{view.kind} {view.status.lower()} {view.detail or ''}".strip()
                progress.update(task, completed=round(view.progress * 1000), description=text)
        finally:
            await database.close()
    return view


def _end(job: ledger.JobView, *, json: bool) -> None:
    if json:
        say_json(_told(job))
    elif job.result is not None:
        say_json(job.result)
    if job.status != JobStatus.SUCCEEDED:
        aside(f"error: the job ended as {job.status}{': ' + job.error if job.error else ''}")
        raise typer.Exit(FAILED)


def _told(job: ledger.JobView) -> dict[str, object]:
    return {
        "id": to_public(Prefix.JOB, job.job_id),
        "kind": job.kind,
        "status": job.status,
        "progress": round(job.progress, 3),
        "detail": job.detail,
        "arguments": job.arguments,
        "attempts": job.attempts,
        "error": job.error,
        "result": job.result,
        "queuedAt": job.queued_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }

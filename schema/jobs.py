"""Jobs: work that goes on by itself, how far it has come, and how it is started and stopped."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID, UNSET, Info

from domain import ledger
from domain.audit import Did
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.ledger.kinds import STARTABLE
from domain.vocabulary import JobKind, JobStatus
from schema.connection import FORWARD, Connection, Node
from schema.context import Context
from schema.deeds import Done, as_object, deed, read, read_below
from schema.errors import UserError
from schema.fields import ADMINS, EVERYONE, argument, below, field, mutation, subscription
from schema.scalars import JSON

_Id: TypeAlias = Annotated[ID, strawberry.argument(description="The job's id.")]
_ARGUMENTS = (
    "By name, all may be left out. FIT_VALUE_MODEL: calibratedUntil, the last day of the history that is fitted to,"
    ' such as {"calibratedUntil": "1997-09-30"}; family, BG_NBD, MBG_NBD or PARETO_NBD, to use that one instead of the'
    " one that the back-test would choose; score, true to score everybody when the fit is there."
    " SCORE_CUSTOMERS: asOf, the instant that the scores are to hold for: they"
    " stand from then on in the scoreHistory of everybody who had come or bought by that instant, and are today's until"
    " the next run that names none."
    " RELATE_PRODUCTS: asOf, the instant to look back from. REFRESH_SEGMENTS: everybody, true where not only rules that"
    " are new are looked at, but all. RECALCULATE: rates, goods, months, each true where costs of touchpoints, costs of"
    " goods or months are to be counted anew; all of them where nothing is said."
)


@strawberry.type(description="A file that a job made, to be fetched with the same key.")
class JobFile:
    name: str = field("What to call it.")
    url: str = field("Where to fetch it.")
    media_type: str = field("What kind of file it is, such as text/csv.")
    bytes: float = field("How large it is.")
    rows: int | None = field("How many rows it has; null where it has none.")
    sha256: str = field("The fingerprint of what is in it.")
    expires_at: datetime | None = field("From when it is not there any more.")


@strawberry.type(description="A row of an import that was refused: where it stood and why, never what stood there.")
class JobReject:
    line: int = field("The line of the file, from 1.")
    place: str = field("Which field is at fault; empty where it is the row as a whole.", name="field")
    code: ErrorCode = field("What kind of fault it is.")
    reason: str = field("What is wrong with it, and what would be right.")


@strawberry.type(description="Work in the background: should the process that does it die, another takes it up.")
class Job(Node):
    kind: JobKind = field("What it does.")
    status: JobStatus = field("How far it has come.")
    arguments: JSON = field("What it was started with, by name.")
    progress: float = field("From 0 to 1.")
    detail: str | None = field("What it is at, in words.")
    attempts: int = field("How often it was begun.")
    error: str | None = field("What went wrong last.")
    result: JSON | None = field("What came of it, by name.")
    files: list[JobFile] = field("What it made: exports, letters, rejected rows.")
    rejects: Connection[JobReject] = field("Rows of an import that were refused, in the file's order.", *FORWARD)
    queued_at: datetime = field("When it was asked for.")
    started_at: datetime | None = field("When it was first begun.")
    finished_at: datetime | None = field("When it ended.")


@strawberry.type(description="The job that was started or stopped, or why it was not.")
class JobPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field("Why nothing was done; empty where all is well.")

    @below("The job; null where nothing was done.")
    async def job(self, info: Info[Context, None]) -> Job | None:
        return await read_below(info, Job, self.key)

    @staticmethod
    def of(done: Done) -> "JobPayload":
        return JobPayload(key=done.key, errors=done.errors)


@strawberry.type
class JobQuery:
    job: Job | None = field("One job, by its id.", argument("id", ID, "Its id."))
    jobs: Connection[Job] = field(
        "Jobs, the latest first.",
        *FORWARD,
        argument("kind", list[JobKind] | None, "Of one of these kinds."),
        argument("status", list[JobStatus] | None, "In one of these states."),
    )


@strawberry.type
class JobMutation:
    @mutation(
        ADMINS,
        "Starts a job, as the timetable does by itself: "
        f"{', '.join(sorted(STARTABLE))}. It goes on in the background; jobProgress follows it.",
    )
    async def job_start(
        self,
        info: Info[Context, None],
        kind: Annotated[JobKind, strawberry.argument(description="What it is to do.")],
        arguments: Annotated[JSON | None, strawberry.argument(description=_ARGUMENTS)] = UNSET,
    ) -> JobPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            given = as_object(arguments, "arguments")
            job = await ledger.start_job(tx, kind, given, principal=context.principal, now=context.now)
            context.deeds.started.append(job)
            told = {"kind": kind.value, "arguments": dict(given)}
            return Did(key=job, subject=to_public(Prefix.JOB, job), after=told)

        return JobPayload.of(await deed(context, "jobStart", act))

    @mutation(ADMINS, "Stops a job: at once where it still waits, otherwise between two of its steps.")
    async def job_cancel(self, info: Info[Context, None], id: _Id) -> JobPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            job = parse_id(Prefix.JOB, id, "id")
            await ledger.cancel_job(tx, job, principal=context.principal, now=context.now)
            return Did(key=job, subject=to_public(Prefix.JOB, job))

        return JobPayload.of(await deed(context, "jobCancel", act))


@strawberry.type
class JobSubscription:
    @subscription(EVERYONE, "A job's state now, and again whenever it changes; ends with the job.")
    async def job_progress(self, info: Info[Context, None], id: _Id) -> AsyncGenerator[Job, None]:
        async for view in ledger.follow_job(info.context.db, parse_id(Prefix.JOB, id, "id")):
            async with info.context.db.connection() as connection:
                job = await read(connection, info, Job, view.job_id)
            if job is None:
                raise Refused(Fault.not_found(f"there is no job {id}", "id"))
            yield job

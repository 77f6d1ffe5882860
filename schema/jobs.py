"""Jobs: work that goes on by itself, how far it has come, and how it is started and stopped."""

from datetime import datetime

import strawberry
from strawberry import ID

from domain.vocabulary import JobKind, JobStatus
from schema.connection import FORWARD, Connection, Node
from schema.fields import argument, field
from schema.scalars import JSON


@strawberry.type(description="Work that goes on by itself: it survives whatever dies.")
class Job(Node):
    kind: JobKind = field("What it does.")
    status: JobStatus = field("How far it has come.")
    arguments: JSON = field("What it was started with, by name.")
    progress: float = field("From 0 to 1.")
    detail: str | None = field("What it is at, in words.")
    attempts: int = field("How often it was begun.")
    error: str | None = field("What went wrong last.")
    result: JSON | None = field("What came of it, by name.")
    queued_at: datetime = field("When it was asked for.")
    started_at: datetime | None = field("When it was first begun.")
    finished_at: datetime | None = field("When it ended.")


@strawberry.type
class JobQuery:
    job: Job | None = field("One job, by its id.", argument("id", ID, "Its id."))
    jobs: Connection[Job] = field(
        "Jobs, the latest first.",
        *FORWARD,
        argument("kind", list[JobKind] | None, "Of one of these kinds."),
        argument("status", list[JobStatus] | None, "In one of these states."),
    )

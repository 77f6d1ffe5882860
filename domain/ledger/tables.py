"""What is stored of work: jobs that people see, marks of changed customers, the timetable, who is at work."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import JobKind, JobStatus


class Job(SQLModel, table=True):
    """Started work: the row is written with what asks for it; a worker leases it, fenced by the attempt number."""

    __tablename__ = "job"
    __table_args__ = (
        columns.one_of("kind", JobKind, "job"),
        columns.one_of("status", JobStatus, "job"),
        Index("job_queued_at", "queued_at", "job_id"),
        Index("job_open", "bucket", "run_after", postgresql_where=text("status IN ('QUEUED', 'RUNNING')")),
        columns.LOCAL,
    )

    job_id: UUID = columns.uuid(key=True)
    kind: str = columns.words(personal=False)
    status: str = columns.words(personal=False, default="'QUEUED'")
    arguments: dict[str, object] = columns.json(personal=False)
    progress: float = columns.real(default="0")
    detail: str | None = columns.words(personal=False, null=True)
    attempts: int = columns.whole(default="0")
    error: str | None = columns.words(personal=False, null=True)
    result: dict[str, object] | None = columns.json(personal=False, null=True)
    # Who asked: the key, and a partner's source, so that partners see their own.
    requested_by: UUID | None = columns.uuid(null=True)
    source: str | None = columns.words(personal=False, null=True)
    bucket: int = columns.small(default="0")
    run_after: datetime = columns.instant()
    lease_until: datetime | None = columns.instant(null=True)
    cancel_requested: bool = columns.truth()
    queued_at: datetime = columns.instant()
    started_at: datetime | None = columns.instant(null=True)
    finished_at: datetime | None = columns.instant(null=True)


class JobFile(SQLModel, table=True):
    """A file that a job made; what stands in it is kept beside it by the feature that makes it."""

    __tablename__ = "job_file"
    __table_args__ = (Index("job_file_by_id", "file_id"), columns.LOCAL)

    job_id: UUID = columns.uuid(key=True)
    file_id: UUID = columns.uuid(key=True)
    name: str = columns.words(personal=False)
    media_type: str = columns.words(personal=False)
    size: int = columns.big()
    rows: int | None = columns.whole(null=True)
    sha256: str = columns.words(personal=False)
    expires_at: datetime | None = columns.instant(null=True)
    # Whether it names people: then only who may read personal data gets it.
    personal: bool = columns.truth(default="true")


class CustomerMark(SQLModel, table=True):
    """What changed: wanted goes up with every change, done follows when summaries and scores have caught up."""

    __tablename__ = "customer_mark"
    __table_args__ = (
        Index("customer_mark_behind", "bucket", "customer_id", postgresql_where=text("done < wanted")),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    bucket: int = columns.small()
    wanted: int = columns.big(default="1")
    done: int = columns.big(default="0")
    attempt: int = columns.big(default="0")
    lease_until: datetime | None = columns.instant(null=True)
    changed_at: datetime = columns.instant()


class Schedule(SQLModel, table=True):
    """The timetable: what runs again and again, and when next."""

    __tablename__ = "schedule"
    __table_args__ = (columns.LOCAL,)

    name: str = columns.words(key=True, personal=False)
    # Null for a pass that is no job of its own, such as the one over what changed.
    kind: str | None = columns.words(personal=False, null=True)
    arguments: dict[str, object] = columns.json(personal=False)
    # An interval in seconds, or a time of the organization's day (HH:MM): of all days, of a weekday (0 Monday), or of
    # one day of the month.
    every_seconds: Decimal | None = columns.money(null=True)
    at_time: str | None = columns.words(personal=False, null=True)
    on_weekday: int | None = columns.small(null=True)
    on_day: int | None = columns.small(null=True)
    enabled: bool = columns.truth(default="true")
    next_at: datetime = columns.instant()
    last_at: datetime | None = columns.instant(null=True)


class WorkerBeat(SQLModel, table=True):
    """Which workers are alive, by the database's clock."""

    __tablename__ = "worker_beat"
    __table_args__ = (columns.LOCAL,)

    worker_id: UUID = columns.uuid(key=True)
    part: str = columns.words(personal=False)
    started_at: datetime = columns.instant()
    seen_at: datetime = columns.instant()

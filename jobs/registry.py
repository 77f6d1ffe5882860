"""What is carried out: for each kind of job its function, for each other line of the timetable its round or errand."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.database import Tx
from domain.ledger.rules import Entry
from domain.ledger.timetable import TIMETABLE
from domain.vocabulary import JobKind
from jobs.rounds import Changed
from jobs.work import Work

Result = Mapping[str, object] | None
Run = Callable[[Work], Awaitable[Result]]
Errand = Callable[[Tx, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """How a kind of job is carried out. `alone`: no two of the kind at the same time."""

    run: Run
    timeout: timedelta = timedelta(minutes=30)
    max_attempts: int = 5
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Registry:
    """Rounds go over changed customers in transactions of their own; an errand is done in its firing's transaction."""

    tasks: Mapping[JobKind, Task]
    rounds: Mapping[str, Changed] = field(default_factory=dict)
    errands: Mapping[str, Errand] = field(default_factory=dict)
    timetable: Sequence[Entry] = TIMETABLE


def product() -> Registry:
    """All that the product carries out."""
    # Here, so that they may import the types above.
    from jobs import (
        advice,
        affinity,
        analytics,
        discovering,
        exporting,
        house,
        privacy,
        recalculating,
        segments,
        transfer,
    )

    return Registry(
        tasks={
            JobKind.FIT_VALUE_MODEL: Task(analytics.fit_value_model),
            JobKind.SCORE_CUSTOMERS: Task(analytics.score_customers),
            JobKind.SNAPSHOT_METRICS: Task(analytics.snapshot_metrics),
            JobKind.ADVISE_CUSTOMERS: Task(advice.advise_customers, timeout=timedelta(hours=3), max_attempts=20),
            JobKind.RELATE_PRODUCTS: Task(affinity.relate_products, timeout=timedelta(hours=2)),
            JobKind.REFRESH_SEGMENTS: Task(segments.refresh_segments, timeout=timedelta(hours=2), max_attempts=20),
            JobKind.DISCOVER_SEGMENTS: Task(discovering.discover_segments, timeout=timedelta(hours=2)),
            JobKind.RECALCULATE: Task(recalculating.recalculate_customers, timeout=timedelta(hours=6), max_attempts=20),
            JobKind.ERASE_CUSTOMER: Task(privacy.erase_customer, alone=False),
            # A million rows take a minute; who rolls out often shall not use up the attempts of a long one.
            JobKind.IMPORT: Task(transfer.import_upload, timeout=timedelta(hours=12), max_attempts=20),
            JobKind.EXPORT: Task(exporting.export, alone=False),
        },
        rounds={"changed-customers": analytics.changed_customers},
        errands={
            "sweep-segments": segments.sweep,
            "seal-audit": house.seal_audit,
            "tidy-answers": house.tidy_answers,
            "touchpoint-years": house.make_touchpoint_years,
            "tidy": house.tidy,
            "tidy-transfers": transfer.tidy_transfers,
        },
    )

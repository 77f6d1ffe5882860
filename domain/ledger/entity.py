"""What can be asked of jobs."""

from domain.ids import Prefix
from domain.query.declare import choice, instant, of, own_id, real, text, whole
from domain.query.entity import EVERYONE, Column, Entity, Kind, Relation, Shape, Sort
from domain.query.ids import by_id_argument

JOB = Entity(
    name="Job",
    table="job",
    key="job_id",
    prefix=Prefix.JOB,
    partner="{a}.source = {source}",
    roles=EVERYONE,
    order=("queuedAt", True),
    sorts={"queuedAt": Sort(sql="{a}.queued_at", type="timestamptz")},
    filters={"kind": choice("kind"), "status": choice("status")},
    columns={
        "id": own_id(Prefix.JOB, "job_id"),
        "kind": text("kind"),
        "status": text("status"),
        "arguments": of(Kind.JSON, "arguments"),
        "progress": real("progress"),
        "detail": text("detail"),
        "attempts": whole("attempts"),
        "error": text("error"),
        "result": Column(sql="{a}.result", kind=Kind.JSON),
        "queuedAt": instant("queued_at"),
        "startedAt": instant("started_at"),
        "finishedAt": instant("finished_at"),
    },
)

ROOTS = {
    "job": Relation(entity="Job", shape=Shape.ONE, find=by_id_argument(JOB), roles=EVERYONE),
    "jobs": Relation(entity="Job", shape=Shape.PAGE, filters=("kind", "status"), roles=EVERYONE),
}

ENTITIES = (JOB,)

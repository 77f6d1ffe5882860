"""What can be asked of jobs."""

from domain.ids import Prefix
from domain.query.declare import choice, instant, of, own_id, real, text, whole
from domain.query.entity import EVERYONE, Column, Entity, Kind, Relation, Shape, Sort
from domain.query.ids import by_id_argument

JOB_FILE = Entity(
    name="JobFile",
    table="job_file",
    key="file_id",
    roles=EVERYONE,
    columns={
        "name": text("name"),
        "url": Column(sql="'/exports/' || replace({a}.file_id::text, '-', '')"),
        "mediaType": text("media_type"),
        "bytes": Column(sql="{a}.size::float8", kind=Kind.FLOAT),
        "rows": whole("rows"),
        "sha256": text("sha256"),
        "expiresAt": instant("expires_at"),
    },
)

JOB_REJECT = Entity(
    name="JobReject",
    table="upload_reject",
    key="reject_id",
    roles=EVERYONE,
    order=("line", False),
    sorts={"line": Sort(sql="{a}.line", type="bigint")},
    # Where and why, never what stood there: so whoever sees the job may read it.
    columns={"line": whole("line"), "field": text("field"), "code": text("code"), "reason": text("reason")},
)

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
    relations={
        "files": Relation(
            entity="JobFile",
            shape=Shape.MANY,
            on="{b}.job_id = {a}.job_id",
            order='{a}.name COLLATE "C", {a}.file_id',
            trusted=True,
            roles=EVERYONE,
        ),
        "rejects": Relation(
            entity="JobReject", shape=Shape.PAGE, on="{b}.job_id = {a}.job_id", trusted=True, roles=EVERYONE
        ),
    },
)

ROOTS = {
    "job": Relation(entity="Job", shape=Shape.ONE, find=by_id_argument(JOB), roles=EVERYONE),
    "jobs": Relation(entity="Job", shape=Shape.PAGE, filters=("kind", "status"), roles=EVERYONE),
}

ENTITIES = (JOB, JOB_FILE, JOB_REJECT)

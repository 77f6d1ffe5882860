"""The durable ledger: marks, jobs, leases, fences and the timetable. This is what doors and other features call."""

from domain.ledger.commands import cancel_job, mark_customers, start_job
from domain.ledger.queries import Beat, JobView, follow_job, list_jobs, show_job, workers_seen
from domain.ledger.rules import BUCKET_SQL, JobCancelled, LeaseLost, bucket_of

__all__ = [
    "BUCKET_SQL",
    "Beat",
    "JobCancelled",
    "JobView",
    "LeaseLost",
    "bucket_of",
    "cancel_job",
    "follow_job",
    "list_jobs",
    "mark_customers",
    "show_job",
    "start_job",
    "workers_seen",
]

"""Customers: the single view of one person, household or organization."""

from domain.customers.commands import mark, touched, welcome
from domain.customers.learning import Lesson, Taught, forget, learn, lesson_faults
from domain.customers.restating import restate
from domain.customers.upserting import record_customers, upsert_rows

__all__ = [
    "Lesson",
    "Taught",
    "forget",
    "learn",
    "lesson_faults",
    "mark",
    "record_customers",
    "restate",
    "touched",
    "upsert_rows",
    "welcome",
]

"""Customers: the single view of one person, household or organization."""

from domain.customers.commands import mark, touched, welcome
from domain.customers.upserting import record_customers

__all__ = ["mark", "record_customers", "touched", "welcome"]

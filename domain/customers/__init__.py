"""Customers: the single view of one person, household or organization."""

from domain.customers.commands import mark, touched, welcome

__all__ = ["mark", "touched", "welcome"]

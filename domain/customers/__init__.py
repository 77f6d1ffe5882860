"""Customers: the single view of one person, household or organization."""

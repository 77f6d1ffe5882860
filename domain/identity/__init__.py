"""Identities: the values that a customer is known by, normalised, claimed once and matched."""

from domain.identity.commands import keep_copies, resolve

__all__ = ["keep_copies", "resolve"]

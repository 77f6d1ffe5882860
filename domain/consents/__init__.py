"""Consents: what a customer allows, per channel and purpose; all that was ever said, and which of it holds."""

from domain.consents.commands import append, settle
from domain.consents.queries import holding
from domain.consents.rules import Word, stricter

__all__ = ["Word", "append", "holding", "settle", "stricter"]

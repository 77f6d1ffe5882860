"""Audit: what every mutation did, in its own transaction, chained so that nothing can be changed unseen."""

from domain.audit.commands import enter
from domain.audit.commands_sealing import seal
from domain.audit.rules import Did

__all__ = ["Did", "enter", "seal"]

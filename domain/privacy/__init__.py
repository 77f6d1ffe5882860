"""Privacy: a person is handed over whole, or forgotten whole, by what the columns say of themselves."""

from domain.privacy.commands import ask_erasure, ask_export

__all__ = ["ask_erasure", "ask_export"]

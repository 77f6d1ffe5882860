"""The portfolio: what customers earn, by month, channel and category."""

from domain.portfolio.commands import add_months, add_touches, open_months

__all__ = ["add_months", "add_touches", "open_months"]

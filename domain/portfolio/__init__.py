"""The portfolio: what customers earn, by month, channel and category."""

from domain.portfolio.commands import add_months, add_touches, move_months, open_months, rebuild

__all__ = ["add_months", "add_touches", "move_months", "open_months", "rebuild"]

"""Touchpoints: every point of interaction with a customer, over any channel."""

from domain.touchpoints.commands import insert, open_touchpoints
from domain.touchpoints.commands_linking import link
from domain.touchpoints.commands_online import record_rows
from domain.touchpoints.commands_retracting import retract
from domain.touchpoints.recording import record_touchpoints

__all__ = ["insert", "link", "open_touchpoints", "record_rows", "record_touchpoints", "retract"]

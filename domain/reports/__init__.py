"""The report for people who look: everybody's figures read in one snapshot, drawn, and written as one page."""

from domain.reports.facts import Portrait
from domain.reports.page import MARK, page
from domain.reports.queries import read_portrait
from domain.reports.tracking import Held, held_against

__all__ = ["MARK", "Held", "Portrait", "held_against", "page", "read_portrait"]

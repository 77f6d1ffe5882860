"""What can be started is what can be carried out, and the timetable names nothing that nobody does."""

from domain.ledger.kinds import STARTABLE
from domain.ledger.timetable import TIMETABLE
from jobs.registry import product


def test_what_can_be_started_is_carried_out() -> None:
    assert set(product().tasks) >= set(STARTABLE)


def test_every_line_of_the_timetable_is_carried_out_by_somebody() -> None:
    registry = product()
    for entry in TIMETABLE:
        doers = [entry.kind in registry.tasks, entry.name in registry.rounds, entry.name in registry.errands]
        assert doers.count(True) == 1, entry.name

"""Word of a contact in any order comes to the same; what is never undone; what another word changes."""

from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from domain.campaigns.becoming import Contact, Report, begun
from domain.campaigns.vocabulary import Arm, ContactStatus, SuppressionReason
from domain.vocabulary import Channel

S = ContactStatus
START = datetime(2026, 3, 1, tzinfo=UTC)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def after(*reports: Report) -> Contact:
    return reduce(Contact.told, reports[1:], begun(reports[0], Channel.EMAIL))


REPORTS = st.lists(st.builds(Report, st.sampled_from(S), st.integers(0, 3).map(at)), min_size=1, max_size=5)


@given(REPORTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(reports: list[Report], chance: object) -> None:
    shuffled = list(reports)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert after(*reports) == after(*shuffled)


@given(REPORTS)
def test_the_same_word_again_says_nothing_new(reports: list[Report]) -> None:
    assert after(*reports, *reports) == after(*reports)


@given(REPORTS)
def test_what_was_delivered_stays_so_and_what_went_out_has_its_time(reports: list[Report]) -> None:
    found = after(*reports)
    out = [report.at for report in reports if report.status in (S.SENT, S.DELIVERED)]
    assert found.sent_at == min(out, default=None)
    assert found.scheduled_at == min(report.at for report in reports)
    assert (found.status is S.DELIVERED) == any(report.status is S.DELIVERED for report in reports)


def test_of_sent_and_failed_the_later_holds() -> None:
    bounced = after(Report(S.FAILED, at(2), error="no such box"), Report(S.SENT, at(1)))
    assert (bounced.status, bounced.sent_at, bounced.last_error) == (S.FAILED, at(1), "no such box")
    again = bounced.told(Report(S.SENT, at(3)))
    assert (again.status, again.sent_at, again.last_error) == (S.SENT, at(1), "no such box")


def test_who_is_held_out_is_said_to_be_so_until_something_went_out() -> None:
    held = after(Report(S.SUPPRESSED, at(1), arm=Arm.CONTROL))
    assert (held.suppression, held.attempts) == (SuppressionReason.HELD_OUT, 0)
    assert held.told(Report(S.PENDING, at(2))).status is S.SUPPRESSED
    sent = held.told(Report(S.SENT, at(2)))
    assert (sent.status, sent.suppression, sent.attempts, sent.arm) == (S.SENT, None, 1, Arm.CONTROL)


def test_what_is_said_besides_replaces_what_was_said_and_what_is_left_out_stays() -> None:
    found = after(
        Report(S.EXPORTED, at(1), Channel.PHONE, "a"), Report(S.SENT, at(2)), Report(S.SENT, at(1), None, "b")
    )
    assert (found.channel, found.variant) == (Channel.EMAIL, "b")
    assert found.told(Report(S.SENT, at(0), Channel.PHONE)).channel is Channel.PHONE

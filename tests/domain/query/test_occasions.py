"""A question that is kept answers as one that is new, whenever and wherever it is asked again."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from domain.errors import QuestionRefused
from tests.domain.query.world import House, asked, at, question

_NOWS = [at(f"2026-{text}") for text in ("03-20", "03-10", "03-03", "03-31", "04-01", "03-20T03:00", "05-16", "02-28")]
_ZONES = ("UTC", "America/New_York")
_LITERAL = '{from: "2026-02-01T00:00:00Z", until: "2026-03-01T05:00:00Z"}'
_OF_EACH = "{{ customers(orderBy: {{field: CREATED_AT}}) {{ nodes {{ profitability(over: {}) {{ revenue }} }} }} }}"
_OF_THOSE = '{{ customers(where: {{profitability: {{over: {}, revenue: {{gte: "400"}}}}}}) {{ nodes {{ id }} }} }}'
_VARIED = """query ($last: Duration, $from: DateTime, $until: DateTime) { customers { nodes {
  a: profitability(over: {last: $last}) { revenue }
  b: profitability(over: {from: $from, until: $until}) { revenue } } } }"""
_QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    *((form.format(over), {}) for form in (_OF_EACH, _OF_THOSE) for over in ('{last: "P45D"}', '{last: "P1M"}')),
    *((form.format(_LITERAL), {}) for form in (_OF_EACH, _OF_THOSE)),
    (_VARIED, {"last": "P45D", "from": "2026-02-01T00:00:00Z", "until": "2026-03-01T05:00:00Z"}),
    (_VARIED, {"last": "P2M", "from": "2026-02-01T05:00:00Z"}),
]


async def _populate(house: House) -> None:
    """An order a week, each ten dearer than the last, and their months, which are the same in both zones."""
    ada = await house.customer("Ada")
    months: dict[datetime, int] = {}
    for week in range(24):
        day = at("2026-01-03T12:00") + timedelta(weeks=week)
        await house.order(ada, day.replace(tzinfo=None).isoformat(), str(10 * week))
        month = day.replace(day=1)
        months[month] = months.get(month, 0) + 10 * week
    for month, revenue in months.items():
        await house.row(
            "customer_month", customer_id=ada, month=month.date(), channel="WEB", category="", revenue=revenue
        )


@pytest.mark.parametrize(("text", "variables"), _QUESTIONS)
async def test_what_is_kept_is_good_for_every_now_and_zone(house: House, text: str, variables: dict[str, Any]) -> None:
    await _populate(house)
    prepared = question(text)
    told = set()
    for now, zone in [*product(_NOWS, _ZONES), *product(reversed(_NOWS), _ZONES)]:
        kept = await house.ask(text, variables, now=now, zone=zone, prepared=prepared)
        assert kept == await house.ask(text, variables, now=now, zone=zone), (now, zone)
        told.add(str(kept))
    assert len(told) > 1 or "from" in text


def _refusal(over: str, zone: str) -> QuestionRefused | None:
    try:
        asked(_OF_EACH.format(over), zone=zone)
    except QuestionRefused as refused:
        return refused
    return None


@pytest.mark.parametrize(
    ("name", "day", "zone", "holds"),
    [
        ("from", "9999-12-05T00:00:00Z", "UTC", False),
        ("from", "0001-01-01T00:00:00Z", "America/New_York", False),
        ("until", "0001-01-01T00:00:00Z", "America/New_York", False),
        ("until", "9999-12-31T23:59:59Z", "Asia/Tokyo", False),
        ("from", "0001-01-01T00:00:00Z", "UTC", True),
        ("until", "9999-12-31T23:59:59Z", "UTC", True),
    ],
)
def test_the_calendars_ends_are_answered_or_refused_by_name(name: str, day: str, zone: str, holds: bool) -> None:
    refused = _refusal(f'{{{name}: "{day}"}}', zone)
    assert (refused is None) == holds
    if refused:
        told = f"over.{name} is too near to the end of the calendar"
        assert (refused.code, refused.message[: len(told)]) == ("INVALID", told)

"""Edges of windows: each condition that turns with the clock says which rows turn it, and no other is looked for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.campaigns.entities.contact import CONTACTS
from domain.clock import Duration
from domain.customers.entities.customer import CUSTOMER
from domain.database import Tx
from domain.query.entity import Compare, Filter, Flag, Inside, Kind
from domain.segments.membership import edges as told
from domain.segments.membership.edges import Anybody, Edge, Turn, edges
from domain.segments.membership.queries import Rule
from domain.segments.rule import kept
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus
from tests.support.calling import OCCASION

NOON = replace(OCCASION, now=datetime(2026, 3, 1, 12, tzinfo=UTC), zone=ZoneInfo("Europe/Berlin"))
WEEK = Duration.parse("P7D")


def turns(where: dict[str, object], *, after: timedelta = timedelta(seconds=10)) -> list[Turn]:
    found = edges(Rule(UUID(int=1), 1, kept(where)), NOON, replace(NOON, now=NOON.now + after))
    return sorted(found, key=repr)


def rows(where: dict[str, object]) -> list[tuple[str, str]]:
    found = turns(where)
    assert all(isinstance(turn, Edge) for turn in found), found
    return [(turn.rows, turn.condition.split(" BETWEEN")[0]) for turn in found if isinstance(turn, Edge)]


ORDERS = "customer_order c"
CASES: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"createdAt": {"olderThan": WEEK}}, [("customer c", "c.created_at")]),
    ({"lifecycleSince": {"olderThan": WEEK}}, [("customer_score c", "c.lifecycle_since")]),
    ({"not": {"nextOrderExpectedAt": {"ahead": WEEK}}}, [("customer_score c", "c.next_order_expected_at")] * 2),
    ({"acquisition": {"at": {"within": WEEK}}}, [("customer c", "c.acquisition_at")] * 2),
    ({"orders": {"where": {"dueAt": {"olderThan": WEEK}}}}, [(ORDERS, "c.due_at")]),
    ({"orders": {"where": {"paidAt": {"olderThan": WEEK}}, "count": {"gte": 2}}}, [(ORDERS, "c.paid_at")]),
    ({"any": [{"orders": {"where": {"late": False}}}]}, [(ORDERS, "c.promised_at")]),
    ({"touchpoints": {"where": {"occurredAt": {"within": WEEK}}}}, [("touchpoint c", "c.occurred_at")] * 2),
    ({"contacts": {"where": {"sentAt": {"olderThan": WEEK}}}}, [(f"{CONTACTS} c", "c.sent_at")]),
    ({"contacts": {"where": {"responded": True, "goal": ["RETAIN"]}, "count": {"gte": 2}}}, []),
    (
        {"consent": {"channel": Channel.SMS, "purpose": ConsentPurpose.MARKETING, "status": ConsentStatus.DENIED}},
        [("customer_consent c", "c.expires_at")],
    ),
    ({"reachableBy": [Channel.SMS]}, [("customer_consent c", "c.expires_at")]),
    ({"orderCount": {"gte": 2}, "country": {"eq": "GB"}}, []),
    ({"profitability": {"profit": {"gte": Decimal(2)}}}, []),
    ({"birthDate": {"anniversaryAhead": WEEK}, "age": {"gte": 18}}, []),
]


@pytest.mark.parametrize(("where", "expected"), CASES, ids=lambda value: str(value)[:60])
def test_a_condition_says_which_rows_turn_it(where: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert rows(where) == expected


def test_sums_over_a_period_that_ends_now_turn_at_both_its_ends() -> None:
    found = rows({"profitability": {"over": {"last": WEEK}, "revenue": {"gte": Decimal(2)}}})
    assert set(found) == {
        (ORDERS, "c.ordered_at"),
        ("order_return c", "c.returned_at"),
        ("touchpoint c", "c.occurred_at"),
    }
    fixed = {"from": NOON.now - timedelta(days=40), "until": NOON.now - timedelta(days=2)}
    assert rows({"profitability": {"over": fixed, "revenue": {"gte": Decimal(2)}}}) == []


def test_days_turn_at_midnight_where_the_house_is() -> None:
    rule: dict[str, object] = {"age": {"gte": 18}}
    assert turns(rule, after=timedelta(hours=10, minutes=59)) == []
    [birthday] = turns(rule, after=timedelta(hours=11))
    assert isinstance(birthday, Edge)
    assert (birthday.low, birthday.high) == (date(2026, 3, 1), date(2026, 3, 2))


def test_an_edge_that_steps_back_at_the_end_of_a_month_passes_whoever_lies_between() -> None:
    """A month before the 30th of March is the 28th of February, to its end, and so is, from its beginning, a month
    before the 31st.
    """
    late = replace(NOON, now=datetime(2026, 3, 30, 23, tzinfo=UTC))
    midnight = replace(late, now=late.now + timedelta(hours=1))
    month, sums = Duration.parse("P1M"), {"over": {"last": Duration.parse("P1M")}, "revenue": {"gte": Decimal(2)}}
    back = (datetime(2026, 2, 27, 23, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    for where in ({"createdAt": {"olderThan": month}}, {"profitability": sums}):
        found = edges(Rule(UUID(int=1), 1, kept(where)), late, midnight)
        spans = {(turn.low, turn.high) for turn in found if isinstance(turn, Edge)}
        assert spans - {(late.now, midnight.now)} == {back}


def test_what_no_edge_tells_turns_for_anybody() -> None:
    until = {"name": "until", "date": {"ahead": WEEK}}
    assert set(turns({"touchpoints": {"where": {"properties": [until]}}}, after=timedelta(days=1))) == {Anybody()}
    assert turns({"bought": {"product": {"discontinued": True}}}) == [Anybody("product", "discontinued_at")]


def test_whatever_is_told_by_the_clock_has_an_edge() -> None:
    """Who adds a condition on {now} or {today} says here what turns it."""
    known = {*told._FACTS, "discontinued", "age"}
    assert {name for name, sql in _clocked(CUSTOMER.filters)} <= known


def _clocked(filters: Mapping[str, Filter]) -> Iterator[tuple[str, str]]:
    for name, one in filters.items():
        texts = [one.yes, one.no] if isinstance(one, Flag) else [one.sql] if isinstance(one, Compare) else []
        yield from ((name, text) for text in texts if "{now}" in text or "{today}" in text)
        if isinstance(one, Inside):
            yield from _clocked(one.fields)


async def test_every_moment_that_rules_can_name_has_an_index(tx: Tx) -> None:
    """Else each sweep, every ten seconds, would read the whole table."""
    found = await tx.fetch("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
    leading = {
        row["indexdef"].split(" ON ", 1)[1].split(" USING btree (")[-1].split(",")[0].split(" ")[0].rstrip(")")
        for row in found
        if "USING btree" in row["indexdef"]
    }
    moments = {one.sql.split(".")[-1] for one in map(_moment, CUSTOMER.filters.values()) if one}
    moments |= {"occurred_at", "ordered_at", "due_at", "paid_at", "delivered_at", "promised_at", "returned_at"}
    moments |= {"acquisition_at", "expires_at"}
    assert len(moments) > 12
    assert moments <= leading


def _moment(one: Filter) -> Compare | None:
    return one if isinstance(one, Compare) and one.kind is Kind.INSTANT else None

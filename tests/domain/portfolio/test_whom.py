"""Of whom a portfolio is: one list a statement, nothing sent that is not used, and filters that lead on to the same."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from graphql import get_variable_values, parse

from domain.access.principal import OPERATOR, Principal
from domain.clock import Duration
from domain.database import Tx
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.portfolio.queries_whom import GROUP
from domain.query.asking import Asked, Given, Occasion
from domain.query.retold import retold
from domain.vocabulary import Role
from schema.given import arguments
from schema.root import graphql_schema
from tests.domain.query.world import KEYS, MASKED, NOW, TILL, House, asked, at, public, question
from tests.domain.segments.entities.test_withheld import Street

_HEAD = "customers profitableCustomers unprofitableCustomers lifetimeValue profitability { profit }"


@pytest.fixture
def house(tx: Tx) -> House:
    return House(tx)


@pytest.fixture
def street(tx: Tx) -> Street:
    return Street(tx)


def test_the_customers_are_found_once_however_much_is_asked_of_them() -> None:
    text = f'{{ portfolio(where: {{country: {{eq: "GB"}}}}) {{ {_HEAD} history {{ customers }} }} }}'
    sql = asked(text).statement.sql
    assert sql.count(".country =") == 1
    assert len(re.findall(r"\bwho_t\d+ AS \(", sql)) == 1
    assert len(re.findall(r"FROM who_t\d+", sql)) > 3


def test_what_nobody_asks_for_is_not_written() -> None:
    sql = asked("{ portfolio { asOf currency } }").statement.sql
    assert "customer" not in sql
    sql = asked('{ portfolio(over: {last: "P1Y"}) { customers } }').statement.sql
    assert "customer_order" not in sql
    assert "customer_month" not in sql


async def test_a_portfolio_is_planned_for_its_values_each_time_it_is_asked(house: House) -> None:
    """And no statement is left behind on the connection, however often that is."""
    await house.customer("Ada", country="GB")
    text = '{ portfolio(where: {country: {eq: "GB"}}) { customers profitableCustomers } }'
    for _ in range(12):
        assert (await house.ask(text))["portfolio"]["customers"] == 1
    kept = "SELECT generic_plans FROM pg_prepared_statements WHERE strpos(statement, $1) > 0"
    assert [row[0] for row in await house.tx.fetch(kept, "who_t1")] in ([], [0])


async def test_two_portfolios_of_one_question_are_of_their_own_customers(house: House) -> None:
    ada = await house.customer("Ada", country="GB", score={"profit": Decimal(5), "lifetime_value": Decimal("7.25")})
    await house.customer("Bob", country="DE", score={"profit": Decimal(-2)})
    await house.customer("Cy", country="GB")
    answer = await house.ask(
        f"""query ($id: ID!) {{
          all: portfolio {{ {_HEAD} }}
          british: portfolio(where: {{country: {{eq: "GB"}}}}) {{ {_HEAD} }}
          her: portfolio(where: {{id: {{eq: $id}}}}, over: {{last: "P1Y"}}) {{ {_HEAD} }}
        }}""",
        {"id": public(ada)},
    )
    figures = ("customers", "profitableCustomers", "unprofitableCustomers", "lifetimeValue")
    assert [answer["all"][name] for name in figures] == [3, 1, 1, "7.25"]
    assert [answer["british"][name] for name in figures] == [2, 1, 0, "7.25"]
    # Of the year there are no facts of hers, though the summary of ever says so.
    assert [answer["her"][name] for name in figures] == [1, 0, 0, "7.25"]


async def test_a_period_begins_with_its_first_instant_and_ends_before_its_last(house: House) -> None:
    ada = await house.customer("Ada")
    for day, total in (("2026-01-10T12:00:00", "1"), ("2026-01-10T12:00:01", "2"), ("2026-01-20T12:00:00", "4")):
        await house.order(ada, day, total)
    text = """query ($over: Period) { portfolio(over: $over) { profitableCustomers profitability { revenue } } }"""
    prepared = question(text)
    for start, end, revenue in (
        ("2026-01-10T12:00:00Z", "2026-01-20T12:00:00Z", "3.00"),
        ("2026-01-10T12:00:01Z", "2026-01-20T12:00:00.000001Z", "6.00"),
        ("2026-01-20T12:00:00.000001Z", "2026-01-30T00:00:00Z", "0.00"),
    ):
        over = {"from": start, "until": end}
        # Of one document, whose statement is kept: what a period decides is decided anew.
        found = (await house.ask(text, {"over": over}, prepared=prepared))["portfolio"]
        assert found == {"profitableCustomers": int(revenue != "0.00"), "profitability": {"revenue": revenue}}


@pytest.mark.parametrize("over", ["", 'over: {from: "2026-01-02T00:00:00Z"}', 'over: {until: "2026-02-02T00:00:00Z"}'])
async def test_who_was_merged_or_erased_is_not_among_them(house: House, over: str) -> None:
    """What the merged one earned has gone to the survivor; what the erased one earned stays in everybody's totals, and
    is in no filter's.
    """
    ada = await house.customer("Ada")
    gone: tuple[dict[str, object], ...] = ({"merged_into": ada}, {"erased_at": NOW}, {})
    for number, how in enumerate(gone):
        worth = {"profit": Decimal(10), "lifetime_value": Decimal(40), "order_count": 1}
        one = await house.customer(f"C{number}", score=worth, **how)
        if "merged_into" in how:
            continue
        for day, month in (("2026-01-10", "2026-01-01"), ("2026-02-01", "2026-02-01")):
            await house.order(one, day, "5")
            await house.row(
                "customer_month", customer_id=one, month=at(month).date(), channel="WEB", category="", revenue=5
            )
    expected = {"customers": 2, "profitableCustomers": 1, "unprofitableCustomers": 0, "lifetimeValue": "40.00"}
    for where, profit in (("", "20.00"), ("where: {}", "20.00"), ('where: {not: {country: {eq: "XX"}}}', "10.00")):
        given = f"({where} {over})" if where or over else ""
        found = (await house.ask(f"{{ portfolio{given} {{ {_HEAD} }} }}"))["portfolio"]
        assert found == expected | {"profitability": {"profit": profit}}


@pytest.mark.parametrize("field", ["customers", "lifetimeValue", "asOf"])
def test_partners_have_no_portfolio(field: str) -> None:
    with pytest.raises(QuestionRefused, match="portfolio may not be read by a PARTNER") as refused:
        asked(f"{{ portfolio {{ {field} }} }}", caller=TILL)
    assert refused.value.code == "NOT_ALLOWED"


def test_personal_data_is_not_asked_about_by_who_may_not_read_it() -> None:
    text = '{ portfolio(where: {email: {startsWith: "ada"}}) { customers } }'
    with pytest.raises(QuestionRefused, match="email is personal data"):
        asked(text, caller=MASKED)


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ('{from: "2026-02-01T00:00:00Z", until: "2026-01-01T00:00:00Z"}', "until must be later than from"),
        ('{last: "P1Y", from: "2026-01-01T00:00:00Z"}', "over.last stands alone"),
    ],
)
def test_a_period_that_cannot_be_is_refused_by_its_name(over: str, told: str) -> None:
    with pytest.raises(QuestionRefused, match=told):
        asked(f"{{ portfolio(over: {over}) {{ customers profitability {{ profit }} }} }}")


def test_too_many_rows_of_history_are_refused_by_the_name_of_what_asks_for_them() -> None:
    over = '{from: "2020-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z"}'
    with pytest.raises(QuestionRefused, match="every makes more than 120 rows"):
        asked(f'{{ portfolio(over: {over}) {{ history(every: "P7D") {{ customers }} }} }}')


async def test_a_hidden_group_that_is_small_tells_no_figures(street: Street) -> None:
    """To who may not read personal data: the number of its customers is at most five, and nothing else is told."""
    await street.people_move_in()
    for person in street.people:
        await street.order(person, "2026-01-05", "10")
        text = "UPDATE customer_score SET profit = 3, lifetime_value = 4 WHERE customer_id = $1"
        await street.tx.execute(text, person)
    small = await street.segment("small", 3, personal=True)
    large = await street.segment("large", 6, personal=True)
    over = 'from: "2026-01-02T00:00:00Z", until: "2026-01-20T00:00:00Z"'
    text = f'{{ segment(key: "%s") {{ portfolio(over: {{{over}}}) {{ {_HEAD} history {{ customers }} }} }} }}'
    for key, id_, told, worth in (("small", small, 5, 0), ("large", large, 6, 6)):
        for caller, members, count in ((MASKED, worth, told), (OPERATOR, {small: 3, large: 6}[id_], None)):
            found = (await street.ask(text % key, caller=caller))["segment"]["portfolio"]
            assert found["customers"] == (members if count is None else count)
            assert found["profitableCustomers"] == members
            assert Decimal(found["lifetimeValue"]) == 4 * members
            assert Decimal(found["profitability"]["profit"]) == 10 * members
            assert found["history"][-1]["customers"] == members
            where = f'(where: {{inSegment: ["{public(id_, Prefix.SEGMENT)}"]}})'
            by_filter = await street.ask(f"{{ portfolio{where} {{ {_HEAD} }} }}", caller=caller)
            assert by_filter["portfolio"]["customers"] == members


def test_a_list_of_segments_with_their_portfolios_costs_too_much() -> None:
    text = f"{{ segments(first: 50) {{ nodes {{ portfolio {{ {_HEAD} }} }} }} }}"
    with pytest.raises(QuestionRefused, match="ask for shorter lists") as refused:
        asked(text, caller=Principal("analyst", Role.ANALYST))
    assert refused.value.code == "TOO_COSTLY"


_FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"country": {"eq": "GB"}},
    {"country": {"ne": "DE"}, "orderCount": {"gte": 2}},
    {"all": [{"orderCount": {"lte": 3}}, {"country": {"in": ["GB", "DE"]}}]},
    {"any": [{"orderCount": {"eq": 1}}, {"country": {"eq": "FR"}}]},
    {"not": {"country": {"eq": "FR"}}},
)


async def test_a_group_within_a_portfolio_is_found_by_both_filters(house: House) -> None:
    """Whatever the two ask for, also of the same field: who is found is found by each of them."""
    for number in range(12):
        await house.customer(f"C{number:02}", country=("GB", "DE", "FR")[number % 3], score={"order_count": number % 5})
    column = GROUP.columns["where"].sql.format(base="$1::jsonb", a="g")
    for base, group in permutations(_FILTERS, 2):
        both = await house.tx.fetchval(f"SELECT {column} FROM (SELECT $2::jsonb AS group_where) g", base, group)
        found = [await _found(house, where) for where in (base, group, both)]
        assert found[2] == found[0] & found[1], (base, group, both)


async def _found(house: House, where: dict[str, Any]) -> set[str]:
    text = "query ($where: CustomerFilter) { customers(where: $where) { nodes { id } } }"
    return {one["id"] for one in (await house.ask(text, {"where": where}))["customers"]["nodes"]}


async def test_a_filter_that_is_as_deep_as_can_be_still_leads_to_its_groups(house: House) -> None:
    deepest: dict[str, Any] = {"country": {"eq": "GB"}}
    for _ in range(8):
        deepest = {"all": [deepest]}
    column = GROUP.columns["where"].sql.format(base="$1::jsonb", a="g")
    for group in ({"country": {"eq": "GB"}}, {"all": [{"country": {"eq": "GB"}}]}):
        both = await house.tx.fetchval(f"SELECT {column} FROM (SELECT $2::jsonb AS group_where) g", deepest, group)
        assert await _found(house, both) == set()


def _retold(text: str, variables: dict[str, Any]) -> object:
    """What is told of the filter of a question with these variables, when it was read with others of their shape."""
    document = parse(text)
    operation: Any = document.definitions[0]
    values = get_variable_values(graphql_schema, operation.variable_definitions or (), variables)
    assert not isinstance(values, list), values
    assert graphql_schema.query_type
    field = graphql_schema.query_type.fields["portfolio"]
    given = arguments(field, operation.selection_set.selections[0], values.coerced)
    asking = Asked(Occasion(MASKED, NOW, UTC, KEYS))  # type: ignore[arg-type]
    slot = retold(asking, given["where"])
    assert slot.type == "jsonb"
    binding = asking.bindings[slot.index]
    return binding.turn(asking.occasion, *(one.now(values.coerced) for one in binding.givens))


_WHERE: dict[str, Any] = {
    "all": [{"profitability": {"over": {"last": "P1Y6M"}, "profit": {"gte": "19.90"}}}, {"orderCount": {"in": [1, 2]}}],
    "birthDate": {"gte": "1980-02-29"},
    "createdAt": {"lt": "2026-03-01T09:30:00.25+00:00", "within": "P90D"},
    "lifecycleStage": ["NEW", "LAPSED"],
    "attributes": [{"name": "vip", "boolean": {"eq": True}}],
    "inSegment": ["seg_" + "0" * 32],
    "not": {"churnProbability": {"gt": 0.5}},
    "any": [{}],
}


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_literal(held)}" for name, held in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return (
        str(value)
        if value in ("NEW", "LAPSED")
        else str(value).lower()
        if value is True
        else repr(value).replace("'", '"')
    )


def _ways() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "query ($where: CustomerFilter) { portfolio(where: $where) { customers } }", {"where": _WHERE}
    yield f"{{ portfolio(where: {_literal(_WHERE)}) {{ customers }} }}", {}
    mixed = dict(_WHERE)
    parts = _literal({name: held for name, held in mixed.items() if name not in ("createdAt", "lifecycleStage")})
    yield (
        "query ($created: DateTimeFilter, $stages: [LifecycleStage!]) { portfolio(where: {createdAt: $created,"
        f" lifecycleStage: $stages, {parts[1:]}) {{ customers }} }}",
        {"created": _WHERE["createdAt"], "stages": _WHERE["lifecycleStage"]},
    )


@pytest.mark.parametrize(("text", "variables"), list(_ways()))
def test_a_filter_is_told_again_as_the_variable_that_it_could_have_been(text: str, variables: dict[str, Any]) -> None:
    assert _retold(text, variables) == _WHERE


def test_instants_days_durations_and_amounts_are_told_as_text() -> None:
    asking = Asked(Occasion(MASKED, NOW, UTC, KEYS))  # type: ignore[arg-type]
    of = {
        "instant": datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "day": date(2026, 3, 1), "amount": Decimal("19.90"),
        "duration": Duration(1, timedelta()), "many": [Decimal("1"), None],
    }  # fmt: skip
    slot = retold(asking, {name: Given(value) for name, value in of.items()})
    binding = asking.bindings[slot.index]
    assert binding.turn(asking.occasion, *(one.now({}) for one in binding.givens)) == {
        "instant": "2026-03-01T09:30:00+00:00", "day": "2026-03-01", "amount": "19.90", "duration": "P1M",
        "many": ["1", None],
    }  # fmt: skip

"""What a customer needs, prefers and thinks of us, and declared attributes: told of one, asked of all by filters."""

from typing import Any
from uuid import UUID

import pytest

from domain.customers.commands_summarising import summarise
from domain.errors import QuestionRefused
from tests.domain.query.test_allowance import one
from tests.domain.query.world import MASKED, NOW, House, asked, at


async def attribute(house: House, customer: UUID, name: str, *, personal: bool = False, **value: Any) -> None:
    if "text_value" in value:
        value["text_fold"] = value["text_value"].casefold()
    await house.row("customer_attribute", customer_id=customer, name=name, personal=personal, **value)


async def test_needs_are_told_with_where_they_were_learnt(house: House) -> None:
    ada, bob = await house.customer("Ada"), await house.customer("Bob")
    touch = await house.touchpoint(ada)
    for customer, kind, name, strength in (
        (ada, "MOTIVATION", "price", 0.4), (ada, "BELIEF", "organic is better", 0.9), (bob, "BELIEF", "price", 0.8),
    ):  # fmt: skip
        await house.row(
            "customer_need", customer_id=customer, need_id=house.id(), kind=kind, name=name, strength=strength,
            detail="Said so.", source="shop", recorded_at=NOW, touchpoint_id=touch if name == "price" else None,
        )  # fmt: skip
    what = "needs { id kind name strength detail touchpoint { kind } }"
    told = (await one(house, ada, what))["needs"]
    assert [need["name"] for need in told] == ["organic is better", "price"]
    assert [need["touchpoint"] for need in told] == [None, {"kind": "VISIT"}]
    assert told[0]["id"].startswith("need_")
    masked = (await one(house, ada, what, caller=MASKED))["needs"]
    assert [need["detail"] for need in masked] == ["***", "***"]
    assert await house.names("{need: {}}") == ["Ada", "Bob"]
    assert await house.names('{need: {name: "price"}}') == ["Ada", "Bob"]
    assert await house.names('{need: {name: "price", kind: BELIEF}}') == ["Bob"]
    assert await house.names('{need: {name: "price", minStrength: 0.5}}') == ["Bob"]
    assert await house.names("{not: {need: {minStrength: 0.85}}}") == ["Bob"]


_SATISFACTION = (
    "satisfaction { recommendScore averageSatisfaction openCases complaints medianHoursToResolve }",
    ("recommend_score", "average_satisfaction", "open_cases", "complaints", "median_hours_to_resolve"),
)


async def test_satisfaction_is_told_of_one_as_it_is_summarised_of_all(house: House) -> None:
    ada, bob, cleo = [await house.customer(name) for name in ("Ada", "Bob", "Cleo")]

    async def case(day: str, kind: str, number: str | None = "C-1", source: str = "shop") -> None:
        await house.touchpoint(ada, day, kind=kind, case_number=number, source=source)

    await house.touchpoint(ada, "2026-01-01", kind="SURVEY", recommend_score=9, satisfaction=8)
    await house.touchpoint(ada, "2026-02-01", kind="SURVEY", recommend_score=6, satisfaction=5)
    await house.touchpoint(ada, "2026-02-01", kind="SURVEY", recommend_score=4)
    await house.touchpoint(ada, "2026-02-02", kind="COMPLAINT")
    # Opened, resolved after two hours, opened again; the same number of another source, resolved after six.
    await case("2026-01-01T10:00", "CASE_OPENED")
    await case("2026-01-01T12:00", "CASE_RESOLVED")
    await case("2026-01-05", "CASE_OPENED")
    await case("2026-01-01T10:00", "CASE_OPENED", source="till")
    await case("2026-01-01T16:00", "CASE_RESOLVED", source="till")
    await case("2026-01-01T17:00", "CASE_RESOLVED", source="till")
    await case("2026-01-01", "CASE_RESOLVED", "C-2")
    await case("2026-01-01", "CASE_OPENED", None)
    await house.touchpoint(bob, kind="SURVEY", satisfaction=3)
    what, columns = _SATISFACTION
    expected = {
        ada: (4, 6.5, 1, 1, 4.0),
        bob: (None, 3.0, 0, 0, None),
        cleo: (None, None, 0, 0, None),
    }
    await summarise(house.tx, [ada, bob, cleo], now=NOW)
    for customer, figures in expected.items():
        assert tuple((await one(house, customer, what))["satisfaction"].values()) == figures
        row = await house.tx.fetchrow(
            f"SELECT {', '.join(columns)} FROM customer_summary WHERE customer_id = $1", customer
        )
        assert row is not None
        assert tuple(row.values()) == figures
    assert await house.names("{recommendScore: {lte: 6}}") == ["Ada"]
    assert await house.names("{averageSatisfaction: {gt: 3, lt: 7}}") == ["Ada"]
    assert await house.names("{averageSatisfaction: {isNull: true}}") == ["Cleo"]
    assert await house.names("{openCases: {gte: 1}}") == ["Ada"]
    assert await house.names("{openCases: {eq: 0}}") == ["Bob", "Cleo"]
    await house.customer("Dora")  # of whom nothing was summed up yet
    for none in ("{eq: 0}", "{lt: 1}", "{in: [0, 7]}", "{isNull: false, lte: 0}"):
        assert await house.names(f"{{openCases: {none}}}") == ["Bob", "Cleo", "Dora"], none
        assert await house.names(f"{{not: {{openCases: {none}}}}}") == ["Ada"], none
    for some in ("{gte: 1}", "{in: [1]}", "{gt: 0}"):
        assert await house.names(f"{{openCases: {some}}}") == ["Ada"], some


_MANY = """
WITH made AS (
  INSERT INTO customer (customer_id, created_at, updated_at)
  SELECT gen_random_uuid(), $1, $1 FROM generate_series(1, 3000) RETURNING customer_id
)
INSERT INTO customer_summary (customer_id, open_cases, as_of)
SELECT customer_id, (row_number() OVER () % 1000 = 0)::int, $1 FROM made
"""


async def test_who_has_open_cases_is_found_by_an_index(house: House) -> None:
    await house.tx.execute(_MANY, NOW)
    await house.tx.execute("ANALYZE customer, customer_summary")
    question = asked("{ customers(where: {openCases: {gte: 1}}) { totalCount } }")
    rows = await house.tx.fetch("EXPLAIN " + question.statement.sql, *question.values)
    assert any("customer_summary_open_cases" in row[0] for row in rows), "\n".join(row[0] for row in rows)


async def test_attributes_are_found_by_what_they_were_declared_as(house: House) -> None:
    ada, bob, _ = [await house.customer(name) for name in ("Ada", "Bob", "Cleo")]
    await attribute(house, ada, "plan", text_value="Gold_Plus")
    await attribute(house, bob, "plan", text_value="gold")
    await attribute(house, ada, "visits", number_value=3.5)
    await attribute(house, bob, "visits", number_value=12)
    await attribute(house, ada, "vip", boolean_value=True)
    await attribute(house, bob, "since", date_value=at("2025-03-20").date())
    for test, expected in (
        ('{name: "plan", string: {eq: "gold"}}', ["Bob"]),
        ('{name: "plan", string: {eq: "Gold"}}', []),
        ('{name: "plan", string: {ne: "gold"}}', ["Ada", "Cleo"]),
        ('{name: "plan", string: {in: ["gold", "Gold_Plus"]}}', ["Ada", "Bob"]),
        ('{name: "plan", string: {notIn: ["gold"]}}', ["Ada", "Cleo"]),
        ('{name: "plan", string: {startsWith: "GOLD_"}}', ["Ada"]),
        ('{name: "plan", string: {contains: "LD"}}', ["Ada", "Bob"]),
        ('{name: "plan", string: {contains: "d%p"}}', []),
        ('{name: "plan", string: {isNull: true}}', ["Cleo"]),
        ('{name: "plan", string: {isNull: false}, exists: true}', ["Ada", "Bob"]),
        ('{name: "plan", number: {isNull: false}}', []),
        ('{name: "visits", number: {gt: 3, lte: 12}}', ["Ada", "Bob"]),
        ('{name: "visits", number: {gt: 3.5}}', ["Bob"]),
        ('{name: "vip", boolean: {eq: true}}', ["Ada"]),
        ('{name: "vip", exists: false}', ["Bob", "Cleo"]),
        ('{name: "since", date: {gte: "2025-03-20"}}', ["Bob"]),
        ('{name: "since", date: {anniversaryAhead: "P7D"}}', ["Bob"]),
        ('{name: "since", date: {olderThan: "P1M"}}', ["Bob"]),
        ('{name: "plan", string: {}}', ["Ada", "Bob", "Cleo"]),
        ('{name: "plan"}', ["Ada", "Bob", "Cleo"]),
        ('{name: "plan", string: {startsWith: "gold"}}, {name: "visits", number: {lt: 5}}', ["Ada"]),
    ):
        assert await house.names(f"{{attributes: [{test}]}}") == expected, test
    assert await house.names("{attributes: []}") == ["Ada", "Bob", "Cleo"]
    with pytest.raises(QuestionRefused, match="shorter beginning"):
        await house.names('{attributes: [{name: "plan", string: {startsWith: "%s"}}]}' % ("a" * 201))
    for null in ('{name: "vip", exists: null}', '{name: "plan", string: null}', '{name: "plan", string: {eq: null}}'):
        with pytest.raises(QuestionRefused, match="is null"):
            await house.names(f"{{attributes: [{null}]}}")


async def test_personal_attributes_are_not_there_for_who_may_not_read_them(house: House) -> None:
    ada = await house.customer("Ada", personal_attributes={"shoe": 38}, attributes={"vip": True})
    await attribute(house, ada, "shoe", personal=True, number_value=38)
    test = '{attributes: [{name: "shoe", number: {gt: 37}}]}'
    assert await house.names(test) == ["Ada"]
    count = f"{{ customers(where: {test}) {{ totalCount }} }}"
    assert (await house.ask(count, caller=MASKED))["customers"]["totalCount"] == 0
    denied = '{ customers(where: {attributes: [{name: "shoe", exists: false}]}) { totalCount } }'
    assert (await house.ask(denied, caller=MASKED))["customers"]["totalCount"] == 1
    assert (await one(house, ada, "attributes"))["attributes"] == {"shoe": 38, "vip": True}
    assert (await one(house, ada, "attributes", caller=MASKED))["attributes"] == {"vip": True}

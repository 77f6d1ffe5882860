"""Filters hold for what they say and for nothing else."""

import pytest

from domain.errors import QuestionRefused
from tests.domain.query.world import MASKED, House, asked, at, public


async def test_a_filter_without_fields_holds_for_all(house: House) -> None:
    await house.customer("Ada")
    assert await house.names("{}") == ["Ada"]


async def test_text_is_compared_as_stored_but_parts_ignore_case(house: House) -> None:
    await house.customer("Ada Über", email="ada@example.org", region="Ästraße")
    await house.customer("100%_sure", email="b@example.org")
    await house.customer("100 sure")
    assert await house.names('{displayName: {eq: "ada über"}}') == []
    assert await house.names('{displayName: {contains: "ÜB"}}') == ["Ada Über"]
    assert await house.names('{displayName: {startsWith: "100%_"}}') == ["100%_sure"]
    assert await house.names('{email: {startsWith: "ADA@"}}') == ["Ada Über"]
    assert await house.names('{region: {contains: "STRASSE"}}') == []
    assert await house.names('{region: {contains: "ÄSTRAßE"}}') == ["Ada Über"]


async def test_what_is_not_there_is_other_than_any_value(house: House) -> None:
    await house.customer("Ada", city="Ulm")
    await house.customer("Bob")
    assert await house.names('{city: {ne: "Ulm"}}') == ["Bob"]
    assert await house.names('{city: {notIn: ["Ulm"]}}') == ["Bob"]
    assert await house.names('{not: {city: {eq: "Ulm"}}}') == ["Bob"]
    assert await house.names("{city: {isNull: true}}") == ["Bob"]
    assert await house.names("{city: {isNull: false}}") == ["Ada"]


async def test_one_of_none_matches_nothing(house: House) -> None:
    await house.customer("Ada", city="Ulm")
    assert await house.names("{city: {in: []}}") == []
    assert await house.names("{city: {notIn: []}}") == ["Ada"]
    assert await house.names("{any: []}") == []
    assert await house.names("{all: []}") == ["Ada"]
    assert await house.names("{lifecycleStage: []}") == []


async def test_all_any_and_not_nest(house: House) -> None:
    await house.customer("Ada", city="Ulm", country="DE")
    await house.customer("Bob", city="Bonn", country="DE")
    await house.customer("Cid", city="Bath", country="GB")
    german = '{country: {eq: "DE"}}'
    assert await house.names(f'{{all: [{german}, {{not: {{city: {{eq: "Ulm"}}}}}}]}}') == ["Bob"]
    assert await house.names('{any: [{city: {eq: "Bath"}}, {city: {eq: "Bonn"}}], country: {eq: "DE"}}') == ["Bob"]
    deep = "{}"
    for _ in range(9):
        deep = f"{{not: {deep}}}"
    with pytest.raises(QuestionRefused, match="at most 8 deep"):
        asked(f"{{ customers(where: {deep}) {{ nodes {{ id }} }} }}")


async def test_a_null_says_nothing_and_is_refused(house: House) -> None:
    with pytest.raises(QuestionRefused, match=r"where\.city\.eq is null") as refused:
        asked("query ($c: String) { customers(where: {city: {eq: $c}}) { nodes { id } } }", {"c": None})
    assert refused.value.code == "INVALID"
    assert asked("{ customers(where: null) { nodes { id } } }")


@pytest.mark.parametrize(
    ("birth", "ahead", "comes"),
    [
        ("1980-03-15", "P0D", True),  # today
        ("1980-03-22", "P7D", True),
        ("1980-03-23", "P7D", False),
        ("1980-03-14", "P7D", False),  # yesterday's comes again next year
        ("1980-03-14", "P1Y", True),
        ("2000-01-01", "P300D", True),  # over the turn of the year
    ],
)
async def test_anniversaries_come_within_days(house: House, birth: str, ahead: str, comes: bool) -> None:
    await house.customer("Ada", birth_date=at(birth).date())
    assert (await house.names(f'{{birthDate: {{anniversaryAhead: "{ahead}"}}}}') == ["Ada"]) is comes


async def test_a_leap_day_is_celebrated_on_the_28th_where_the_year_has_none(house: House) -> None:
    await house.customer("Leap", birth_date=at("2004-02-29").date())
    question = '{birthDate: {anniversaryAhead: "P0D"}}'
    assert await house.names(question, now=at("2026-02-28")) == ["Leap"]
    assert await house.names(question, now=at("2026-03-01")) == []
    assert await house.names(question, now=at("2028-02-28")) == []
    assert await house.names(question, now=at("2028-02-29")) == ["Leap"]
    assert await house.names("{age: {eq: 22}}", now=at("2026-02-28")) == ["Leap"]
    assert await house.names("{age: {eq: 21}}", now=at("2026-02-27")) == ["Leap"]


async def test_today_is_the_organizations_day(house: House) -> None:
    """At 12:30 UTC of the 15th it is the 16th already in Auckland."""
    await house.customer("Ada", birth_date=at("1980-03-16").date())
    question = '{birthDate: {anniversaryAhead: "P0D"}}'
    assert await house.names(question, now=at("2026-03-15T12:30")) == []
    assert await house.names(question, now=at("2026-03-15T12:30"), zone="Pacific/Auckland") == ["Ada"]


async def test_instants_lie_within_before_and_ahead_of_now(house: House) -> None:
    await house.customer("Old", score={"lifecycle_since": at("2025-01-01")})
    await house.customer("New", score={"lifecycle_since": at("2026-03-01")})
    await house.customer("Next", score={"lifecycle_since": at("2026-03-20")})
    assert await house.names('{lifecycleSince: {within: "P1M"}}') == ["New"]
    assert await house.names('{lifecycleSince: {olderThan: "P1Y"}}') == ["Old"]
    assert await house.names('{lifecycleSince: {ahead: "P1W"}}') == ["Next"]
    assert await house.names('{lifecycleSince: {gte: "2026-03-01T01:00:00+01:00", lt: "2026-03-20T00:00:00Z"}}') == [
        "New"
    ]
    with pytest.raises(QuestionRefused, match=r"olderThan reaches beyond the years 1 to 9999"):
        asked('{ customers(where: {createdAt: {olderThan: "P500Y"}}) { nodes { id } } }', now=at("0400-01-01"))


async def test_histories_count_and_sum_the_orders_that_match(house: House) -> None:
    ada, bob = await house.customer("Ada"), await house.customer("Bob")
    await house.customer("Cid")
    for total in ("10", "20"):
        await house.order(ada, total=total)
    await house.order(ada, total="500", cancelled_at=at("2026-01-11"))
    await house.order(bob, total="25", channel="IN_PERSON")
    assert await house.names("{orders: {}}") == ["Ada", "Bob"]
    assert await house.names("{orders: {where: {channel: [IN_PERSON]}}}") == ["Bob"]
    assert await house.names("{orders: {count: {gte: 2}}}") == ["Ada"]
    assert await house.names("{orders: {count: {eq: 0}}}") == ["Cid"]
    assert await house.names('{orders: {total: {gt: "25"}}}') == ["Ada"]
    assert await house.names('{orders: {where: {total: {gt: "10"}}, total: {eq: "20"}}}') == ["Ada"]
    assert await house.names("{orders: {where: {cancelled: true}}}") == ["Ada"]


async def test_histories_count_touchpoints(house: House) -> None:
    ada, bob = await house.customer("Ada"), await house.customer("Bob")
    for day in ("2026-01-01", "2026-03-10"):
        await house.touchpoint(ada, day, kind="CALL", satisfaction=9)
    await house.touchpoint(bob, kind="VISIT")
    assert await house.names("{touchpoints: {where: {kind: [CALL]}, count: {gt: 1}}}") == ["Ada"]
    assert await house.names('{touchpoints: {where: {occurredAt: {within: "P30D"}}}}') == ["Ada"]
    assert await house.names("{touchpoints: {where: {satisfaction: {gte: 9}}, count: {eq: 0}}}") == ["Bob"]


async def test_bought_and_not_bought(house: House) -> None:
    tea, mug = await house.product("TEA", category="Food"), await house.product("MUG", category="Home")
    ada, bob = await house.customer("Ada"), await house.customer("Bob")
    order = await house.order(ada)
    await house.line(ada, order, tea, 3)
    gone = await house.order(bob, cancelled_at=at("2026-02-01"))
    await house.line(bob, gone, tea, 9)
    kept = await house.order(bob, "2026-03-01")
    await house.line(bob, kept, mug)
    assert await house.names('{bought: {product: {sku: {eq: "TEA"}}}}') == ["Ada"]
    assert await house.names('{bought: {product: {category: {in: ["Food"]}}, units: {gte: 3}}}') == ["Ada"]
    assert await house.names('{bought: {product: {sku: {eq: "TEA"}}, units: {gt: 3}}}') == []
    assert await house.names('{notBought: {product: {sku: {eq: "TEA"}}}}') == ["Bob"]
    assert await house.names('{bought: {product: {}, at: {within: "P1M"}}}') == ["Bob"]
    assert await house.names(f'{{bought: {{product: {{id: {{eq: "prd_{mug.hex}"}}}}}}}}') == ["Bob"]


async def test_identities_and_acquisition(house: House) -> None:
    ada = await house.customer(
        "Ada", acquisition_channel="TV", acquisition_source="ad", acquisition_at=at("2026-01-01")
    )
    await house.customer("Bob")
    await house.identity(ada, "EXTERNAL_ID", "L-1", "till")
    assert await house.names('{identity: {kind: EXTERNAL_ID, source: "till", value: {startsWith: "l-"}}}') == ["Ada"]
    assert await house.names("{identity: {verified: true}}") == []
    assert await house.names('{acquisition: {channel: [TV, WEB], source: {eq: "ad"}}}') == ["Ada"]
    assert await house.names(f'{{id: {{notIn: ["{public(ada)}"]}}}}') == ["Bob"]


async def test_named_values_are_compared_as_what_they_are(house: House) -> None:
    said = {"colour": "red", "weight": 2, "since": "2026-02-29", "day": "2024-02-29", "nil": None}
    await house.product("A", attributes=said)

    async def found(attribute: str) -> bool:
        text = f"{{ products(where: {{attributes: [{attribute}]}}) {{ nodes {{ sku }} }} }}"
        return bool((await house.ask(text))["products"]["nodes"])

    assert await found('{name: "colour", string: {startsWith: "RE"}}')
    assert await found('{name: "weight", number: {gt: 1.5}}')
    assert not await found('{name: "weight", string: {eq: "2"}}')
    assert await found('{name: "day", date: {gte: "2024-02-29"}}')
    assert not await found('{name: "since", date: {isNull: false}}')  # no day of the calendar
    assert await found('{name: "nil", exists: true}')
    assert await found('{name: "none", exists: false}')


async def test_late_offers_and_payments_of_orders(house: House) -> None:
    ada = await house.customer("Ada")
    late = await house.order(ada, promised_at=at("2026-01-12"), offer_codes=["SAVE_10"], handled_by="late")
    await house.order(ada, promised_at=at("2026-01-12"), delivered_at=at("2026-01-12"), handled_by="on time")
    await house.order(ada, handled_by="no promise")
    await house.row(
        "order_payment", customer_id=ada, order_id=late, external_id="P", recorded_for=ada, method="CASH",
        amount=1, paid_at=at("2026-01-13"),
    )  # fmt: skip

    async def found(where: str) -> list[str]:
        told = await house.ask(f"{{ orders(where: {where}) {{ nodes {{ handledBy }} }} }}")
        return sorted(order["handledBy"] for order in told["orders"]["nodes"])

    assert await found("{late: true}") == ["late"]
    assert await found("{late: false}") == ["no promise", "on time"]
    assert await found('{offerCode: {contains: "save_"}}') == ["late"]
    assert await found("{offerCode: {isNull: false}}") == ["late"]
    assert await found("{offerCode: {isNull: true}}") == ["no promise", "on time"]
    assert await found('{offerCode: {ne: "SAVE_10"}}') == ["no promise", "on time"]
    assert await found("{paymentMethod: [CASH, CARD]}") == ["late"]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ('{ customers(where: {email: {eq: "a"}}) { nodes { id } } }', "email"),
        ("{ customers(where: {any: [{not: {age: {gt: 1}}}]}) { nodes { id } } }", "age"),
        ('{ customers(where: {identity: {value: {eq: "a"}}}) { nodes { id } } }', "value"),
        ('{ customers(search: "a") { nodes { id } } }', "search"),
        ("{ customers(orderBy: {field: DISPLAY_NAME}) { nodes { id } } }", "DISPLAY_NAME"),
        ('{ touchpoints(where: {subject: {contains: "a"}}) { nodes { id } } }', "subject"),
        ('{ touchpoints(where: {properties: [{name: "a", exists: true}]}) { nodes { id } } }', "properties"),
        ('{ customers(where: {touchpoints: {where: {subject: {eq: "a"}}}}) { nodes { id } } }', "subject"),
    ],
)
def test_what_is_masked_cannot_be_asked_about(question: str, name: str) -> None:
    with pytest.raises(QuestionRefused, match=name) as refused:
        asked(question, caller=MASKED)
    assert refused.value.code == "NOT_ALLOWED"
    asked(question)


async def test_who_bought_none_has_bought_fewer_than_any(house: House) -> None:
    tea = await house.product("TEA")
    ada = await house.customer("Ada")
    await house.customer("Bob")
    order = await house.order(ada)
    await house.line(ada, order, tea, 3)
    await house.row(
        "customer_month", customer_id=ada, month=at("2026-01-01").date(), channel="WEB", category="", revenue=10
    )  # fmt: skip
    assert await house.names('{bought: {product: {sku: {eq: "TEA"}}, units: {lt: 3}}}') == ["Bob"]
    assert await house.names('{bought: {product: {sku: {eq: "TEA"}}, units: {lte: 3}}}') == ["Ada", "Bob"]
    assert await house.names('{notBought: {product: {sku: {eq: "TEA"}}, units: {lt: 3}}}') == ["Ada"]
    year = 'over: {last: "P1Y"}'
    assert await house.names(f'{{profitability: {{{year}, revenue: {{eq: "0"}}}}}}') == ["Bob"]
    assert await house.names(f'{{profitability: {{{year}, revenue: {{gte: "10"}}, profit: {{gt: "0"}}}}}}') == ["Ada"]
    assert await house.names(f"{{profitability: {{{year}, margin: {{isNull: true}}}}}}") == ["Bob"]

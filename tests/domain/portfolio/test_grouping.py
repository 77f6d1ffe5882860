"""What groups of profit are told of, to whom, and what is refused."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from graphql import get_variable_values

from domain.access.principal import OPERATOR
from domain.errors import QuestionRefused
from domain.query.asking import Occasion
from schema.root import graphql_schema
from schema.selection import plan
from tests.domain.query.conftest import house
from tests.domain.query.world import KEYS, MASKED, NOW, House, question
from tests.domain.segments.traits.test_traits import member, segment

__all__ = ["house"]

_ASK = """query ($by: ProfitabilityDimension!, $attribute: String) { portfolio {
  profitabilityBy(dimension: $by, attribute: $attribute) {
    group { key label where } customers profitPerCustomer shareOfProfit } } }"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"


async def test_numbers_of_an_attribute_that_are_many_are_told_in_fifths(house: House) -> None:
    """Cut at three digits; each is found by its bounds."""
    await house.row("attribute_declaration", name="points", type="NUMBER", personal=False, declared_at=NOW)
    for n in range(40):
        who = await house.customer(None)
        await house.row(
            "customer_attribute", customer_id=who, name="points", personal=False, number_value=n * 1.111 - 9
        )
    await house.customer(None)
    told_ = await house.ask(_ASK, {"by": "ATTRIBUTE", "attribute": "points"})
    groups = {one["group"]["key"]: one for one in told_["portfolio"]["profitabilityBy"]}
    assert {key: one["customers"] for key, one in groups.items()} == {
        "..-1.22": 8, "-1.22..7.67": 8, "7.67..16.6": 8, "16.6..25.4": 7, "25.4..": 9, "": 1,
    }  # fmt: skip
    assert groups["7.67..16.6"]["group"]["label"] == "7.67 to below 16.6"
    for one in groups.values():
        listed = await house.ask(_LIST, {"where": one["group"]["where"]})
        assert listed["customers"]["totalCount"] == one["customers"]


async def test_fifths_of_the_largest_numbers_that_there_are_can_be_told(house: House) -> None:
    """Some say the largest number where they mean that it is unknown; rounded up, it would be none any more."""
    await house.row("attribute_declaration", name="points", type="NUMBER", personal=False, declared_at=NOW)
    for n in range(40):
        number = float(n) if n < 25 else 1.7976931348623157e308
        given = {"name": "points", "personal": False, "number_value": number}
        await house.row("customer_attribute", customer_id=await house.customer(None), **given)
    told_ = await house.ask(_ASK, {"by": "ATTRIBUTE", "attribute": "points"})
    groups = told_["portfolio"]["profitabilityBy"]
    assert sum(one["customers"] for one in groups) == 40
    for one in groups:
        listed = await house.ask(_LIST, {"where": one["group"]["where"]})
        assert listed["customers"]["totalCount"] == one["customers"]


async def test_nothing_and_minus_nothing_are_one_number(house: House) -> None:
    await house.row("attribute_declaration", name="points", type="NUMBER", personal=False, declared_at=NOW)
    for number in (0.0, -0.0, -0.0, 2.0):
        given = {"name": "points", "personal": False, "number_value": number}
        await house.row("customer_attribute", customer_id=await house.customer(None), **given)
    told_ = await house.ask(_ASK, {"by": "ATTRIBUTE", "attribute": "points"})
    groups = {one["group"]["key"]: one for one in told_["portfolio"]["profitabilityBy"]}
    assert {key: one["customers"] for key, one in groups.items()} == {"0": 3, "2": 1}
    listed = await house.ask(_LIST, {"where": groups["0"]["group"]["where"]})
    assert listed["customers"]["totalCount"] == 3


async def test_few_are_not_told_of_by_a_personal_attribute(house: House) -> None:
    await house.row("attribute_declaration", name="faith", type="STRING", personal=True, declared_at=NOW)
    for n in range(12):
        value = {"text_value": "many" if n % 3 else "few", "text_fold": "x"}
        await house.row(
            "customer_attribute", customer_id=await house.customer(None), name="faith", personal=True, **value
        )
    variables = {"by": "ATTRIBUTE", "attribute": "faith"}
    groups = (await house.ask(_ASK, variables))["portfolio"]["profitabilityBy"]
    assert [(one["group"]["key"], one["customers"]) for one in groups] == [("many", 8)]
    # Whoever may not read it is refused where the door knows the declarations, and is told of nobody where it does not.
    groups = (await house.ask(_ASK, variables, caller=MASKED))["portfolio"]["profitabilityBy"]
    assert [(one["group"]["key"], one["customers"]) for one in groups] == [("", 12)]


@pytest.mark.parametrize(
    ("by", "attribute", "message"),
    [
        ("ATTRIBUTE", None, "dimension needs attribute beside it: the name of a declared attribute"),
        ("COUNTRY", "plan", "attribute goes with ATTRIBUTE and NEED alone: leave it out to group by COUNTRY"),
        ("NEED", "price", "attribute must be a kind of need (MOTIVATION, BELIEF, PREFERENCE, LIFE_STAGE,"
         " DECISION_STYLE), or be left out for needs of all"),
        ("ATTRIBUTE", "shoe", "attribute is not declared: declare it with attributeDeclare first"),
        ("ATTRIBUTE", "faith", "attribute is a personal attribute, which your key may not read"),
    ],
)  # fmt: skip
async def test_what_cannot_be_grouped_by_is_refused_by_name(by: str, attribute: str | None, message: str) -> None:
    prepared = question(_ASK)
    variables = {"by": by, "attribute": attribute}
    values = get_variable_values(graphql_schema, prepared.operation.variable_definitions or (), variables)
    assert not isinstance(values, list)
    occasion = Occasion(MASKED, NOW, ZoneInfo("UTC"), KEYS, {"plan": False, "faith": True})
    with pytest.raises(QuestionRefused) as refusal:
        plan(prepared, values, schema=graphql_schema, occasion=occasion)
    assert str(refusal.value).endswith(message)


async def test_a_segment_that_few_are_in_by_personal_data_is_told_to_who_may_read_such(house: House) -> None:
    who = await house.customer(None)
    for number, personal in ((1, True), (2, False)):
        await segment(house, number, members=1, personal=personal)
    await member(house, who, [1, 2])
    for caller, keys in ((OPERATOR, ["s1", "s2"]), (MASKED, ["s2"])):
        told_ = await house.ask(_ASK, {"by": "SEGMENT"}, caller=caller)
        assert [one["group"]["key"] for one in told_["portfolio"]["profitabilityBy"]] == keys


async def test_the_group_of_none_of_what_was_ordered_counts_everybody(house: House) -> None:
    """Whoever was only served: nothing was sold to them, and they cost."""
    for _ in range(3):
        who = await house.customer("Ada")
        month = {"month": NOW.date(), "channel": "WEB", "category": ""}
        await house.row("customer_month", customer_id=who, cost_to_serve=Decimal(2), touches=1, **month)
    for by in ("PRODUCT", "PRODUCT_CATEGORY", "TRADING_FORM", "PAYMENT_METHOD"):
        (one,) = (await house.ask(_ASK, {"by": by}))["portfolio"]["profitabilityBy"]
        assert (one["group"]["key"], one["customers"], one["profitPerCustomer"]) == ("", 3, "-2.00")
        assert one["group"]["where"] == {}
        assert one["shareOfProfit"] is None

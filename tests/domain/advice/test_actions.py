"""What to do next: each strategy's rule both ways, its arithmetic, its channel, and the order."""

from datetime import timedelta
from decimal import Decimal
from math import exp
from typing import Any

import pytest

from domain.advice.shrinkage import ASSUMED, Prior, shrunk
from domain.errors import QuestionRefused
from domain.vocabulary import Strategy
from tests.domain.advice.answers import Event, happen, weight
from tests.domain.advice.people import FORESEEN, advised, consent, offer, price, somebody
from tests.domain.advice.test_channels import month, rate, refuse_profiling, state
from tests.domain.query.test_allowance import one
from tests.domain.query.world import MASKED, NOW, TILL, House, at

CENT = Decimal("0.000001")


def earned(at_stake: str | Decimal, response: float, cost: str = "0") -> Decimal:
    return round(Decimal(repr(response)) * Decimal(at_stake), 6) - Decimal(cost)


@pytest.mark.parametrize(
    ("strategy", "stage", "score", "at_stake"),
    [
        ("RETAIN", "AT_RISK", {"risk_band": "HIGH", "churn_probability": 0.8}, "80"),
        ("RETAIN", "LOYAL", {"risk_band": "MEDIUM", "churn_probability": 0.4}, "40"),
        ("WIN_BACK", "LAPSED", {"risk_band": "HIGH", "churn_probability": 0.9}, "10"),
        ("ONBOARD", "NEW", {}, "10"),
        ("NURTURE", "ACTIVE", {}, "10"),
        ("NURTURE", "WON_BACK", {}, "10"),
        ("NURTURE", "NEW", {"repeat_purchases": 1}, "10"),
        ("REWARD_LOYALTY", "LOYAL", {}, "10"),
    ],
)
async def test_what_applies_earns_its_chance_of_what_is_at_stake_less_its_cost(
    house: House, strategy: str, stage: str, score: dict[str, Any], at_stake: str
) -> None:
    await price(house, ("EMAIL", "CAMPAIGN_SENT", "0.05"), ("EMAIL", None, "9"))
    found = await advised(house, await somebody(house, stage, **score))
    assert list(found) == [strategy]
    assert found[strategy]["channel"] == "EMAIL"
    assert Decimal(found[strategy]["expectedProfit"]) == earned(at_stake, ASSUMED.rate, "0.05")
    assert "2.0 % are assumed to answer, as is customary of direct marketing" in found[strategy]["reason"]
    assert found[strategy]["reason"].endswith("a contact costs 0.05 USD")


@pytest.mark.parametrize(
    ("strategy", "stage", "score"),
    [
        ("RETAIN", "ACTIVE", {}),
        ("RETAIN", "LAPSED", {"risk_band": "HIGH", "churn_probability": 0.9}),
        ("RETAIN", "AT_RISK", {"risk_band": "HIGH", "churn_probability": 0.9, "predicted": Decimal(-5)}),
        ("WIN_BACK", "AT_RISK", {"risk_band": "HIGH", "churn_probability": 0.9}),
        ("WIN_BACK", "LAPSED", {"expected_profit": None}),
        ("WIN_BACK", "LAPSED", {"expected_profit": Decimal("-1")}),
        ("ONBOARD", "NEW", {"repeat_purchases": 1}),
        ("ONBOARD", "ACTIVE", {}),
        ("NURTURE", "ACTIVE", {"risk_band": "MEDIUM", "churn_probability": 0.5}),
        ("NURTURE", "LOYAL", {}),
        ("REWARD_LOYALTY", "LOYAL", {"risk_band": "MEDIUM", "churn_probability": 0.5}),
        ("REWARD_LOYALTY", "ACTIVE", {}),
    ],
)
async def test_what_does_not_apply_is_not_advised(
    house: House, strategy: str, stage: str, score: dict[str, Any]
) -> None:
    assert strategy not in await advised(house, await somebody(house, stage, **score))


async def test_a_prospect_is_nurtured_for_what_an_order_usually_earns(house: House) -> None:
    assert await advised(house, await somebody(house, "PROSPECT")) == {}
    await rate(house, "PURCHASE", "", Prior(1, 1), amount=Decimal("8.5"))
    found = await advised(house, await somebody(house, "PROSPECT", "Bob"))
    assert Decimal(found["NURTURE"]["expectedProfit"]) == earned("8.5", ASSUMED.rate)
    assert found["NURTURE"]["reason"].startswith("Has bought nothing yet; an order earns 8.50 USD on the mean")


async def test_what_costs_more_than_it_earns_is_not_advised(house: House) -> None:
    ada = await somebody(house)
    await price(house, ("EMAIL", None, "0.19"))
    assert list(await advised(house, ada)) == ["NURTURE"]
    await price(house, ("EMAIL", None, "0.2"))
    assert await advised(house, ada) == {}


async def test_the_chance_is_that_of_customers_who_stand_so_and_of_the_own_answers(house: House) -> None:
    await rate(house, "ALL", "", Prior(0.5, 40))
    await rate(house, "CHANNEL", "EMAIL", Prior(0.1, 12))
    for standing, usual in (("CURRENT", 0.2), ("SILENT", 0.05), ("PROSPECT", 0.01)):
        await rate(house, "STANDING", "EMAIL", Prior(usual, 12), standing, low=0.04, high=0.07)
    silent = await advised(house, await somebody(house, "LAPSED"))
    assert Decimal(silent["WIN_BACK"]["expectedProfit"]) == earned("10", 0.05)
    assert "5.0 % of such customers answer over EMAIL (4.0 % to 7.0 %)" in silent["WIN_BACK"]["reason"]
    bob = await somebody(house, "ACTIVE", "Bob")
    await happen(house, bob, [Event("CAMPAIGN_SENT", "2026-03-01")], {})  # may still be answered
    assert "20 % of such customers answer over EMAIL" in (await advised(house, bob))["NURTURE"]["reason"]
    sent = ("CAMPAIGN_SENT", "2025-11-01"), ("CAMPAIGN_RESPONSE", "2025-11-02"), ("CAMPAIGN_SENT", "2026-02-01")
    events = [Event(*each) for each in sent]
    await happen(house, bob, events, {})
    own = [weight(events[0], NOW), weight(events[2], NOW)]
    told = Decimal((await advised(house, bob))["NURTURE"]["expectedProfit"])
    assert float(told) == pytest.approx(10 * shrunk(own[0], sum(own), Prior(0.2, 12)), abs=1e-5)
    assert "by the customer's own answers" in (await advised(house, bob))["NURTURE"]["reason"]


async def test_an_open_case_comes_first_whatever_it_earns(house: House) -> None:
    ada = await somebody(house, "AT_RISK", risk_band="HIGH", churn_probability=0.62, predicted=Decimal("340.4"))
    await house.touchpoint(ada, "2026-03-12", kind="CASE_OPENED", channel="PHONE", case_number="C-1")
    await price(house, ("PHONE", "CASE_RESOLVED", "12"), ("EMAIL", None, "0"))
    await rate(house, "RECOVERY", "", Prior(0.01, 20))
    found = await advised(house, ada)
    assert list(found) == ["RECOVER_SERVICE", "RETAIN"]
    first = found["RECOVER_SERVICE"]
    assert first["channel"] == "PHONE"
    assert Decimal(first["expectedProfit"]) == earned(Decimal("340.4") * Decimal("0.62"), 0.01, "12") < 0
    assert first["reason"].startswith(
        "Open case since 12 March 2026; worth 340.40 USD over the next 12 months; risk of leaving 62 %"
    )
    await house.touchpoint(ada, "2026-03-13", kind="CASE_RESOLVED", channel="PHONE", case_number="C-1")
    assert list(await advised(house, ada)) == ["RETAIN"]


async def test_a_complaint_counts_for_ninety_days_or_until_a_case_is_resolved(house: House) -> None:
    prospect = await somebody(house, "PROSPECT", email=False)
    await house.touchpoint(prospect, str((NOW - timedelta(days=91)).date()), kind="COMPLAINT", channel="CHAT")
    assert await advised(house, prospect) == {}
    await house.touchpoint(prospect, str((NOW - timedelta(days=89)).date()), kind="COMPLAINT", channel="CHAT")
    found = await advised(house, prospect)
    assert (found["RECOVER_SERVICE"]["channel"], found["RECOVER_SERVICE"]["expectedProfit"]) == ("CHAT", "0.00")
    assert found["RECOVER_SERVICE"]["reason"].startswith("Complaint of 16 December 2025, and no case resolved since")
    await house.touchpoint(prospect, "2026-01-02", kind="CASE_RESOLVED", case_number="C")
    assert await advised(house, prospect) == {}


async def test_service_goes_over_a_channel_that_is_allowed_or_the_cases_own(house: House) -> None:
    ada = await somebody(house, "PROSPECT")
    await house.touchpoint(ada, "2026-03-12", kind="CASE_OPENED", channel="CHAT", case_number="C-1")
    assert (await advised(house, ada))["RECOVER_SERVICE"]["channel"] == "CHAT"
    await consent(house, ada, "EMAIL", "SERVICE")
    assert (await advised(house, ada))["RECOVER_SERVICE"]["channel"] == "EMAIL"


@pytest.mark.parametrize("said", ["DENIED", "WITHDRAWN", "NOT_PREFERRED"])
async def test_service_does_not_go_over_a_channel_that_is_refused(house: House, said: str) -> None:
    ada = await somebody(house, "PROSPECT")
    await house.touchpoint(ada, "2026-03-12", kind="CASE_OPENED", channel="CHAT", case_number="C-1")
    await price(house, ("CHAT", None, "12"))
    if said == "NOT_PREFERRED":
        await state(house, ada, {"CHAT": False})
    else:
        await consent(house, ada, "CHAT", "SERVICE", said)
    first = (await advised(house, ada))["RECOVER_SERVICE"]
    assert (first["channel"], first["expectedProfit"]) == (None, "0.00")
    await house.touchpoint(ada, "2026-03-13", kind="COMPLAINT", channel="PHONE")
    assert (await advised(house, ada))["RECOVER_SERVICE"]["channel"] == "PHONE"
    await consent(house, ada, "EMAIL", "SERVICE")
    assert (await advised(house, ada))["RECOVER_SERVICE"]["channel"] == "EMAIL"


async def test_the_channel_is_the_preferred_one_of_those_that_are_allowed(house: House) -> None:
    ada = await somebody(house)
    await house.tx.execute("UPDATE customer SET phone = '+442079460000', address_lines = '{1 High St}'")

    async def channel() -> str:
        return str((await advised(house, ada))["NURTURE"]["channel"])

    await consent(house, ada, "PHONE")
    await consent(house, ada, "DIRECT_MAIL")
    await month(house, ada, "WEB", 9)
    await month(house, ada, "PHONE", 3)
    assert await channel() == "PHONE"  # the web is liked better, and not allowed
    await state(house, ada, {"DIRECT_MAIL": True})
    assert await channel() == "DIRECT_MAIL"
    await house.tx.execute("UPDATE customer SET address_lines = '{}'")
    assert await channel() == "PHONE"  # allowed, and without an address
    await state(house, ada, {"PHONE": False})
    assert await channel() == "EMAIL"  # allowed, and refused


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE customer_consent SET status = 'WITHDRAWN'",
        "UPDATE customer_consent SET expires_at = '2026-03-15T12:00Z'",
        "UPDATE customer_consent SET holds = false",
        "UPDATE customer_consent SET purpose = 'SERVICE'",
        "UPDATE customer SET email = NULL",
    ],
)
async def test_without_a_channel_nothing_is_advised_that_needs_one(house: House, spoil: str) -> None:
    ada = await somebody(house)
    assert list(await advised(house, ada)) == ["NURTURE"]
    await house.tx.execute(spoil)
    assert await advised(house, ada) == {}


async def test_a_new_kind_is_cross_sold_and_a_dearer_one_of_the_usual_kind_sold_up(house: House) -> None:
    ada = await somebody(house, last_order_at=at("2026-02-01"))
    green = await house.product("GREEN", category="Tea", price=Decimal(5))
    order = await house.order(ada, "2026-02-01")
    await house.line(ada, order, green, 2, "5")
    await offer(house, "GOLD", "Tea", price="20", profit="8")
    await offer(house, "CHEAP", "Tea", price="4", profit="3")
    await offer(house, "MUG", "Ware", price="3", profit="2")
    found = await advised(house, ada)
    chance = 1 / (1 + exp(2))
    assert found["CROSS_SELL"]["product"] == {"sku": "MUG"}
    assert float(found["CROSS_SELL"]["expectedProfit"]) == pytest.approx(ASSUMED.rate * chance * 2, abs=2e-6)
    assert found["UP_SELL"]["product"] == {"sku": "GOLD"}
    assert float(found["UP_SELL"]["expectedProfit"]) == pytest.approx(ASSUMED.rate * chance * 8 * 0.75, abs=2e-6)
    assert "costs 20.00 USD where 5.00 USD is paid for its kind" in found["UP_SELL"]["reason"]


async def test_nothing_is_cross_sold_to_a_prospect_or_where_nothing_is_new(house: House) -> None:
    await offer(house, "MUG", "Ware")
    assert await advised(house, await somebody(house, "PROSPECT")) == {}
    bob = await somebody(house, "ACTIVE", "Bob")
    mug = await house.tx.fetchval("SELECT product_id FROM product WHERE sku = 'MUG'")
    await house.line(bob, await house.order(bob), mug, 1, "20")
    assert list(await advised(house, bob)) == ["NURTURE"]


async def test_a_dear_channel_is_left_for_a_cheaper_one(house: House) -> None:
    ada = await somebody(house, "LAPSED", expected_profit=None, value_tier="UNPROFITABLE")
    await rate(house, "TOUCH", "EMAIL", Prior(0.1, 1), amount=Decimal("0.5"))
    await month(house, ada, "PHONE", 10, "2026-01-01")
    await month(house, ada, "PHONE", 10, "2024-01-01")
    await house.tx.execute("UPDATE customer_month SET cost_to_serve = 40")
    found = await advised(house, ada)
    assert list(found) == ["REDUCE_COST_TO_SERVE"]
    assert Decimal(found["REDUCE_COST_TO_SERVE"]["expectedProfit"]) == earned("35", ASSUMED.rate)
    assert found["REDUCE_COST_TO_SERVE"]["reason"].startswith(
        "Serving cost 40.00 USD in twelve months, 35.00 USD more than over EMAIL"
    )
    await house.tx.execute("UPDATE customer_score_a SET value_tier = 'LOW'")
    await house.tx.execute("UPDATE customer_month SET revenue = 161")
    assert await advised(house, ada) == {}
    await house.tx.execute("UPDATE customer_month SET revenue = 160")
    assert list(await advised(house, ada)) == ["REDUCE_COST_TO_SERVE"]
    await house.tx.execute("UPDATE response_rate SET amount = 4 WHERE topic = 'TOUCH'")
    assert await advised(house, ada) == {}


async def test_a_channel_of_which_nobody_knows_what_it_costs_is_not_taken_for_free(house: House) -> None:
    ada = await somebody(house, "LAPSED", expected_profit=None, value_tier="UNPROFITABLE")
    await month(house, ada, "PHONE", 10, "2026-01-01")
    await house.tx.execute("UPDATE customer_month SET cost_to_serve = 40")
    assert await advised(house, ada) == {}
    await rate(house, "TOUCH", "EMAIL", Prior(0.1, 1))
    assert await advised(house, ada) == {}
    await house.tx.execute("UPDATE response_rate SET amount = 0 WHERE topic = 'TOUCH'")
    assert await advised(house, ada) == {}  # touched, and no touch of it was ever priced
    for cost, saved in (("0.1", "39.00"), ("0", "40.00")):
        await price(house, ("EMAIL", None, cost))
        reason = (await advised(house, ada))["REDUCE_COST_TO_SERVE"]["reason"]
        assert f"{saved} USD more than over EMAIL" in reason


async def test_who_refuses_to_be_profiled_is_advised_nothing(house: House) -> None:
    ada = await somebody(house)
    await house.touchpoint(ada, "2026-03-12", kind="CASE_OPENED", case_number="C-1")
    assert len(await advised(house, ada)) == 2
    await refuse_profiling(house, ada)
    assert await advised(house, ada) == {}


async def test_best_first_and_as_many_as_asked_for(house: House) -> None:
    ada = await somebody(house, "LOYAL", predicted=Decimal(1_000), risk_band="MEDIUM", churn_probability=0.5)
    await offer(house, "MUG", "Ware", profit="1000")
    found = list((await advised(house, ada)).values())
    assert [action["strategy"] for action in found] == ["RETAIN", "CROSS_SELL"]
    assert Decimal(found[0]["expectedProfit"]) > Decimal(found[1]["expectedProfit"])
    assert len((await one(house, ada, "nextActions(first: 1) { strategy }"))["nextActions"]) == 1
    assert (await one(house, ada, "nextActions(first: 0) { strategy }"))["nextActions"] == []
    assert len(await advised(house, ada, "nextActions { strategy }")) == 2
    for bad in (-1, 251):
        with pytest.raises(QuestionRefused, match="first must be from 0 to 250"):
            await one(house, ada, f"nextActions(first: {bad}) {{ strategy }}")


async def test_partners_are_told_nothing_of_it_and_staff_are(house: House) -> None:
    ada = await somebody(house)
    assert len(await advised(house, ada)) == 1
    assert len((await one(house, ada, "nextActions { strategy }", caller=MASKED))["nextActions"]) == 1
    for what in ("nextActions { strategy }", "offerAffinities { offer }"):
        with pytest.raises(QuestionRefused) as refused:
            await one(house, ada, what, caller=TILL)
        assert refused.value.code == "NOT_ALLOWED"


def test_every_strategy_has_its_rule_in_the_statement() -> None:
    from domain.advice.fragments import ACTIONS, of_one

    assert all(f"'{strategy}'" in of_one(ACTIONS, "told") for strategy in Strategy)
    assert FORESEEN["risk_band"] == "LOW"

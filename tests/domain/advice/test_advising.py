"""What is kept of what is advised first: for many as for one, replaced and dropped, merged, and summed up."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.advice.commands_advising import advise, advise_anew, drop_unwilling, sum_up
from domain.advice.commands_rating import make_rates
from domain.customers.commands_summarising import summarise
from domain.vocabulary import LifecycleStage
from tests.domain.advice.answers import happen
from tests.domain.advice.people import consent, offer, price, somebody
from tests.domain.advice.test_channels import month, refuse_profiling, state
from tests.domain.advice.test_rates import drawn
from tests.domain.query.test_allowance import one
from tests.domain.query.world import NOW, House

WHAT = "nextActions(first: 1) { strategy channel product { id } expectedProfit }"
KEPT = "SELECT * FROM customer_next_action ORDER BY customer_id"


async def people(house: House, rng: Random) -> list[UUID]:
    """Whoever comes: of every stage, reachable or not, content or not."""
    await price(house, ("EMAIL", None, "0.01"), ("PHONE", "CALL", "4"))
    tea = await offer(house, "TEA", "Tea", profit="9")
    await offer(house, "GOLD", "Tea", price="90", profit="40")
    await offer(house, "MUG", "Ware", profit="30")
    found = []
    for number in range(6):
        risk, score = rng.random(), {"value_tier": rng.choice(["LOW", "UNPROFITABLE"])}
        band: Any = {"churn_probability": risk, "risk_band": "LOW" if risk < 0.35 else "HIGH"}
        stage = rng.choice(list(LifecycleStage))
        ada = await somebody(
            house, stage, f"No. {number}", email=rng.random() < 0.7, **(score | band if stage != "PROSPECT" else {})
        )
        found.append(ada)
        await happen(house, ada, drawn(rng), {})
        for channel in rng.sample(["WEB", "EMAIL", "PHONE"], 2):
            await month(house, ada, channel, rng.randint(1, 5), rng.choice(["2025-12-01", "2024-03-01"]))
        if rng.random() < 0.3:
            await state(house, ada, {rng.choice(["EMAIL", "PHONE"]): rng.random() < 0.5})
        if rng.random() < 0.5:
            await consent(house, ada, "PHONE", rng.choice(["MARKETING", "SERVICE"]))
        if rng.random() < 0.3:
            await house.touchpoint(
                ada, "2026-03-01", kind=rng.choice(["CASE_OPENED", "COMPLAINT"]), case_number="C", channel="CHAT"
            )
        if rng.random() < 0.5:
            await house.line(ada, await house.order(ada), tea, 1, "20")
        if rng.random() < 0.2:
            await refuse_profiling(house, ada)
    await house.tx.execute("UPDATE customer SET phone = '+442079460000'")
    await house.tx.execute("UPDATE customer_month SET cost_to_serve = 8 * touches WHERE channel = 'PHONE'")
    return found


def kept_as(told: dict[str, Any]) -> tuple[Any, ...]:
    product = told["product"]
    return told["strategy"], told["channel"], product and product["id"][4:], Decimal(told["expectedProfit"])


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), rated=st.booleans())
@pytest.mark.proof
async def test_what_is_kept_of_many_is_what_is_told_of_each(house: House, seed: int, rated: bool) -> None:
    savepoint = house.tx.transaction()
    await savepoint.start()
    try:
        everybody = await people(house, Random(seed))
        if rated:
            await make_rates(house.tx, now=NOW)
        await summarise(house.tx, everybody, now=NOW)
        await advise(house.tx, everybody, now=NOW)
        kept = {row["customer_id"]: row for row in await house.tx.fetch(KEPT)}
        found: Counter[str] = Counter()
        for customer in everybody:
            told = (await one(house, customer, WHAT))["nextActions"]
            assert len(told) == (customer in kept)
            if told:
                row = kept[customer]
                product = row["product_id"] and row["product_id"].hex
                assert (row["strategy"], row["channel"], product, row["expected_profit"]) == kept_as(told[0])
                found[row["strategy"]] += 1
        for strategy in ("RECOVER_SERVICE", "RETAIN", "NURTURE"):
            assert len(await house.names(f"{{nextAction: [{strategy}]}}")) == found[strategy]
        assert await sum_up(house.tx, now=NOW) == dict(sorted(found.items()))
        sums = await house.tx.fetchval("SELECT coalesce(sum(expected_profit), 0) FROM strategy_sum")
        assert sums == sum(row["expected_profit"] for row in kept.values())
    finally:
        await savepoint.rollback()


async def test_what_is_advised_no_more_is_dropped_and_what_came_later_stays(house: House) -> None:
    ada, bob = await somebody(house), await somebody(house, "ACTIVE", "Bob")
    await advise(house.tx, [ada, bob], now=NOW)
    first = await house.tx.fetch(KEPT)
    assert [row["strategy"] for row in first] == ["NURTURE", "NURTURE"]
    await house.tx.execute("UPDATE customer_score_a SET lifecycle_stage = 'LAPSED'")
    await advise(house.tx, [ada], now=NOW - timedelta(minutes=1))
    assert await house.tx.fetch(KEPT) == first
    await advise(house.tx, [ada], now=NOW + timedelta(minutes=1))
    assert [row["strategy"] for row in await house.tx.fetch(KEPT)] == ["WIN_BACK", "NURTURE"]
    await house.tx.execute("UPDATE customer_consent SET status = 'WITHDRAWN'")
    await advise(house.tx, [ada, bob], now=NOW + timedelta(minutes=2))
    assert await house.tx.fetch(KEPT) == []


async def test_of_those_who_refuse_profiling_nothing_stays_and_of_others_all(house: House) -> None:
    people = [await somebody(house, "ACTIVE", name) for name in ("Ada", "Bob", "Cleo", "Dan")]
    ada, bob, cleo, dan = people
    await advise(house.tx, people, now=NOW)
    await refuse_profiling(house, ada)
    await refuse_profiling(house, bob, "WITHDRAWN")
    await refuse_profiling(house, cleo, "GRANTED")
    await refuse_profiling(house, dan)
    await drop_unwilling(house.tx, [ada, bob, cleo])
    assert {row["customer_id"] for row in await house.tx.fetch(KEPT)} == {cleo, dan}


async def test_advised_twice_it_stays_as_it_was(house: House) -> None:
    everybody = await people(house, Random(5))
    await make_rates(house.tx, now=NOW)
    await advise_anew(house.tx, everybody, now=NOW)
    first = await house.tx.fetch(KEPT)
    assert first
    await advise_anew(house.tx, everybody, now=NOW)
    assert await house.tx.fetch(KEPT) == first


async def test_new_base_rates_move_the_preferred_channel_that_is_kept(house: House) -> None:
    ada = await house.customer("Ada")
    await month(house, ada, "PHONE", 1)
    await month(house, ada, "WEB", 1)
    await summarise(house.tx, [ada], now=NOW)
    assert await house.names("{preferredChannel: [PHONE]}") == ["Ada"]
    for number in range(3):
        await month(house, await house.customer(f"Other {number}"), "WEB", 2)
    await make_rates(house.tx, now=NOW)
    await advise_anew(house.tx, [ada], now=NOW)
    assert await house.names("{preferredChannel: [WEB]}") == ["Ada"]
    assert (await one(house, ada, "channelPreferences { channel }"))["channelPreferences"][0]["channel"] == "WEB"


async def test_who_was_merged_or_erased_is_not_advised_and_not_summed_up(house: House) -> None:
    ada, bob, cleo = [await somebody(house, "ACTIVE", name) for name in ("Ada", "Bob", "Cleo")]
    await advise(house.tx, [ada, bob, cleo], now=NOW)
    await house.tx.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", ada, bob)
    await house.tx.execute("UPDATE customer SET erased_at = $2 WHERE customer_id = $1", cleo, NOW)
    assert await sum_up(house.tx, now=NOW) == {"NURTURE": 1}
    await advise(house.tx, [ada, bob, cleo], now=NOW + timedelta(minutes=1))
    assert [row["customer_id"] for row in await house.tx.fetch(KEPT)] == [bob]

"""The signs that relationships weaken are what plain Python makes of scores, orders and touchpoints."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.portfolio.dimensions import AuditSignalKind as K
from tests.domain.portfolio.relationships import DAY, Crowd, Plain
from tests.domain.query.conftest import house
from tests.domain.query.world import NOW, House, at

__all__ = ["house"]

_ASK = """query ($over: Period, $where: CustomerFilter) { portfolio(over: $over, where: $where) { relationshipAudit {
  over { from until } signals { kind current previous change significant detail group { key label where } } } } }"""
_WHOM = "query ($where: CustomerFilter) { customers(where: $where, first: 250) { nodes { id } } }"
_NAMED = (K.BEST_CUSTOMERS_AT_RISK, K.REPURCHASE_RATE_OF_BEST, K.COMPETITORS_COURTING_BEST, K.RECOMMEND_SCORE)


async def audit(house: House, over: Any = None, where: Any = None) -> dict[str, Any]:
    told: dict[str, Any] = (await house.ask(_ASK, {"over": over, "where": where}))["portfolio"]["relationshipAudit"]
    assert [one["kind"] for one in told["signals"]] == list(K)
    return told


async def check(
    house: House, crowd: Crowd, began: datetime, until: datetime, over: Any, where: Any = None
) -> Counter[K]:
    """Which signs were significant."""
    told = await audit(house, over, where)
    assert [datetime.fromisoformat(told["over"][end]) for end in ("from", "until")] == [began, until]
    expected = Plain(crowd, began, until).signs()
    for one in told["signals"]:
        kind = K(one["kind"])
        sign = expected[kind]
        figures = one["current"], one["previous"], one["significant"]
        assert figures == pytest.approx((sign.current, sign.previous, sign.significant)), kind
        change = None if None in (sign.current, sign.previous) else one["current"] - one["previous"]
        assert one["change"] == pytest.approx(change), kind
        if sign.current is None or (not sign.whom and (kind in _NAMED or (until < NOW and "AWAY" in kind))):
            assert one["group"] is None, kind
            continue
        nodes = (await house.ask(_WHOM, {"where": one["group"]["where"]}))["customers"]["nodes"]
        assert {UUID(node["id"][4:]) for node in nodes} == sign.whom, kind
    return Counter(kind for kind in K if expected[kind].significant)


_LAST = {"last": "P90D"}


@pytest.mark.parametrize(
    ("seed", "kept_since", "turn"),
    [
        pytest.param(1, 250, 1.0, marks=pytest.mark.proof),
        pytest.param(2, 250, 5.0, marks=pytest.mark.proof),
        (3, 120, 3.0),
        (4, 60, 1.0),
        (5, None, 1.0),
        *(pytest.param(seed, 250, 1 + 4 * (seed % 2), marks=pytest.mark.proof) for seed in range(6, 12)),
    ],
)
async def test_signs_are_those_of_plain_python(house: House, seed: int, kept_since: int | None, turn: float) -> None:
    crowd = await Crowd.of(house, seed, 45, kept_since=kept_since, turn=turn)
    begun = await check(house, crowd, NOW - 90 * DAY, NOW, None)
    assert await check(house, crowd, NOW - 90 * DAY, NOW, _LAST) == begun
    assert bool(begun) == (turn > 1)
    past = NOW - 40 * DAY
    await check(house, crowd, past - 90 * DAY, past, {"until": past.isoformat()})
    start = NOW - 33 * DAY
    await check(house, crowd, start, NOW, {"from": start.isoformat(), "until": (NOW + DAY).isoformat()})
    british = replace(crowd, people=crowd.people[::2])
    await check(house, british, NOW - 90 * DAY, NOW, None, {"country": {"eq": "GB"}})


async def _simple(house: House) -> dict[str, Any]:
    """Ten best customers in January, kept as such; five of them came into a higher band since."""
    for moment in ("2025-09-01", "2025-12-01"):
        await house.row("snapshot_of_all", as_of=at(moment), written_at=NOW)
    for n in range(10):
        score = {"as_of": NOW, "risk_band": "HIGH" if n < 5 else "LOW", "value_tier": "LOW"}
        one = await house.customer(f"C{n}", score=score)
        for moment in ("2025-09-01", "2025-12-01"):
            await house.row(
                "score_snapshot", customer_id=one, as_of=at(moment), value_tier="HIGH", risk_band="LOW",
                lifecycle_stage="ACTIVE",
            )  # fmt: skip
        await house.order(one, "2025-11-01")
        if n < 3:
            await house.order(one, "2026-01-20")
            await house.touchpoint(one, "2026-02-01", kind="COMPLAINT", satisfaction=3, recommend_score=2)
            await house.touchpoint(one, "2026-02-02", kind="COMPLAINT")
            await house.touchpoint(one, "2026-02-02", kind="COMPETITOR_OFFER")
    told = await audit(house)
    return {one["kind"]: one for one in told["signals"]}


async def test_details_say_it_in_words(house: House) -> None:
    told = await _simple(house)
    assert {kind: one["detail"] for kind, one in told.items()} == {
        "BEST_CUSTOMERS_AT_RISK": "Best customers who came into a higher risk band: 5 of 10 (50.0 %); in the period"
        " before: 0 of 10 (0.0 %).",
        "CUSTOMERS_SWITCHING_AWAY": "Customers who left: 0; in the period before: 0.",
        "REPURCHASE_RATE_OF_BEST": "Best customers who bought again, of those who bought in the period before: 3 of 10"
        " (30.0 %); in the period before: 0 of 0.",
        "NEW_CUSTOMERS": "Customers who ordered for the first time: 0; in the period before: 0.",
        "COMPETITORS_COURTING_BEST": "Offers of competitors to best customers: 3, of different customers: 3; in the"
        " period before: 0.",
        "RECOMMEND_SCORE": "Mean recommend score: 2.00, answers: 3; in the period before: no answers.",
        "COMPLAINTS": "Complaints: 6, of different customers: 3; in the period before: 0.",
        "UNSUBSCRIBES": "Unsubscribes: 0; in the period before: 0.",
        "AVERAGE_SATISFACTION": "Mean satisfaction: 3.00, answers: 3; in the period before: no answers.",
    }
    at_risk = told["BEST_CUSTOMERS_AT_RISK"]
    assert (at_risk["group"]["key"], at_risk["group"]["label"]) == (
        "BEST_CUSTOMERS_AT_RISK",
        "Best customers whose risk has risen",
    )
    assert len(at_risk["group"]["where"]["id"]["in"]) == 5


async def test_what_is_not_known_is_said_to_be(house: House) -> None:
    await house.customer("A", score={"as_of": NOW, "value_tier": "HIGH", "risk_band": "HIGH"})
    told = {one["kind"]: one for one in (await audit(house))["signals"]}
    at_risk = told["BEST_CUSTOMERS_AT_RISK"]
    assert (at_risk["current"], at_risk["previous"], at_risk["significant"]) == (None, None, False)
    assert at_risk["detail"].endswith("not known. Best customers are those of now: no scores of before are kept.")
    await house.row("snapshot_of_all", as_of=at("2026-01-07"), written_at=NOW)
    told = {one["kind"]: one for one in (await audit(house))["signals"]}
    assert told["BEST_CUSTOMERS_AT_RISK"]["detail"].endswith(
        "No scores are kept of before 2026-01-07: until then, best customers are those of that day."
    )
    assert told["CUSTOMERS_SWITCHING_AWAY"]["detail"].endswith("not known. Who lapsed is known since scores are kept.")


_CROWD = """
WITH many AS (
  INSERT INTO customer (customer_id, created_at, updated_at)
  SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, $1, $1 FROM generate_series(1, 1001) n
  RETURNING customer_id
)
INSERT INTO touchpoint (customer_id, occurred_at, touchpoint_id, recorded_for, channel, kind, function, direction,
  recorded_at, source, recommend_score)
SELECT m.customer_id, $1, m.customer_id, m.customer_id, 'WEB', 'SURVEY', 'MARKETING', 'INBOUND', $1, 'shop',
  6 + (row_number() OVER ())::int / 1001 FROM many m
"""


async def test_more_than_a_thousand_are_not_named_one_by_one(house: House) -> None:
    await house.tx.execute(_CROWD, at("2026-03-01"))
    told = {one["kind"]: one for one in (await audit(house))["signals"]}
    assert len(told["RECOMMEND_SCORE"]["group"]["where"]["id"]["in"]) == 1_000
    await house.tx.execute("UPDATE touchpoint SET recommend_score = 6")
    told = {one["kind"]: one for one in (await audit(house))["signals"]}
    assert told["RECOMMEND_SCORE"]["group"] is None
    assert told["RECOMMEND_SCORE"]["current"] == 6


async def test_of_nobody_nothing_is_told(house: House) -> None:
    await _simple(house)
    told = await audit(house, where={"country": {"eq": "FR"}})
    for one in told["signals"]:
        assert (one["current"], one["previous"]) in {(0, 0), (None, None)}
        assert one["significant"] is False


async def test_a_period_that_has_not_begun_is_empty(house: House) -> None:
    await _simple(house)
    told = await audit(house, {"from": (NOW + timedelta(days=3)).isoformat()})
    assert told["over"]["from"] == told["over"]["until"]
    assert {one["current"] for one in told["signals"]} <= {0, None}


async def test_a_period_at_the_beginning_of_the_calendar_is_one_of_the_calendar(house: House) -> None:
    await _simple(house)
    told = await audit(house, {"until": "0001-01-02T00:00:00Z"})
    assert told["over"] == {"from": "0001-01-01T00:00:00+00:00", "until": "0001-01-02T00:00:00+00:00"}
    assert {one["current"] for one in told["signals"]} == {0, None}

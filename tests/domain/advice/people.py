"""People to be advised about: with an address, consents, scores, and products to offer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from tests.domain.query.test_allowance import one
from tests.domain.query.world import NOW, House, at

WHAT = "nextActions(first: 9) { strategy channel product { sku } expectedProfit reason }"
SCORES: Mapping[str, Mapping[str, Any]] = {
    "PROSPECT": {},
    "NEW": {
        "order_count": 1,
        "repeat_purchases": 0,
        "first_order_at": at("2026-03-01"),
        "last_order_at": at("2026-03-01"),
    },
    "ACTIVE": {"order_count": 3, "repeat_purchases": 2},
    "LOYAL": {"order_count": 7, "repeat_purchases": 6},
    "AT_RISK": {"order_count": 3, "repeat_purchases": 2},
    "LAPSED": {"order_count": 3, "repeat_purchases": 2, "last_order_at": at("2024-05-03")},
    "WON_BACK": {"order_count": 3, "repeat_purchases": 2},
}
BOUGHT = {"first_order_at": at("2025-01-01"), "last_order_at": at("2026-02-01"), "value_tier": "MEDIUM"}
FORESEEN = {
    "predicted": Decimal(100), "expected_profit": Decimal(10), "horizon_months": 12, "churn_probability": 0.2,
    "risk_band": "LOW",
}  # fmt: skip


async def somebody(house: House, stage: str = "ACTIVE", name: str = "Ada", *, email: bool = True, **score: Any) -> UUID:
    """Somebody who can be written to by e-mail, unless that is not wanted."""
    told = {} if stage == "PROSPECT" else BOUGHT | FORESEEN
    scores = {"lifecycle_stage": stage} | told | dict(SCORES[stage]) | score
    ada = await house.customer(name, email="ada@example.org" if email else None, score=scores)
    if email:
        await consent(house, ada, "EMAIL")
    return ada


async def consent(
    house: House, customer: UUID, channel: str, purpose: str = "MARKETING", status: str = "GRANTED", **said: Any
) -> None:
    await house.row(
        "customer_consent", customer_id=customer, consent_id=house.id(), channel=channel, purpose=purpose,
        status=status, recorded_at=NOW, recorded_for=customer, holds=True, **said,
    )  # fmt: skip


async def advised(house: House, customer: UUID, what: str = WHAT) -> dict[str, Any]:
    """By strategy, in order."""
    return {action["strategy"]: action for action in (await one(house, customer, what))["nextActions"]}


async def price(house: House, *rates: tuple[str, str | None, str]) -> None:
    card = [{"channel": channel, "kind": kind, "cost": cost} for channel, kind, cost in rates]
    await house.tx.execute("UPDATE settings SET rate_card = $1", card)


async def offer(
    house: House, sku: str, category: str, *, price: str = "20", profit: str = "5", base: float = -2.0
) -> UUID:
    """A product that is offered to everybody who has not bought it, with a chance of 1 / (1 + exp(−base))."""
    product = await house.product(sku, category=category, price=Decimal(price))
    place = await house.tx.fetchval("SELECT count(*) + 1 FROM product_offer")
    await house.row(
        "product_offer", product_id=product, buyers=50, buyer_share=0.1, units=60, purchases=60, base=base, again=0.1,
        again_shift=0.0, repeat_share=0.1, is_repeated=False, profit_per_unit=Decimal(profit),
        profit_per_purchase=Decimal(profit), last_sold_at=NOW, place=place,
    )  # fmt: skip
    return product

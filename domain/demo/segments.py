"""Ready segments: what every marketer asks, saved with the demo, and worth copying to a house of one's own."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from domain.clock import Duration
from domain.database import Database
from domain.demo.commands import segment_keys
from domain.ids import JobId
from domain.segments import commands
from domain.segments.rule import kept
from domain.settings import Settings
from domain.vocabulary import Channel, LifecycleStage, RiskBand, SegmentKind, TouchpointKind, ValueTier


class Ready(NamedTuple):
    """A segment by what it is called, what it is for, and its rule in the contract's names."""

    key: str
    name: str
    description: str
    where: Mapping[str, object]


_YEAR, _HALF_YEAR, _MONTH = (Duration.parse(text) for text in ("P1Y", "P6M", "P1M"))
_ANSWERED: Final = {"kind": [TouchpointKind.CAMPAIGN_RESPONSE], "occurredAt": {"within": _YEAR}}
_MAILED: Final = {
    "kind": [TouchpointKind.CAMPAIGN_SENT],
    "channel": [Channel.DIRECT_MAIL],
    "occurredAt": {"within": _YEAR},
}

READY: Final = (
    Ready(
        "best-customers",
        "Best customers",
        "The top fifth by value who still buy often: keep them, thank them, ask them.",
        {"valueTier": [ValueTier.HIGH], "rfmFrequency": {"gte": 4}},
    ),
    Ready(
        "best-at-risk",
        "Best customers at risk",
        "The top fifth by value whose silence is no longer like them: call before they are gone.",
        {"valueTier": [ValueTier.HIGH], "riskBand": [RiskBand.MEDIUM, RiskBand.HIGH]},
    ),
    Ready(
        "lapsed-but-valuable",
        "Lapsed but valuable",
        "Gone quiet, and earned us more than most: worth the price of winning back.",
        {
            "lifecycleStage": [LifecycleStage.LAPSED, LifecycleStage.AT_RISK],
            "rfmMonetary": {"gte": 3},
            "lastOrderAt": {"olderThan": _MONTH},
        },
    ),
    Ready(
        "discount-buyers",
        "Discount buyers",
        "Buy when there is something off: a fifth of their orders with a discount, or six coupons redeemed in a year.",
        {
            "any": [
                {"discountShare": {"gte": 0.2}},
                {"touchpoints": {"where": _ANSWERED, "count": {"gte": 6}}},
            ]
        },
    ),
    Ready(
        "one-category-buyers",
        "One-category buyers",
        "Bought more than once, and never outside one category: offer the next one.",
        {"orderCount": {"gte": 2}, "categoryCount": {"lte": 1}},
    ),
    Ready(
        "prefer-direct-mail",
        "Prefer direct mail",
        "Said so, use mail most, or answered two mailings within a year: write to them on paper.",
        {
            "any": [
                {"preferredChannel": [Channel.DIRECT_MAIL]},
                {
                    "all": [
                        {"touchpoints": {"where": _MAILED}},
                        {"touchpoints": {"where": _ANSWERED, "count": {"gte": 2}}},
                    ]
                },
            ]
        },
    ),
    Ready(
        "new-this-month",
        "New this month",
        "Bought for the first time within a month: the second purchase decides.",
        {"firstOrderAt": {"within": _MONTH}},
    ),
    Ready(
        "unprofitable-to-serve",
        "Unprofitable to serve",
        "Cost more in a year than they brought in: serve them over cheaper channels.",
        {"profitability": {"over": {"last": _YEAR}, "profit": {"lt": Decimal(0)}}},
    ),
    Ready(
        "promising-newcomers",
        "Promising newcomers",
        "First bought within half a year, and already come back at least four times.",
        {"firstOrderAt": {"within": _HALF_YEAR}, "orderCount": {"gte": 5}},
    ),
    Ready(
        "mailed-without-answer",
        "Mailed without answer",
        "Mailed at least three times within half a year, and answered nothing: spare the stamps.",
        {
            "touchpoints": {
                "where": {
                    "kind": [TouchpointKind.CAMPAIGN_SENT],
                    "channel": [Channel.DIRECT_MAIL],
                    "occurredAt": {"within": _HALF_YEAR},
                },
                "count": {"gte": 3},
            },
            "not": {
                "touchpoints": {
                    "where": {"kind": [TouchpointKind.CAMPAIGN_RESPONSE], "occurredAt": {"within": _HALF_YEAR}}
                }
            },
        },
    ),
)


async def save_segments(db: Database, now: datetime) -> JobId | None:
    """Saves those that are not there yet; the job that finds who is in them, where one has to."""
    job = None
    async with db.transaction() as tx:
        occasion = (await Settings.load(tx)).of_the_house(now)
        there = await segment_keys(tx)
        for ready in READY:
            if ready.key not in there:
                job = (await commands.create(tx, _given(ready), occasion=occasion)).job or job
    return job


def _given(ready: Ready) -> commands.Given:
    said = frozenset({"key", "name", "description", "kind", "where"})
    return commands.Given(said, ready.key, ready.name, ready.description, SegmentKind.RULE, kept(ready.where))

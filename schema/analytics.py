"""Scores of a customer, and the models that they come from."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.vocabulary import LifecycleStage, RiskBand, Score, ScoreAbsenceReason, ValueModelFamily, ValueTier
from schema.connection import Node
from schema.fields import argument, field
from schema.scalars import JSON


@strawberry.type(description="A span of amounts that holds the truth as often as level says.")
class DecimalInterval:
    low: Decimal = field("Where it begins.")
    high: Decimal = field("Where it ends.")
    level: float = field("How often it holds the truth, such as 0.8.")


@strawberry.type(description="Recency, frequency and monetary value as quintiles, 5 the best.")
class Rfm:
    recency: int = field("5: bought most recently.")
    frequency: int = field("5: bought on the most days of the last 365.")
    monetary: int = field("5: earned us the most in the last 365 days.")
    label: str = field("The customary name of the cell, such as Champions.")
    as_of: datetime = field("When it was computed.")


@strawberry.type(description="One reason behind a score.")
class ScoreReason:
    factor: str = field("What it is about.")
    detail: str = field("In words.")
    effect: float = field("How much it adds to the score, or takes from it.")


@strawberry.type(description="How likely it is that the customer has gone.")
class ChurnRisk:
    probability: float = field(
        "How likely it is, from 0 to 1, that the customer buys nothing within settings.churnHorizonDays."
    )
    band: RiskBand = field("The same in three bands.")
    reasons: list[ScoreReason] = field("What speaks for it and against it.")
    as_of: datetime = field("When it was computed.")


@strawberry.type(description="How well a model foretold a period that was kept from it.")
class ModelHoldout:
    from_: datetime = field("Where the held-out period begins.", name="from")
    until: datetime = field("The instant that it ends before.")
    mean_absolute_error: float = field("By how many purchases what was foretold of a customer was off, on average.")
    correlation: float | None = field("Between foretold and actual purchases: 1 where they rise and fall together.")
    poisson_deviance: float = field("Mean deviance a customer: the smaller, the better.")
    area_under_curve: float | None = field(
        "How well it tells who buys again from who does not: .5 is no better than a coin, 1 is never wrong."
    )
    interval_coverage: float | None = field("Share of customers whose purchases fell within their interval.")
    total_error: float = field("(foretold - actual) / actual purchases of everybody together.")


@strawberry.type(description="A fitted model of purchasing, with how well it foretold a held-out period.")
class ValueModel(Node):
    family: ValueModelFamily = field("Which kind of model it is.")
    parameters: JSON = field("The numbers that were fitted, by the letters of the paper that family names.")
    customers: int = field("How many customers it was fitted to.")
    log_likelihood: float = field("How well it fits: the larger, the better, among models of the same history.")
    calibrated_until: datetime = field("The end of the history that it was fitted to.")
    fitted_at: datetime = field("When it was fitted.")
    in_use: bool = field("Whether today's scores come from it: chosen by its back-test, and never degenerate.")
    warnings: list[str] = field(
        "What to beware of: what makes it degenerate, such as a parameter at its bound, and by how much a boosted"
        " residual corrects what it expects."
    )
    holdout: ModelHoldout | None = field(
        "How well it foretold days that were kept from it: those after calibratedUntil where they are known, else a"
        " back-test before it. Null where there was too little history."
    )


@strawberry.type(description="What the customer is worth: profit so far, and what is to be expected.")
class LifetimeValue:
    historic: Decimal = field("Profit so far.")
    predicted: Decimal = field(
        "Profit to be expected over the horizon; what comes later counts less (settings.discountRate)."
    )
    expected_revenue: Decimal = field("What the customer is likely to spend over the horizon.")
    total: Decimal = field("historic and predicted together.")
    interval: DecimalInterval = field(
        "Where the profit that really comes over the horizon will lie, as often as level says; more often where the"
        " customer may well buy nothing, for then it holds 0. It reaches below 0 where purchases may lose money."
    )
    expected_purchases: float = field("Days with a purchase that are to be expected over the horizon.")
    expected_profit_per_purchase: Decimal = field("What such a day is expected to earn.")
    probability_alive: float = field("How likely it is, from 0 to 1, that the customer has not left for good.")
    horizon_months: int = field("How far it looks ahead.")
    as_of: datetime = field("When it was computed.")
    model: ValueModel = field("What foretold it.")


@strawberry.type(description="Where the customer stands among all customers, from 1 (the most).")
class CustomerRanks:
    by_revenue: int = field("By revenue over the whole relationship.")
    by_profit: int = field("By profit over the whole relationship.")
    by_lifetime_value: int | None = field("By lifetime value; null for prospects.")
    by_churn_risk: int | None = field("By churn risk, 1 the most likely to leave; null for prospects.")
    of: int = field("How many customers were ranked.")
    value_decile: int | None = field("Of ten equal groups by lifetime value, 1 the most valuable.")
    exact: bool = field(
        "False: the customer has changed since everybody was ranked, and is placed by where others stood then."
    )
    as_of: datetime = field("When it was computed.")


@strawberry.type(description="A score that cannot be given yet, and why.")
class ScoreAbsence:
    score: Score = field("Which score.")
    reason: ScoreAbsenceReason = field("Why it is not there.")
    detail: str = field("In words.")


@strawberry.type(description="What was so of the customer at an earlier scoring.")
class ScoreSnapshot:
    as_of: datetime = field("The instant that it holds for.")
    rfm: Rfm | None = field("Recency, frequency and monetary value; null before the first purchase.")
    churn_probability: float | None = field(
        "How likely it was, from 0 to 1, that the customer would buy nothing within settings.churnHorizonDays."
    )
    lifetime_value: Decimal | None = field("Profit until then and what was to be expected, together.")
    lifecycle_stage: LifecycleStage = field("Where the customer stood in its life cycle.")
    value_tier: ValueTier | None = field("How valuable the customer was among all.")


@strawberry.type
class AnalyticsQuery:
    value_models: list[ValueModel] = field(
        "The fitted models, the latest first.", argument("first", int | None, "How many: at most 250.", default=10)
    )

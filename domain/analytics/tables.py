"""What is stored of scores: the fitted models, the runs with their cut points, and the two twins of the scores."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Table, text
from sqlalchemy.sql import quoted_name
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import LifecycleStage, RiskBand, ValueModelFamily, ValueTier


class ValueModel(SQLModel, table=True):
    """A fitted model of purchasing; never changed once fitted, but for whether it is in use."""

    __tablename__ = "value_model"
    __table_args__ = (
        columns.one_of("family", ValueModelFamily, "value_model"),
        Index("value_model_fitted_at", "fitted_at", "value_model_id"),
        columns.REFERENCE,
    )

    value_model_id: UUID = columns.uuid(key=True)
    family: str = columns.words(personal=False)
    parameters: dict[str, object] = columns.json(personal=False)
    customers: int = columns.whole()
    log_likelihood: float = columns.real()
    calibrated_until: datetime = columns.instant()
    fitted_at: datetime = columns.instant()
    in_use: bool = columns.truth()
    warnings: list[str] = columns.word_list(personal=False)
    # The back-test: from, until, and its figures in the names of ModelHoldout; null where there was too little history.
    holdout: dict[str, object] | None = columns.json(personal=False, null=True)
    # The test before the present by which the family was chosen, as holdout, with what it taught of churn.
    back_test: dict[str, object] | None = columns.json(personal=False, null=True)
    # What corrects expected purchases; null where the back-test showed no help, and for models not in use.
    residual: dict[str, object] | None = columns.json(personal=False, null=True)


class ScoreRun(SQLModel, table=True):
    """A full scoring: as of when, over how many, and the cut points that place changed customers until the next."""

    __tablename__ = "score_run"
    __table_args__ = (Index("score_run_as_of", "as_of"), columns.REFERENCE)

    score_run_id: UUID = columns.uuid(key=True)
    as_of: datetime = columns.instant()
    finished_at: datetime = columns.instant()
    customers: int = columns.whole()
    value_model_id: UUID | None = columns.uuid(null=True)
    cuts: dict[str, object] = columns.json(personal=False)


ORDERED = (
    "revenue",
    "profit",
    "cost_to_serve",
    "lifetime_value",
    "churn_probability",
    "order_count",
    "average_order_value",
    "first_order_at",
    "last_order_at",
    "next_order_expected_at",
)
"""What orderBy reads by index: the largest first, nulls last, the id as the tie-breaker."""


def _ordering(table: str) -> list[Index]:
    """With what windows of saved rules open and close by."""
    ordered = [Index(f"{table}_{name}", text(f"{name} DESC NULLS LAST"), text("customer_id DESC")) for name in ORDERED]
    return [*ordered, Index(f"{table}_lifecycle_since", "lifecycle_since")]


class CustomerScoreA(SQLModel, table=True):
    """Everything derived of one customer that lists filter and order by, as of the scoring.

    Two twins hold it; the view customer_score names the live one. A customer that was never scored has
    the skeleton row: generation 0, PROSPECT since it was created. Money is in the base currency.
    """

    __tablename__ = "customer_score_a"
    __table_args__ = (
        columns.one_of("lifecycle_stage", LifecycleStage, "customer_score_a"),
        columns.one_of("value_tier", ValueTier, "customer_score_a"),
        columns.one_of("risk_band", RiskBand, "customer_score_a"),
        *_ordering("customer_score_a"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    # The customer's mark (customer_mark.wanted) that this row has seen.
    generation: int = columns.big(default="0")
    as_of: datetime | None = columns.instant(null=True)

    # The summary of purchases: days with a standing order, in the organization's time zone.
    order_count: int = columns.whole(default="0")
    first_order_at: datetime | None = columns.instant(null=True)
    last_order_at: datetime | None = columns.instant(null=True)
    # x, t_x and T of the purchase models: repeat purchase days, weeks.
    repeat_purchases: int = columns.whole(default="0")
    recency_weeks: float | None = columns.real(null=True)
    age_weeks: float | None = columns.real(null=True)
    # m of gamma-gamma: mean profit of the repeat purchase days.
    repeat_profit_mean: float | None = columns.real(null=True)
    median_gap_days: float | None = columns.real(null=True)
    product_count: int = columns.whole(default="0")
    category_count: int = columns.whole(default="0")
    average_order_value: Decimal | None = columns.money(null=True)
    return_rate: float | None = columns.real(null=True)
    discount_share: float | None = columns.real(null=True)
    revenue_trend: float | None = columns.real(null=True)
    overdue: Decimal = columns.money(default="0")
    next_order_expected_at: datetime | None = columns.instant(null=True)

    revenue: Decimal = columns.money(default="0")
    returns: Decimal = columns.money(default="0")
    cost_of_goods: Decimal = columns.money(default="0")
    cost_to_serve: Decimal = columns.money(default="0")
    marketing_cost: Decimal = columns.money(default="0")
    profit: Decimal = columns.money(default="0")

    rfm_recency: int | None = columns.small(null=True)
    rfm_frequency: int | None = columns.small(null=True)
    rfm_monetary: int | None = columns.small(null=True)

    # Lifetime value: predicted, with its interval; lifetime_value is historic profit and predicted together.
    predicted: Decimal | None = columns.money(null=True)
    predicted_low: Decimal | None = columns.money(null=True)
    predicted_high: Decimal | None = columns.money(null=True)
    lifetime_value: Decimal | None = columns.money(null=True)
    expected_revenue: Decimal | None = columns.money(null=True)
    expected_purchases: float | None = columns.real(null=True)
    expected_profit: Decimal | None = columns.money(null=True)
    probability_alive: float | None = columns.real(null=True)
    horizon_months: int | None = columns.small(null=True)
    value_model_id: UUID | None = columns.uuid(null=True)

    churn_probability: float | None = columns.real(null=True)
    risk_band: str | None = columns.words(personal=False, null=True)
    # [{"factor", "detail", "effect"}]
    churn_reasons: list[object] = columns.json(personal=False, default="'[]'")

    rank_by_revenue: int | None = columns.whole(null=True)
    rank_by_profit: int | None = columns.whole(null=True)
    rank_by_value: int | None = columns.whole(null=True)
    rank_by_churn: int | None = columns.whole(null=True)
    ranked_of: int | None = columns.whole(null=True)
    value_decile: int | None = columns.small(null=True)
    # False: placed by the cut points of the last full run.
    rank_exact: bool = columns.truth()

    lifecycle_stage: str = columns.words(personal=False, default="'PROSPECT'")
    lifecycle_since: datetime = columns.instant()
    value_tier: str | None = columns.words(personal=False, null=True)
    # [{"score", "reason", "detail"}]; what cannot be given yet, and why.
    absences: list[object] = columns.json(personal=False, default="'[]'")


def _twin(table: Table) -> Table:
    """The same table under the other twin's name, its constraints and indexes renamed with it."""
    made = table.to_metadata(SQLModel.metadata, name="customer_score_b")
    for index in made.indexes:
        index.name = quoted_name(str(index.name).replace("customer_score_a", "customer_score_b"), quote=None)
    for constraint in made.constraints:
        if constraint.name:
            constraint.name = str(constraint.name).replace("customer_score_a", "customer_score_b")
    return made


customer_score_a = SQLModel.metadata.tables["customer_score_a"]
customer_score_b = _twin(customer_score_a)

"""What the report is made of, as it was read in one snapshot: sums over everybody, money in the base currency."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.analytics.models.histories import Floats, Ints
from domain.vocabulary import Channel, LifecycleStage, RiskBand, ValueModelFamily, ValueTier


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A fitted model as it is stored; `holdout` in the names of the contract's ModelHoldout."""

    family: ValueModelFamily
    parameters: dict[str, object]
    customers: int
    log_likelihood: float
    calibrated_until: datetime
    fitted_at: datetime
    in_use: bool
    warnings: tuple[str, ...]
    holdout: dict[str, object] | None
    # The test before the end of the calibration, by which the family was chosen; the holdout where nothing came after.
    back_test: dict[str, object] | None
    # Whether something that was learnt from the back-test corrects what the family expects.
    corrected: bool


def _by_family(model: StoredModel) -> str:
    return model.family


@dataclass(frozen=True, slots=True)
class Span:
    """Days: what was known at `cut` (that day still was), and what came after it up to and with `end`."""

    cut: date
    end: date

    @property
    def held_out(self) -> int:
        return (self.end - self.cut).days


@dataclass(frozen=True, slots=True)
class Purchases:
    """Arrays. Customers alike at the cut: x, t_x and T in days, `later` purchases each, n of them.

    `repeats` are the repeat purchases of those customers on each day from `first` to the span's end.
    """

    span: Span
    x: Ints
    t_x: Ints
    T: Ints
    later: Ints
    n: Ints
    first: date
    repeats: Floats


class Decile(NamedTuple):
    """A tenth of the customers by value, 1 the best."""

    decile: int
    customers: int
    value: Decimal
    profit: Decimal
    predicted: Decimal
    least: Decimal
    most: Decimal


class RfmCell(NamedTuple):
    recency: int
    frequency: int
    monetary: int
    customers: int
    profit: Decimal


class RiskCell(NamedTuple):
    band: RiskBand
    tier: ValueTier
    customers: int
    value: Decimal
    predicted: Decimal


class Stage(NamedTuple):
    """`churn` is the mean probability; null, like the value, where nobody of the stage has one."""

    stage: LifecycleStage
    customers: int
    profit: Decimal
    value: Decimal | None
    churn: float | None


class Earned(NamedTuple):
    """One channel and category ('' is of none): revenue net of returns; `lately` is the profit of twelve months."""

    channel: Channel
    category: str
    orders: int
    category_orders: int
    revenue: Decimal
    cost_of_goods: Decimal
    cost_of_contact: Decimal
    lately: Decimal

    @property
    def profit(self) -> Decimal:
        return self.revenue - self.cost_of_goods - self.cost_of_contact


class CohortMonth(NamedTuple):
    """How many of those who first bought in the month `cohort` bought in `month`."""

    cohort: date
    month: date
    buyers: int


class Absent(NamedTuple):
    """How many have no such score, and why, in the words of the contract."""

    score: str
    reason: str
    customers: int


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything that the page shows. `scored` is the last full run's as-of; facts are as of `as_of`."""

    as_of: datetime
    currency: str
    time_zone: str
    today: date
    customers: int
    scored: datetime | None
    models: tuple[StoredModel, ...]
    purchases: Purchases | None
    cohorts: tuple[CohortMonth, ...]
    earned: tuple[Earned, ...]
    deciles: tuple[Decile, ...]
    rfm: tuple[RfmCell, ...]
    risks: tuple[RiskCell, ...]
    stages: tuple[Stage, ...]
    absences: tuple[Absent, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def buyers(self) -> int:
        return sum(month.buyers for month in self.cohorts if month.month == month.cohort)

    @property
    def rivals(self) -> tuple[StoredModel, ...]:
        """The families that the model of purchases in use was chosen from, itself among them."""
        used = self.in_use()
        found = (model for model in self.models if used and model.fitted_at == used.fitted_at)
        return tuple(sorted((one for one in found if one.family is not ValueModelFamily.GAMMA_GAMMA), key=_by_family))

    def in_use(self, *, spending: bool = False) -> StoredModel | None:
        """The model of purchases that scores come from, or the one of spending."""
        found = (
            model
            for model in self.models
            if model.in_use and (model.family is ValueModelFamily.GAMMA_GAMMA) == spending
        )
        return next(found, None)

"""The summary of customers: rows made of their tallies as of a day, and what the models make of their columns."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import DAYS_A_WEEK, Floats, Ints
from domain.analytics.scoring.money import Money
from domain.analytics.scoring.wire import Rows

MONEY = ("ordered", "revenue", "returns", "cost_of_goods", "cost_to_serve", "marketing_cost", "overdue")
INSTANTS = ("created_at", "since_before", "scored_before", "first_at", "last_at")
COUNTS = (
    *("generation", "stage_before", "unwilling"),
    *("orders", "purchases", "in_window", "discounted", "products", "categories"),
)
REALS = (
    "first_day",
    "last_day",
    "median_gap",
    "silence",
    "returned_on",
    "purchases_before",
    "gap_before",
    "repeat_profit",
    "repeat_profit_squares",
    "repeat_revenue",
    "repeat_revenue_squares",
    "window_profit",
    "trend",
)
LAYOUT = np.dtype(
    [
        ("customer_id", "V16"),
        *((name, "i8") for name in (*INSTANTS, *COUNTS)),
        *((name, "f8") for name in REALS),
        *((part, "i8") for name in MONEY for part in (name, f"{name}_micro")),
    ]
)


@dataclass(frozen=True, slots=True)
class Summaries:
    """Rows of LAYOUT. Days count from the as-of day and are at most 0; NaN and -infinity stand for null."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def real(self, name: str) -> Floats:
        return self.rows[name].astype(np.float64)

    def count(self, name: str) -> Ints:
        return self.rows[name].astype(np.int64)

    def money(self, name: str) -> Money:
        return Money(self.count(name), self.count(f"{name}_micro"))

    @property
    def bought(self) -> "np.typing.NDArray[np.bool_]":
        """Who has a purchase; everybody else is a prospect."""
        some: np.typing.NDArray[np.bool_] = self.count("purchases") > 0
        return some

    def came_after(self, as_of: int) -> "np.typing.NDArray[np.bool_]":
        """Who had neither come nor bought by then; microseconds as on the wire."""
        later: np.typing.NDArray[np.bool_] = ~self.bought & (self.count("created_at") > as_of)
        return later

    @property
    def unwilling(self) -> "np.typing.NDArray[np.bool_]":
        """Who has refused to be profiled: facts are told of them, and nothing that is made of facts."""
        some: np.typing.NDArray[np.bool_] = self.count("unwilling") > 0
        return some

    @property
    def profiled(self) -> "np.typing.NDArray[np.bool_]":
        """Who has scores: a purchase, and nothing against it."""
        return self.bought & ~self.unwilling

    @property
    def x(self) -> Floats:
        return np.maximum(self.real("purchases") - 1, 0)

    @property
    def t_x(self) -> Floats:
        """Weeks from the first purchase to the last; NaN for prospects, as T."""
        weeks: Floats = (self.real("last_day") - self.real("first_day")) / DAYS_A_WEEK
        return weeks

    @property
    def T(self) -> Floats:
        return -self.real("first_day") / DAYS_A_WEEK

    def repeat_mean(self, of: str) -> Floats:
        """m: mean profit or revenue of the repeat purchase days; 0 without one."""
        mean: Floats = self.real(f"repeat_{of}") / np.maximum(self.x, 1)
        return mean

    @property
    def profit(self) -> Money:
        costs = self.money("returns") + self.money("cost_of_goods") + self.money("cost_to_serve")
        return self.money("revenue") - costs - self.money("marketing_cost")

"""Who bought on which day, and what is known of it at a cut: the histories up to there, the purchases that followed."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import DAYS_A_WEEK, Floats, Histories, Ints, aggregate


@dataclass(frozen=True, slots=True)
class Known:
    """What a cut tells of each customer who had bought by then; x, t_x and T in days, `later` purchases after it."""

    x: Ints
    t_x: Ints
    T: Ints
    later: Floats

    def histories(self) -> Histories:
        return aggregate(self.x, self.t_x, self.T)

    def in_weeks(self) -> tuple[Floats, Floats, Floats]:
        return self.x.astype(np.float64), self.t_x / DAYS_A_WEEK, self.T / DAYS_A_WEEK

    @property
    def repeaters(self) -> int:
        return int((self.x > 0).sum())


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Different pairs of a customer's number and a day's number, sorted; several orders a day are one purchase."""

    customer: Ints
    day: Ints

    @classmethod
    def of(cls, customer: Ints, day: Ints) -> "PurchaseDays":
        order = np.lexsort((day, customer))
        customer, day = customer[order], day[order]
        again = (np.diff(customer, prepend=-1) == 0) & (np.diff(day, prepend=-1) == 0)
        return cls(customer[~again], day[~again])

    @property
    def first(self) -> int:
        return int(self.day.min())

    @property
    def last(self) -> int:
        return int(self.day.max())

    def known(self, cut: int, end: int) -> Known:
        """Up to and with the day `cut`; `later` counts the purchase days after it, up to and with `end`."""
        before = self.day <= cut
        customer, starts, counts = np.unique(self.customer[before], return_index=True, return_counts=True)
        day = self.day[before]
        first, last = day[starts], day[starts + counts - 1]
        after = self.customer[~before & (self.day <= end)]
        at = np.searchsorted(customer, after)
        met = at < len(customer)
        met[met] = customer[at[met]] == after[met]
        later = np.bincount(at[met], minlength=len(customer)).astype(np.float64)
        return Known(counts - 1, last - first, cut - first, later)

"""Exact money in arrays: whole units and millionths, both with the sign of the amount, as numeric(20,6) holds it."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats, Ints

MICROS = 1_000_000
_MOST = 99_999_999_999_999
# Beyond all that is kept, and so little of what an array holds that sums of several still fit.
_FAR = 1e17


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of whole + micro / 1,000,000; micro lies between -999,999 and 999,999 and agrees with whole in sign."""

    whole: Ints
    micro: Ints

    @classmethod
    def of(cls, amounts: Floats) -> "Money":
        """The nearest amounts of six places, half to even."""
        amounts = np.clip(amounts, -_FAR, _FAR)
        whole = np.trunc(amounts)
        return cls._carried(whole.astype(np.int64), np.rint((amounts - whole) * MICROS).astype(np.int64))

    @classmethod
    def _carried(cls, whole: Ints, micro: Ints) -> "Money":
        up, micro = np.divmod(micro, MICROS)
        whole = whole + up
        mixed = (whole < 0) & (micro > 0)
        return cls(whole + mixed, np.where(mixed, micro - MICROS, micro))

    def __add__(self, other: "Money") -> "Money":
        return self._carried(self.whole + other.whole, self.micro + other.micro)

    def __sub__(self, other: "Money") -> "Money":
        return self._carried(self.whole - other.whole, self.micro - other.micro)

    def divided(self, by: Ints) -> "Money":
        """Shares of six places, halves away from zero, as Postgres rounds them; 0 where there is nothing to divide by.

        Half to even, a list would be filtered by another mean than the one that is told of each customer.
        """
        by = np.maximum(by, 1)
        negative = (self.whole < 0) | (self.micro < 0)
        whole, rest = np.divmod(self.whole, by)
        micro, rest = np.divmod(rest * MICROS + self.micro, by)
        up = (2 * rest > by) | ((2 * rest == by) & ~negative)
        return self._carried(whole, micro + up)

    def floats(self) -> Floats:
        value: Floats = self.whole + self.micro / MICROS
        return value

    def held(self) -> "Money":
        """The nearest amounts of 14 integer digits: one customer's impossible sums do not stop the scoring of all."""
        return Money(np.clip(self.whole, -_MOST, _MOST), self.micro)

    def digits(self) -> Ints:
        """Sign (1 where negative) and the seven groups of four decimal digits: five before the point, two after."""
        whole, micro = np.abs(self.whole), np.abs(self.micro)
        groups = [whole // 10_000**power % 10_000 for power in (4, 3, 2, 1, 0)]
        negative = (self.whole < 0) | (self.micro < 0)
        return np.stack([negative, *groups, micro // 100, micro % 100 * 100], axis=1).astype(np.int64)

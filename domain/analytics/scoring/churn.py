"""Churn risk: that a customer buys nothing within the horizon, calibrated on the back-test, taken apart into reasons.

Not P(alive): BG/NBD's is 1 for everybody without a repeat."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import expit, logit

from domain.analytics.models.histories import Floats
from domain.vocabulary import RiskBand

LOW_BELOW, HIGH_FROM = 0.35, 0.70
FEWEST_EITHER_WAY = 50
SHORTEST, LONGEST = 2 / 3, 2.0
"""Of the days of a back-test: the horizons that it teaches anything about."""
_EDGE = 1e-9


class Factor(StrEnum):
    """What a churn risk is made of; the effects add up to it."""

    TYPICAL = "TYPICAL"
    PURCHASE_RATE = "PURCHASE_RATE"
    SILENCE = "SILENCE"
    EXPERIENCE = "EXPERIENCE"


@dataclass(frozen=True, slots=True)
class Calibration:
    """logit(risk) = shift + stretch * logit(risk as modelled); (0, 1) changes nothing.

    Taught by a back-test of so many `days`, 0 where that was not written down.
    """

    shift: float = 0.0
    stretch: float = 1.0
    days: int = 0

    def of(self, horizon: int) -> "Calibration":
        """What it says of that many days: nothing, where the back-test was of quite another length.

        What half a year taught makes the risk of a month worse than no lesson at all.
        """
        known = self.days == 0 or SHORTEST * self.days <= horizon <= LONGEST * self.days
        return self if known else Calibration()

    def applied(self, modelled: Floats) -> Floats:
        if (self.shift, self.stretch) == (0.0, 1.0):
            return modelled
        risk: Floats = expit(self.shift + self.stretch * logit(np.clip(modelled, _EDGE, 1 - _EDGE)))
        return risk


def calibrate(modelled: Floats, silent: "np.typing.NDArray[np.bool_]") -> Calibration:
    """Logistic regression of what happened on what was foretold (Platt 1999), by Newton's method.

    With too few of either kind, or where it would turn the order round, nothing is changed.
    """
    if min(int(silent.sum()), int((~silent).sum())) < FEWEST_EITHER_WAY:
        return Calibration()
    design = np.stack([np.ones_like(modelled), logit(np.clip(modelled, _EDGE, 1 - _EDGE))])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        risk = expit(beta @ design)
        step = np.linalg.solve((design * (risk * (1 - risk))) @ design.T + 1e-9 * np.eye(2), design @ (silent - risk))
        beta = beta + np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-10:
            return Calibration(float(beta[0]), float(beta[1])) if beta[1] > 0.1 else Calibration()
    return Calibration()


def bands(risk: Floats) -> "np.typing.NDArray[np.object_]":
    """Of risks that are known."""
    names = np.array([RiskBand.LOW, RiskBand.MEDIUM, RiskBand.HIGH], dtype=object)
    named: np.typing.NDArray[np.object_] = names[np.digitize(risk, (LOW_BELOW, HIGH_FROM))]
    return named


@dataclass(frozen=True, slots=True)
class Effects:
    """Signed shares of each customer's risk; their sum over the factors is the risk."""

    typical: float
    purchase_rate: Floats
    silence: Floats
    experience: Floats


def effects(typical: float, if_alive: Floats, none: Floats, risk: Floats) -> Effects:
    """typical + (silent though still a customer, against typical) + (gone already) + (what the back-test taught).

    none = 1 - P(alive) (1 - if_alive); if_alive is the risk of somebody who certainly still is a customer.
    """
    return Effects(typical, if_alive - typical, none - if_alive, risk - none)

"""The one integral of Pareto/NBD, by a quadrature whose terms are all above 0, so that nothing cancels:

s * the integral over y from `since` to `until` of ((alpha + until) / (alpha + y))^m ((beta + until) / (beta + y))^s
/ (beta + y). In v = ln((kappa + until) / (kappa + y)), kappa the smaller of alpha and beta, it is analytic for
|Im v| < pi. What lies far below its peak, at `since`, is left out, so that any history is resolved alike."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Floats

NODES = 40
_DEPTH = 42.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)


@dataclass(frozen=True, slots=True)
class Integral:
    """At nodes (rows) and customers (columns): y, and the logarithm of what the node adds to the integral."""

    y: Floats
    logs: Floats

    def total(self) -> Floats:
        """The logarithm of the integral; -inf where there is nothing between the ends."""
        highest = self.logs.max(axis=0)
        finite = np.where(np.isfinite(highest), highest, 0.0)
        with np.errstate(divide="ignore"):
            total: Floats = finite + np.log(np.exp(self.logs - finite).sum(axis=0))
        return total


def integral(m: Floats, alpha: Floats, s: float, beta: Floats, since: Floats, until: Floats) -> Integral:
    kappa = np.minimum(alpha, beta)
    longest = np.log1p((until - since) / (kappa + since))
    steepness = (kappa + since) * (m / (alpha + since) + s / (beta + since))
    length = np.minimum(longest, _DEPTH / steepness)
    v = longest - length * (1 - _NODES[:, None]) / 2
    y = np.maximum((kappa + until) * np.exp(-v) - kappa, since)
    with np.errstate(divide="ignore"):
        logs = (
            m * np.log((alpha + until) / (alpha + y))
            + s * np.log((beta + until) / (beta + y))
            + np.log(s * length / 2 * _WEIGHTS[:, None] * (kappa + y) / (beta + y))
        )
    return Integral(y, logs)

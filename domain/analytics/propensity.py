"""How likely groups respond, each shrunk towards all of them by as much as they are alike (beta-binomial).

Rates are beta(mu·kappa, (1 − mu)·kappa) over groups, responses binomial. mu and kappa are not fixed at their best fit
but summed over (a grid of their posterior), so that intervals hold with few groups as well."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln, expit

from domain.analytics.models.histories import Floats

CONFIDENCE = 0.8
_NODES, _KEPT, _HALVINGS = 24, 1e-4, 30
_LOG_WEIGHTS = (0.0, 11.5)
"""ln kappa is looked for between these: the other groups are worth 1 to 100,000 trials."""


@dataclass(frozen=True, slots=True)
class Propensities:
    """Arrays of one entry a group: the mean rate and its interval. `mean` is of a group of which nothing is known,
    `weight` how many trials that is worth: (responses + mean·weight) / (trials + weight) nearly is a group's rate."""

    rate: Floats
    low: Floats
    high: Floats
    mean: float
    weight: float


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """Pairs of (mu, kappa) as beta parameters a and b, and how likely each is."""

    a: Floats
    b: Floats
    likely: Floats


def shrink(responses: Floats, trials: Floats, *, confidence: float = CONFIDENCE) -> Propensities | None:
    """responses of trials, of each group, shape (groups,). One without a trial gets what the others teach.

    Prior: mu uniform, kappa by uniform shrinkage (Christiansen & Morris 1997). None where nobody was tried at all.
    Raises ValueError for counts that cannot be.
    """
    if responses.shape != trials.shape or (responses < 0).any() or (responses > trials).any():
        raise ValueError("responses lie between 0 and the trials, one of each a group")
    if not trials.sum() > 0:
        return None
    pairs, which = np.unique(np.stack([responses, trials]), axis=1, return_inverse=True)
    groups = np.bincount(which.ravel()).astype(np.float64)
    beliefs = _beliefs(pairs[0], pairs[1], groups)
    rate = _rates(beliefs, pairs[0], pairs[1])
    low, high = (_quantile(beliefs, pairs[0], pairs[1], end) for end in ((1 - confidence) / 2, (1 + confidence) / 2))
    mean = float(beliefs.likely @ (beliefs.a / (beliefs.a + beliefs.b)))
    weight = float(np.exp(beliefs.likely @ np.log(beliefs.a + beliefs.b)))
    of = which.ravel()
    return Propensities(rate[of], low[of], high[of], mean, weight)


def _beliefs(k: Floats, n: Floats, groups: Floats) -> _Beliefs:
    """A coarse grid over all that is possible, then a fine one over what is likely."""
    mu, kappa = np.linspace(-12, 12, 2 * _NODES), np.linspace(*_LOG_WEIGHTS, 2 * _NODES)
    likely = _likely(mu, kappa, k, n, groups)
    mu, kappa = _around(mu, likely.sum(axis=1)), _around(kappa, likely.sum(axis=0))
    likely = _likely(mu, kappa, k, n, groups)
    some = likely > _KEPT * likely.max()
    M, K = np.broadcast_arrays(expit(mu)[:, None], np.exp(kappa)[None, :])
    kept = likely[some]
    return _Beliefs((M * K)[some], ((1 - M) * K)[some], kept / kept.sum())


def _around(nodes: Floats, weight: Floats) -> Floats:
    """Fewer nodes over the stretch that has all the weight, one node wider on either side."""
    held = np.flatnonzero(weight > _KEPT * weight.max())
    first, last = max(held[0] - 1, 0), min(held[-1] + 1, len(nodes) - 1)
    return np.linspace(nodes[first], nodes[last], _NODES)


def _likely(mu: Floats, kappa: Floats, k: Floats, n: Floats, groups: Floats) -> Floats:
    """Of each (logit mu, ln kappa), up to a factor; the prior's density in those terms goes with it."""
    m, weight = expit(mu)[:, None], np.exp(kappa)[None, :]
    typical = max(float((groups @ n) / groups.sum()), 1.0)
    prior = np.log(m) + np.log1p(-m) + np.log(weight) - 2 * np.log(weight + typical)
    log = prior.copy()
    for hits, tried, alike in zip(k, n, groups, strict=True):
        a, b = m * weight, (1 - m) * weight
        log += alike * (betaln(a + hits, b + tried - hits) - betaln(a, b))
    chance: Floats = np.exp(log - log.max())
    return chance


def _rates(beliefs: _Beliefs, k: Floats, n: Floats) -> Floats:
    a, b = beliefs.a[:, None], beliefs.b[:, None]
    rates: Floats = beliefs.likely @ ((a + k) / (a + b + n))
    return rates


def _quantile(beliefs: _Beliefs, k: Floats, n: Floats, share: float) -> Floats:
    """Of the mixture of posteriors, by halving on the scale of log odds."""
    low, high = np.full_like(k, -40.0), np.full_like(k, 40.0)
    a, b = beliefs.a[:, None] + k, beliefs.b[:, None] + n - k
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        reached = beliefs.likely @ betainc(a, b, expit(middle)) >= share
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    found: Floats = expit((low + high) / 2)
    return found

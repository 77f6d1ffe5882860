"""How well each family foretells purchases that it has not seen, and which one is chosen before they are seen.

Everything is fitted to days up to and with `until`; the days after it only judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeAlias

import numpy as np

from domain.analytics.judging import bootstrap, residual
from domain.analytics.judging.bootstrap import Prepared
from domain.analytics.judging.purchase_days import Known, PurchaseDays
from domain.analytics.judging.reliability import Reliability, totals_covered
from domain.analytics.judging.residual import Residual
from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.families import FAMILIES, PurchaseModel
from domain.analytics.models.fitted import Fit
from domain.analytics.models.histories import DAYS_A_WEEK, Floats
from domain.errors import Fault, Refused
from domain.vocabulary import ValueModelFamily

SHORTEST_BACK_TEST, FEWEST_REPEATERS = 14, 30
_STEPS = 2 * len(FAMILIES) + 1
_TELLING_DIGITS = 9
"""Beyond these two figures differ by rounding."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a forecast was worth: means over customers; total error as a share of what came; AUC of buying again."""

    poisson_deviance: float
    mean_absolute_error: float
    root_mean_squared_error: float
    total_error: float | None
    area_under_curve: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A fit held against what came: the figures, and what they are made of, customer by customer."""

    figures: Figures
    each: Prepared


class Contender(Protocol):
    """A fitted family that may be chosen."""

    @property
    def fit(self) -> Fit[PurchaseModel]: ...

    @property
    def back_test(self) -> Trial | None: ...


Between: TypeAlias = tuple[Figures, Figures]
"""The ends of a 95 % interval of each figure."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A family as it was fitted up to `until`: its holdout, and its back-test, which ended at `until`, with the fit as
    of its beginning. `less_pareto` is the difference of its holdout from that of Pareto/NBD, which has none itself."""

    fit: Fit[PurchaseModel]
    holdout: Trial
    back_test: Trial | None
    at_cut: PurchaseModel | None = None
    reliability: Reliability | None = None
    less_pareto: Between | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The chosen family with its residual, silent where the back-test shows no sure help."""

    residual: Residual
    holdout: Trial
    totals_covered: float | None
    less_pareto: Between | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Days are ordinals. `cut` is where the back-test began, None where the history was too short for one."""

    first: int
    cut: int | None
    until: int
    last: int
    customers: int
    repeaters: int
    purchases: int
    judged: dict[ValueModelFamily, Judged]
    chosen: ValueModelFamily
    served: Served


def held_against(fit: Fit[PurchaseModel], known: Known, days: int) -> Trial:
    """A fit against the purchases of the `days` that followed; customers are ranked by how many it foretold."""
    return trial(fit.model.forecast(*known.in_weeks(), _horizon(days)), known)


def trial(foretold: Forecast, known: Known) -> Trial:
    each = Prepared.of(foretold.purchases, known.later)
    return Trial(_told(each.figures(np.ones_like(known.later))), each)


def _horizon(days: int) -> Horizon:
    return Horizon(days / DAYS_A_WEEK)


def against(one: Trial, other: Trial) -> Between:
    """The difference of two holdouts over the same customers, by a paired bootstrap."""
    low, high = (_told(end) for end in bootstrap.paired(one.each, other.each))
    return low, high


def _told(values: Floats) -> Figures:
    deviance, absolute, root, *rest = (float(value) for value in values)
    total, area = (value if np.isfinite(value) else None for value in rest)
    return Figures(deviance, absolute, root, total, area)


def first_half(days: PurchaseDays) -> int:
    """The last day of the first half of the time."""
    return days.first + (days.last - days.first) // 2


def evaluate(days: PurchaseDays, until: int, progress: Progress = lambda done, of: None) -> Evaluation:
    """Raises Refused where too few customers came back up to `until`, or no day follows it."""
    if not days.first <= until < days.last:
        raise Refused(Fault.invalid("lies outside the days of the orders: leave some on either side", "until"))
    known = days.known(until, days.last)
    if known.repeaters < FEWEST_REPEATERS:
        whom = "customer" if known.repeaters == 1 else "customers"
        found = f"{known.repeaters} {whom} had bought again by {date.fromordinal(until)}"
        raise Refused(Fault.invalid(f"too few to fit to: {found}, and a model needs {FEWEST_REPEATERS}"))
    cut, judged = _cut(days, until), {}
    for done, family in enumerate(FAMILIES):
        progress(done, _STEPS)
        judged[family] = _judge(family, days, known, cut, until)
    progress(len(FAMILIES), _STEPS)
    chosen = choose(judged)
    served = _serve(judged[chosen], days, known, cut, until)
    for done, family in enumerate(FAMILIES, len(FAMILIES) + 1):
        progress(done, _STEPS)
        judged[family] = replace(judged[family], less_pareto=_less_pareto(judged[family].holdout, judged))
    served = replace(served, less_pareto=_less_pareto(served.holdout, judged))
    progress(_STEPS, _STEPS)
    counts = (len(known.x), known.repeaters, int(known.later.sum()))
    return Evaluation(days.first, cut, until, days.last, *counts, judged, chosen, served)


def _less_pareto(held: Trial, judged: Mapping[ValueModelFamily, Judged]) -> Between | None:
    """None for Pareto/NBD itself."""
    pareto = judged[ValueModelFamily.PARETO_NBD].holdout
    known = [one.less_pareto for one in judged.values() if one.holdout is held and one.less_pareto]
    return known[0] if known else None if held is pareto else against(held, pareto)


def _cut(days: PurchaseDays, until: int) -> int | None:
    length = back_test_days(days.last - until, until - days.first)
    return until - length if length and days.known(until - length, until).repeaters >= FEWEST_REPEATERS else None


def back_test_days(foretold: int, known: int) -> int:
    """As long as what is to be foretold, or as can tell anything, and at most a third of what is known; 0 where that is
    too short."""
    length = min(max(foretold, SHORTEST_BACK_TEST), known // 3)
    return length if length >= SHORTEST_BACK_TEST else 0


def _judge(family: ValueModelFamily, days: PurchaseDays, known: Known, cut: int | None, until: int) -> Judged:
    fit, weeks = families.fit(family, known.histories()), (days.last - until) / DAYS_A_WEEK
    foretold = fit.model.forecast(*known.in_weeks(), Horizon(weeks))
    reliability = Reliability.of(foretold, fit.model.chances(*known.in_weeks(), weeks, known.later), known.later)
    held = trial(foretold, known)
    if cut is None:
        return Judged(fit, held, None, None, reliability)
    earlier = days.known(cut, until)
    before = families.fit(family, earlier.histories())
    return Judged(fit, held, held_against(before, earlier, until - cut), before.model, reliability)


def _serve(one: Judged, days: PurchaseDays, known: Known, cut: int | None, until: int) -> Served:
    totals = one.reliability.totals_covered if one.reliability else None
    learnt = Residual(0.0)
    if one.at_cut and cut is not None:
        learnt = residual.learn(one.at_cut, days.known(cut, until), until - cut)
    if not learnt.helps:
        return Served(learnt, one.holdout, totals)
    model, history = one.fit.model, known.in_weeks()
    level = learnt.levelled(model, *history)
    foretold = level.corrected(model, *history, _horizon(days.last - until))
    return Served(level, trial(foretold, known), totals_covered(foretold, known.later))


def choose(judged: Mapping[ValueModelFamily, Contender]) -> ValueModelFamily:
    """By the back-test, without one by the highest likelihood; a degenerate fit only where all are.

    Families whose deviance cannot be told from the least, by one standard error of the difference over the same
    customers, are alike: of those the one is taken that best ranks who buys again, and of equals the simplest, in the
    order of FAMILIES: families that have collapsed into one foretell the same.
    """
    sound = {family: one for family, one in judged.items() if not one.fit.degenerate} or dict(judged)
    tests = {family: one.back_test for family, one in sound.items() if one.back_test}
    if not tests:
        return max(sound, key=lambda family: sound[family].fit.log_likelihood)
    least = min(tests.values(), key=lambda found: found.figures.poisson_deviance)
    alike = [family for family in FAMILIES if family in tests and _alike(tests[family], least)]
    return max(alike, key=lambda family: round(tests[family].figures.area_under_curve or 0.0, _TELLING_DIGITS))


def _alike(found: Trial, least: Trial) -> bool:
    worse = found.each.deviances - least.each.deviances
    return bool(worse.mean() <= worse.std() / np.sqrt(len(worse)) + 10.0**-_TELLING_DIGITS)

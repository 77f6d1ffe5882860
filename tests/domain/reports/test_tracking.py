"""What a model expects of newcomers, against the papers' formulas; and whole pictures of customers who live by one."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import beta, gammaln, hyp2f1

from domain.analytics.judging.purchase_days import PurchaseDays
from domain.analytics.models import families
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.pareto_nbd import ParetoNbd
from domain.reports.facts import Purchases, Span
from domain.reports.tracking import MOST, Held, counts_of_newcomer, hold, purchases_of_newcomer
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics import generated

# CDNOW's estimates (Fader, Hardie & Lee 2005a; Fader & Hardie 2005).
BG = families.model(ValueModelFamily.BG_NBD, {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
MBG = families.model(ValueModelFamily.MBG_NBD, {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614})
PARETO = families.model(ValueModelFamily.PARETO_NBD, {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669})


def expected_by_paper(model: PurchaseModel, t: float) -> float:
    """BG/NBD: equation 9 of the paper. Pareto/NBD: Schmittlein, Morrison & Colombo."""
    r, alpha, *rest = model.parameters.values()
    if model is BG:
        a, b = rest
        curve = hyp2f1(r, b, a + b - 1, t / (alpha + t))
        return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * curve))
    s, beta_ = rest
    return float(r * beta_ / (alpha * (s - 1)) * (1 - (beta_ / (beta_ + t)) ** (s - 1)))


def negative_binomial(r: float, alpha: float, t: float, x: int) -> float:
    log = gammaln(r + x) - gammaln(r) - gammaln(x + 1) + r * np.log(alpha / (alpha + t)) + x * np.log(t / (alpha + t))
    return float(np.exp(log))


def count_of_bg(x: int, t: float) -> float:
    """Equation 8 of the paper."""
    r, alpha, a, b = BG.parameters.values()
    stays = beta(a, b + x) / beta(a, b) * negative_binomial(r, alpha, t, x)
    fewer = sum(negative_binomial(r, alpha, t, j) for j in range(x))
    return float(stays + (beta(a + 1, b + x - 1) / beta(a, b) * (1 - fewer) if x else 0.0))


def count_of_pareto(x: int, t: float) -> float:
    """Over the time of death: alive throughout, or dead at u."""
    r, alpha, s, beta_ = PARETO.parameters.values()
    died = quad(lambda u: negative_binomial(r, alpha, u, x) * s / beta_ * (1 + u / beta_) ** (-s - 1), 0, t)[0]
    return float(died + (1 + t / beta_) ** -s * negative_binomial(r, alpha, t, x))


@pytest.mark.parametrize("model", [BG, PARETO], ids=lambda model: model.family)
def test_purchases_of_newcomers_are_the_papers(model: PurchaseModel) -> None:
    grown = purchases_of_newcomer(model, 547)
    assert grown[0] == 0
    for day in (1, 3, 27, 30, 100, 272, 546):
        assert grown[day] == pytest.approx(expected_by_paper(model, day / 7), abs=2e-6)


@pytest.mark.parametrize(("model", "count"), [(BG, count_of_bg), (PARETO, count_of_pareto)], ids=["BG", "Pareto"])
@pytest.mark.parametrize("weeks", [2.0, 38.857, 400.0])
def test_counts_of_newcomers_are_the_papers(
    model: PurchaseModel, count: Callable[[int, float], float], weeks: float
) -> None:
    found = counts_of_newcomer(model, weeks)
    assert found[:MOST] == pytest.approx([count(x, weeks) for x in range(MOST)], abs=1e-9)
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("model", [BG, MBG, PARETO], ids=lambda model: model.family)
def test_nobody_has_bought_again_at_once(model: PurchaseModel) -> None:
    assert counts_of_newcomer(model, 0.0) == pytest.approx([1, *[0] * MOST])
    assert purchases_of_newcomer(model, 1) == pytest.approx([0.0])


def lived(seed: int = 3, people: int = 1_500, cut: int = 300) -> tuple[Purchases, PurchaseDays]:
    """Customers who live as Pareto/NBD says, seen until day `cut` of 500."""
    days = PurchaseDays.of(*generated.purchases(people, seed, ParetoNbd(0.8, 6, 0.8, 15)))
    start, end = generated.FIRST_DAY, generated.FIRST_DAY + generated.DAYS
    known = days.known(start + cut, end)
    first = np.full(people, end)
    np.minimum.at(first, days.customer, days.day)
    repeats = days.day[(days.day > first[days.customer]) & (first[days.customer] <= start + cut)]
    daily = np.bincount(repeats - days.first, minlength=end - days.first + 1).astype(np.float64)
    span = Span(date.fromordinal(start + cut), date.fromordinal(end))
    later, ones = known.later.astype(np.int64), np.ones(len(known.x), dtype=np.int64)
    return Purchases(span, known.x, known.t_x, known.T, later, ones, date.fromordinal(days.first), daily), days


@pytest.fixture(scope="module")
def purchases() -> Purchases:
    return lived()[0]


@pytest.fixture(scope="module")
def found(purchases: Purchases) -> Held:
    return hold(ValueModelFamily.PARETO_NBD, purchases)


def test_customers_who_live_by_a_model_are_where_it_expects_them(purchases: Purchases, found: Held) -> None:
    group = np.minimum(purchases.x, MOST)
    assert found.by_frequency.customers.tolist() == np.bincount(group, minlength=MOST + 1).tolist()
    assert found.by_frequency.expected_customers.sum() == pytest.approx(len(group))
    chance = np.sqrt(found.by_frequency.expected_customers)
    assert (np.abs(found.by_frequency.customers - found.by_frequency.expected_customers) < 4 * chance).all()
    means = [purchases.later[group == x].mean() for x in range(MOST + 1)]
    assert found.by_frequency.later == pytest.approx(means)
    errors = [purchases.later[group == x].std(ddof=1) / np.sqrt((group == x).sum()) for x in range(MOST + 1)]
    assert found.by_frequency.error == pytest.approx(errors)
    off = (found.by_frequency.later - found.by_frequency.expected_later) / found.by_frequency.error
    assert (np.abs(off) < 4).all()
    assert found.actual == purchases.later.sum()
    assert found.foretold == pytest.approx(found.actual, rel=0.1)


def test_weeks_are_whole_and_hold_every_repeat(purchases: Purchases, found: Held) -> None:
    weeks = found.by_week
    whole = len(weeks.observed) * 7
    assert 0 <= len(purchases.repeats) - 1 - whole < 7
    assert weeks.observed.sum() == purchases.repeats[: whole + 1].sum()
    assert weeks.observed[0] == purchases.repeats[1:8].sum()
    assert weeks.expected.sum() == pytest.approx(weeks.observed.sum(), rel=0.08)
    assert weeks.cut == pytest.approx((purchases.span.cut - purchases.first).days / 7)


def test_expected_weeks_are_those_of_everybody_s_first_days(purchases: Purchases, found: Held) -> None:
    days = 7 * 20
    ages = purchases.T - (purchases.span.cut - purchases.first - timedelta(days=days)).days
    grown = purchases_of_newcomer(found.model, days + 1)
    assert found.by_week.expected[:20].sum() == pytest.approx(sum(grown[age] for age in ages if age > 0), rel=1e-6)


def test_customers_alike_may_stand_in_one_row(purchases: Purchases) -> None:
    columns = np.stack([purchases.x, purchases.t_x, purchases.T, purchases.later])
    (x, t_x, T, later), n = np.unique(columns, axis=1, return_counts=True)
    packed = Purchases(purchases.span, x, t_x, T, later, n, purchases.first, purchases.repeats)
    one, other = (hold(ValueModelFamily.BG_NBD, some) for some in (purchases, packed))
    assert one.by_frequency.expected_later == pytest.approx(other.by_frequency.expected_later, rel=1e-8)
    assert one.by_week.expected == pytest.approx(other.by_week.expected, rel=1e-8)


def test_a_history_without_a_holdout_has_nothing_after_the_cut() -> None:
    whole, _ = lived(people=300)
    held = hold(
        ValueModelFamily.BG_NBD,
        Purchases(
            Span(whole.span.cut, whole.span.cut),
            whole.x,
            whole.t_x,
            whole.T,
            np.zeros_like(whole.later),
            whole.n,
            whole.first,
            whole.repeats[: (whole.span.cut - whole.first).days + 1],
        ),
    )
    assert (held.actual, held.foretold) == (0, 0)
    assert held.by_week.cut >= len(held.by_week.observed)

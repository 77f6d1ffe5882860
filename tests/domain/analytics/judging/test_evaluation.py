"""Families held against a future that they have not seen, and a choice that is made before it."""

from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest

from domain.analytics.judging import evaluation
from domain.analytics.judging.bootstrap import Prepared
from domain.analytics.judging.evaluation import Evaluation, Figures, Judged, Trial, choose, evaluate
from domain.analytics.judging.purchase_days import PurchaseDays
from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.fitted import Fit
from domain.analytics.models.histories import singles
from domain.analytics.models.pareto_nbd import ParetoNbd
from domain.errors import Refused
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.generated import FIRST_DAY, purchases, regular

BG, MBG, PARETO = families.FAMILIES
UNTIL = FIRST_DAY + 250


@pytest.fixture(scope="module")
def days() -> PurchaseDays:
    return PurchaseDays.of(*purchases(600, 4))


@pytest.fixture(scope="module")
def found(days: PurchaseDays) -> Evaluation:
    return evaluate(days, UNTIL)


@pytest.mark.proof
def test_the_figures_are_those_of_the_forecasts(days: PurchaseDays, found: Evaluation) -> None:
    known = days.known(UNTIL, days.last)
    weeks = (days.last - UNTIL) / 7
    for one in found.judged.values():
        foretold = one.fit.model.forecast(*known.in_weeks(), Horizon(weeks)).purchases
        told, came = one.holdout.figures, known.later
        assert told.mean_absolute_error == pytest.approx(np.mean(np.abs(foretold - came)))
        assert told.root_mean_squared_error == pytest.approx(np.sqrt(np.mean((foretold - came) ** 2)))
        assert told.total_error == pytest.approx(foretold.sum() / came.sum() - 1)
        pairs = [
            (mine > theirs) + (mine == theirs) / 2 for mine in foretold[came > 0] for theirs in foretold[came == 0]
        ]
        assert told.area_under_curve == pytest.approx(np.mean(pairs))
        deviance = [2 * ((y * np.log(y / mu) if y else 0) - (y - mu)) for y, mu in zip(came, foretold, strict=True)]
        assert told.poisson_deviance == pytest.approx(np.mean(deviance))


def test_forecasts_of_simulated_customers_are_nearly_right_in_total(found: Evaluation) -> None:
    assert found.customers == 600
    for one in found.judged.values():
        assert one.fit.gradient_norm <= 1e-8
        assert abs(one.holdout.figures.total_error or 1) < 0.25
        assert (one.holdout.figures.area_under_curve or 0) > 0.7


def test_what_comes_after_the_cut_off_changes_neither_a_fit_nor_the_choice(
    days: PurchaseDays, found: Evaluation
) -> None:
    customer, day = days.customer[days.day <= UNTIL], days.day[days.day <= UNTIL]
    odd = np.flatnonzero(np.bincount(customer) > 3)
    other = PurchaseDays.of(np.append(customer, odd), np.append(day, np.full(len(odd), days.last)))
    again = evaluate(other, UNTIL)
    assert again.chosen is found.chosen
    for family, one in found.judged.items():
        there = again.judged[family]
        assert there.fit.model.parameters == one.fit.model.parameters
        assert there.back_test is not None
        assert one.back_test is not None
        assert there.back_test.figures == one.back_test.figures
        assert there.holdout.figures != one.holdout.figures


def test_the_back_test_ends_at_the_cut_off_and_leaves_two_thirds_to_fit_to(found: Evaluation) -> None:
    assert found.cut is not None
    assert UNTIL - found.cut == (UNTIL - found.first) // 3


def test_the_chosen_family_is_served_with_its_residual_or_as_it_is(days: PurchaseDays, found: Evaluation) -> None:
    chosen, served = found.judged[found.chosen], found.served
    if not served.residual.helps:
        assert served.holdout is chosen.holdout
        return
    weeks = days.known(UNTIL, days.last).in_weeks()
    foretold = served.residual.corrected(chosen.fit.model, *weeks, Horizon((days.last - UNTIL) / 7)).purchases
    np.testing.assert_array_equal(served.holdout.each.foretold, foretold)


@pytest.mark.proof
def test_a_residual_that_helps_is_served_and_told_beside_pareto() -> None:
    """Even gaps of their own are what no family knows."""
    days = PurchaseDays.of(*regular(1_200, 5))
    found = evaluate(days, FIRST_DAY + 300)
    chosen, served = found.judged[found.chosen], found.served
    assert served.residual.helps
    assert served.holdout.figures.poisson_deviance < chosen.holdout.figures.poisson_deviance
    assert served.holdout.figures.total_error == pytest.approx(chosen.holdout.figures.total_error, abs=0.01)
    assert served.less_pareto is not None
    assert served.less_pareto[1].poisson_deviance < 0


def test_every_family_is_told_beside_pareto_and_with_its_reliability(found: Evaluation) -> None:
    for family, one in found.judged.items():
        assert one.reliability is not None
        assert one.reliability.farthest < 10
        assert (one.less_pareto is None) == (family is PARETO)
        if one.less_pareto:
            mine, theirs = (held.figures.poisson_deviance for held in (one.holdout, found.judged[PARETO].holdout))
            assert one.less_pareto[0].poisson_deviance < mine - theirs < one.less_pareto[1].poisson_deviance


def test_too_short_a_history_for_a_back_test_teaches_no_residual(days: PurchaseDays) -> None:
    found = evaluate(days, FIRST_DAY + 30)
    assert found.cut is None
    assert not found.served.residual.helps


def trial(deviances: list[float], area: float) -> Trial:
    figures = Figures(float(np.mean(deviances)), 0.5, 1.0, 0.0, area)
    nothing = np.zeros(len(deviances))
    return Trial(figures, replace(Prepared.of(nothing, nothing), deviances=np.array(deviances)))


def judged(family: ValueModelFamily, back_test: Trial | None, likelihood: float = -100.0, *warnings: str) -> Judged:
    def silent(*history: object) -> NoReturn:
        raise AssertionError("the choice asks no model anything")

    model = PurchaseModel(family, {}, *(silent,) * 5)
    return Judged(Fit(model, likelihood, 100, 0.0, 9, warnings, ()), trial([1.0], 0.5), back_test)


def test_of_families_that_cannot_be_told_apart_the_one_that_ranks_best_is_chosen() -> None:
    noisy = judged(PARETO, trial([1.0, 3.0, 0.9, 3.2], 0.8))
    found = {BG: judged(BG, trial([3.0, 1.0, 3.0, 1.0], 0.7)), MBG: judged(MBG, trial([9.0] * 4, 0.9)), PARETO: noisy}
    assert choose(found) is PARETO
    surely_worse = trial([3.1, 1.1, 3.1, 1.1], 0.8)
    assert choose(found | {PARETO: replace(noisy, back_test=surely_worse)}) is BG


def test_a_degenerate_fit_is_chosen_only_where_all_are() -> None:
    found = {
        BG: judged(BG, trial([1.0, 1.1], 0.9), -100.0, "a hit its bound."),
        MBG: judged(MBG, trial([5.0, 5.1], 0.6)),
        PARETO: judged(PARETO, trial([2.0, 2.1], 0.9), -100.0, "s is at 0."),
    }
    assert choose(found) is MBG
    assert choose(found | {MBG: judged(MBG, trial([5.0, 5.1], 0.6), -100.0, "a hit its bound.")}) is BG


def test_without_a_back_test_the_highest_likelihood_is_chosen() -> None:
    found = {BG: judged(BG, None, -120), MBG: judged(MBG, None, -110), PARETO: judged(PARETO, None, -130)}
    assert choose(found) is MBG


def test_a_short_history_has_no_back_test_and_says_so() -> None:
    customer = np.repeat(np.arange(60), 4)
    day = np.concatenate([np.array([0, 5 + who % 7, 20 + who % 9, 33]) for who in range(60)])
    found = evaluate(PurchaseDays.of(customer, day + FIRST_DAY), FIRST_DAY + 30)
    assert found.cut is None
    assert all(one.back_test is None for one in found.judged.values())


def test_customers_who_never_leave_are_told_of_in_every_family() -> None:
    days = PurchaseDays.of(*purchases(400, 7, ParetoNbd(3, 9, 20, 1e9)))
    found = evaluate(days, evaluation.first_half(days))
    assert [one.fit.degenerate for one in found.judged.values()] == [True, True, True]
    assert found.chosen in found.judged


@pytest.mark.parametrize("until", [FIRST_DAY - 1, FIRST_DAY + 600])
def test_a_cut_off_outside_the_orders_is_refused(days: PurchaseDays, until: int) -> None:
    with pytest.raises(Refused, match="outside"):
        evaluate(days, until)


def test_too_few_who_came_back_are_refused() -> None:
    with pytest.raises(Refused, match="needs 30"):
        evaluate(PurchaseDays.of(*purchases(30, 1)), UNTIL)


def test_gamma_gamma_is_no_model_of_purchases() -> None:
    with pytest.raises(ValueError, match="GAMMA_GAMMA"):
        families.fit(ValueModelFamily.GAMMA_GAMMA, singles([1], [1], [2]))

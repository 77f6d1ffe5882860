"""Back-tests of whole populations: the known figures of Online Retail, and distributions that are what they say."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from domain.analytics import bg_nbd_forecast as forecast
from domain.analytics import evaluation, fitting
from domain.analytics.bg_nbd import BgNbd
from domain.analytics.fitting import Days, PurchaseRecord
from domain.analytics.histories import Floats
from domain.analytics.purchase_days import PurchaseDays
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.simulated import Lives, ages, live
from tests.support import online_retail

UNTIL = date(2011, 8, 31)
TRUTH = BgNbd(0.55, 6, 0.6, 2.5)


def days_of_purchase(data: Path) -> list[list[date]]:
    """Customer present, no return, quantity and price above 0 (data/README.md)."""
    found: dict[str, set[date]] = {}
    for row in online_retail.rows(data):
        bought = int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
        if bought and row["CustomerID"] and not row["InvoiceNo"].startswith("C"):
            found.setdefault(row["CustomerID"], set()).add(date.fromisoformat(row["InvoiceDate"][:10]))
    return [sorted(days) for days in found.values()]


@pytest.mark.shared
@pytest.mark.proof
def test_online_retail_shows_no_drop_out_which_is_flagged_and_its_back_test_has_the_known_figures(
    shared_data: Path,
) -> None:
    rows = []
    for days in days_of_purchase(shared_data):
        if known := [day for day in days if day <= UNTIL]:
            first, last, count = (known[0] - UNTIL).days, (known[-1] - UNTIL).days, len(known)
            rows.append((first, count, last, 0, 0, len(days) - count, 0))
    record = PurchaseRecord(*np.array(rows).T)
    found = fitting.candidate(ValueModelFamily.BG_NBD, record, Days(0, 100), None)
    assert found.fit.degenerate
    assert any("no drop-out" in warning for warning in found.warnings())
    assert found.after is not None
    assert f"{found.after.figures.root_mean_square_error:.3f}" == "1.626"  # science.md
    assert f"{found.after.figures.poisson_deviance:.3f}" == "1.506"


@pytest.mark.shared
@pytest.mark.proof
def test_online_retail_lets_all_three_families_collapse_to_one_and_every_one_says_so(shared_data: Path) -> None:
    pairs = [(who, day.toordinal()) for who, days in enumerate(days_of_purchase(shared_data)) for day in days]
    customer, day = np.array(pairs, dtype=np.int64).T
    found = evaluation.evaluate(PurchaseDays.of(customer, day), UNTIL.toordinal())
    for one in found.judged.values():
        assert one.fit.degenerate
        assert any("no drop-out" in warning for warning in one.fit.warnings)
        assert one.fit.gradient_norm <= 1e-8
        assert f"{one.holdout.figures.root_mean_squared_error:.3f}" == "1.626"  # science.md
        assert f"{one.holdout.figures.poisson_deviance:.3f}" == "1.506"
    assert found.judged[found.chosen].fit.degenerate


@pytest.fixture(scope="module")
def lives() -> Lives:
    rng = np.random.default_rng(12)
    return live(TRUTH, ages(20_000, rng), 39, rng)


def chances(lives: Lives) -> tuple[Floats, Floats]:
    """P(Y < y) and P(Y <= y) of what came, for each."""
    alive = forecast.p_alive(TRUTH, lives.x, lives.t_x, lives.T)
    below, reached = np.zeros_like(alive), np.zeros_like(alive)
    before = np.zeros_like(alive)
    for count, if_alive in enumerate(forecast.cumulative_if_alive(TRUTH, lives.x, lives.T, 39)):
        here = lives.later == count
        cumulative = 1 - alive + alive * if_alive
        below[here], reached[here] = before[here], cumulative[here]
        before = cumulative
        if count >= lives.later.max():
            break
    return below, reached


def test_the_randomised_probability_transform_is_uniform(lives: Lives) -> None:
    """So the distribution of each customer's purchases is right, which coverage cannot tell at so many zeros."""
    below, reached = chances(lives)
    drawn = np.sort(below + np.random.default_rng(1).random(len(below)) * (reached - below))
    gap = np.abs(drawn - (np.arange(len(drawn)) + 0.5) / len(drawn)).max()
    assert gap < 1.63 / np.sqrt(len(drawn))  # Kolmogorov and Smirnov, 1 %


def test_eight_in_ten_totals_of_random_hundreds_fall_into_their_intervals(lives: Lives) -> None:
    told = forecast.forecast(TRUTH, lives.x, lives.t_x, lives.T, forecast.Horizon(39))
    variance = told.second + told.purchases - told.purchases**2
    order = np.random.default_rng(2).permutation(len(lives.x)).reshape(-1, 100)
    miss = (lives.later - told.purchases)[order].sum(axis=1) / np.sqrt(variance[order].sum(axis=1))
    assert (np.abs(miss) < 1.2816).mean() == pytest.approx(0.8, abs=0.09)

"""What a family misses, learnt before the present: a factor that helps where there is something to learn, else none."""

import json
from dataclasses import replace

import numpy as np
import pytest

from domain.analytics.judging import boosting, holdout, residual
from domain.analytics.judging.purchase_days import Known, PurchaseDays
from domain.analytics.judging.residual import Residual
from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.histories import Floats, Ints
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics.generated import FIRST_DAY, purchases, regular

CUT, UNTIL = FIRST_DAY + 200, FIRST_DAY + 300
MBG, PARETO = ValueModelFamily.MBG_NBD, ValueModelFamily.PARETO_NBD


class World:
    """Fits as of the cut and as of the present, what was learnt between them, and what then came."""

    def __init__(self, pairs: tuple[Ints, Ints], family: ValueModelFamily) -> None:
        days = PurchaseDays.of(*pairs)
        self.earlier, self.now = days.known(CUT, UNTIL), days.known(UNTIL, FIRST_DAY + 400)
        self.at_cut = families.fit(family, self.earlier.histories()).model
        self.model = families.fit(family, self.now.histories()).model
        self.history = self.now.in_weeks()
        self.learned = residual.learn(self.at_cut, self.earlier, UNTIL - CUT)
        self.residual = self.learned.levelled(self.model, *self.history)

    def foretold(self, residual: Residual, weeks: float = 100 / 7) -> Floats:
        return residual.corrected(self.model, *self.history, Horizon(weeks)).purchases


@pytest.fixture(scope="module")
def even() -> World:
    return World(regular(1_500, 5), MBG)


@pytest.fixture(scope="module")
def as_modelled() -> World:
    return World(purchases(1_500, 6), PARETO)


def test_customers_of_even_gaps_are_foretold_better_than_by_the_family(even: World) -> None:
    plain, moved = even.foretold(Residual(100 / 7)), even.foretold(even.residual)
    gain = holdout.deviances(plain, even.now.later) - holdout.deviances(moved, even.now.later)
    assert even.residual.helps
    assert even.residual.gain > 2 * even.residual.error > 0
    assert gain.mean() > 3 * gain.std() / np.sqrt(len(gain))
    assert moved.sum() == pytest.approx(plain.sum())


def test_where_the_family_is_right_nothing_or_next_to_nothing_is_moved(as_modelled: World) -> None:
    plain, moved = as_modelled.foretold(Residual(100 / 7)), as_modelled.foretold(as_modelled.residual)
    gain = holdout.deviances(plain, as_modelled.now.later) - holdout.deviances(moved, as_modelled.now.later)
    assert gain.mean() >= -2 * gain.std() / np.sqrt(len(gain))


def test_what_came_after_the_present_and_chance_change_nothing(even: World) -> None:
    customer, day = regular(1_500, 5)
    before = day <= UNTIL
    again = World((customer[before], day[before]), MBG)
    assert again.residual == even.residual


def test_in_whatever_order_customers_come_the_same_is_learnt(even: World) -> None:
    order = np.random.default_rng(8).permutation(len(even.earlier.x))
    known = even.earlier
    shuffled = Known(known.x[order], known.t_x[order], known.T[order], known.later[order])
    assert residual.learn(even.at_cut, shuffled, UNTIL - CUT) == even.learned


def test_beyond_its_weeks_the_family_alone_speaks(even: World) -> None:
    factors = even.residual.factors(even.model, *even.history)
    within, beyond = (even.model.forecast(*even.history, Horizon(weeks)).purchases for weeks in (100 / 7, 60.0))
    np.testing.assert_allclose(even.foretold(even.residual, 60.0), beyond + (factors - 1) * within)
    shorter = even.model.forecast(*even.history, Horizon(5)).purchases
    np.testing.assert_allclose(even.foretold(even.residual, 5), factors * shorter)


def test_silence_and_spread_move_with_the_purchases(even: World) -> None:
    plain = even.model.forecast(*even.history, Horizon(10, 0.002))
    moved = even.residual.corrected(even.model, *even.history, Horizon(10, 0.002))
    more = moved.purchases > plain.purchases
    assert more.any()
    assert (~more).any()
    np.testing.assert_array_equal(moved.none < plain.none, more)
    np.testing.assert_array_equal(moved.second > plain.second, more)
    np.testing.assert_array_equal(moved.alive, plain.alive)
    assert ((moved.none >= 1 - moved.alive - 1e-12) | ~more).all()
    assert (moved.purchases >= 1 - moved.none - 1e-9).all()  # at least one, given any
    np.testing.assert_allclose(moved.discounted / plain.discounted, moved.purchases / plain.purchases)


def test_it_is_stored_as_json_and_comes_back_the_same(even: World) -> None:
    stored = json.loads(json.dumps(even.residual.as_json(), allow_nan=False))
    assert Residual.from_json(stored) == even.residual
    for broken in ({}, {**stored, "trees": None}, {**stored, "more": 1}):
        with pytest.raises(ValueError, match="no stored residual"):
            Residual.from_json(broken)


def test_a_silent_one_changes_no_forecast(as_modelled: World) -> None:
    silent = Residual(10.0)
    assert not silent.helps
    assert (silent.factors(as_modelled.model, *as_modelled.history) == 1).all()
    assert silent.levelled(as_modelled.model, *as_modelled.history) is silent
    plain = as_modelled.model.forecast(*as_modelled.history, Horizon(20))
    np.testing.assert_array_equal(
        silent.corrected(as_modelled.model, *as_modelled.history, Horizon(20)).none, plain.none
    )


def known(people: int, later: float) -> Known:
    numbers = np.arange(people)
    return Known(numbers % 3, (numbers % 3) * 5, 30 + numbers % 7, np.full(people, later))


@pytest.mark.parametrize(("people", "later"), [(1, 1.0), (4, 1.0), (90, 0.0), (300, 0.0), (300, 1.0)])
def test_too_little_to_learn_from_is_silence(people: int, later: float) -> None:
    model: PurchaseModel = families.model(PARETO, {"r": 0.8, "alpha": 6.0, "s": 0.8, "beta": 15.0})
    assert not residual.learn(model, known(people, later * 0), 30).helps
    found = residual.learn(model, known(people, later), 30)
    assert np.isfinite(found.factors(model, *known(people, later).in_weeks())).all()


def test_a_factor_is_tenfold_at_most(even: World) -> None:
    loud = replace(even.residual, trees=tuple(replace(tree, added=(9.0,) * 4) for tree in even.residual.trees), level=0)
    assert loud.factors(even.model, *even.history) == pytest.approx(10)


def test_trees_find_the_two_questions_that_part_customers() -> None:
    rng = np.random.default_rng(3)
    traits = rng.random((3, 4_000))
    truth = np.where(traits[1] <= 0.5, np.where(traits[2] <= 0.3, 3.0, 1.0), 0.5)
    foretold = np.ones(4_000)
    trees = boosting.boost(traits, foretold, rng.poisson(truth).astype(float), 80)
    found = np.exp(boosting.logarithm(trees, traits))
    found *= truth.mean() / found.mean()
    assert trees[0].first[0] == 1
    assert trees[0].first[1] == pytest.approx(0.5, abs=0.05)
    for level in (3.0, 1.0, 0.5):
        assert found[truth == level].mean() == pytest.approx(level, rel=0.15)


def test_leaves_hold_enough_customers() -> None:
    rng = np.random.default_rng(4)
    traits = rng.random((1, 400))
    came = (traits[0] < 0.02) * 50.0 + 1
    for tree in boosting.boost(traits, np.ones(400), came, 5):
        sizes = np.bincount(tree.leaves(traits), minlength=4)
        assert (sizes[sizes > 0] >= boosting.FEWEST_IN_A_LEAF).all()


def test_nothing_that_came_or_nothing_to_ask_grows_no_tree() -> None:
    assert boosting.boost(np.zeros((1, 500)), np.ones(500), np.ones(500), 5) == ()
    assert boosting.boost(np.random.default_rng(1).random((1, 500)), np.ones(500), np.zeros(500), 5) == ()

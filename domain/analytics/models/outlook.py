"""What a model foretells, for batch after batch of customers: what depends on (x, T) alone is worked out once and kept.

Days are whole numbers, so a million customers share some ten thousand pairs; a batch of them nearly as many."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Forecast, Horizon
from domain.analytics.models.families import PurchaseModel
from domain.analytics.models.histories import DAYS_A_WEEK, Floats, Ints
from domain.vocabulary import ValueModelFamily

REPEATS, DAYS = 64, 8_192
"""Pairs below these are kept: twenty-two years. Whoever lies beyond is worked out as asked."""
_HORIZONS = 6
_Letters = tuple[tuple[str, float], ...]


class Grid:
    """Some figures of every (x, T), each worked out when it is first asked for."""

    def __init__(self, worked_out: Callable[[Floats, Floats], Floats], figures: int) -> None:
        self._worked_out = worked_out
        self._known = np.zeros(REPEATS * DAYS, dtype=np.bool_)
        self._told = np.zeros((figures, REPEATS * DAYS))

    def at(self, x: Floats, T: Floats) -> Floats:
        """A row for each figure; T in weeks."""
        days = np.rint(T * DAYS_A_WEEK)
        kept = (x < REPEATS) & (days < DAYS) & (np.abs(days / DAYS_A_WEEK - T) < 1e-12)
        place = np.where(kept, x * DAYS + days, 0).astype(np.int64)
        self._learn(np.unique(place[kept & ~self._known[place]]))
        told: Floats = self._told[:, place]
        if not kept.all():
            told[:, ~kept] = self._worked_out(x[~kept], T[~kept])
        return told

    def _learn(self, place: Ints) -> None:
        if place.size:
            x, days = np.divmod(place, DAYS)
            self._told[:, place] = self._worked_out(x.astype(np.float64), days / DAYS_A_WEEK)
            self._known[place] = True


class Once:
    """P(alive) of a batch that is asked for again and again, worked out at first."""

    def __init__(self, p_alive: Callable[[Floats, Floats, Floats], Floats]) -> None:
        self._p_alive = p_alive
        self._asked: tuple[Floats, ...] = ()
        self._told = np.empty(0)

    def __call__(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        asked = (x, t_x, T)
        if not self._asked or any(before is not now for before, now in zip(self._asked, asked, strict=True)):
            self._asked, self._told = asked, self._p_alive(x, t_x, T)
        return self._told


def kept(model: PurchaseModel) -> PurchaseModel:
    """The same model, for one batch over several horizons: its forecasts are ours."""
    once = replace(model, p_alive=Once(model.p_alive))
    return replace(once, forecast=partial(forecast, once))


def forecast(model: PurchaseModel, x: Floats, t_x: Floats, T: Floats, horizon: Horizon) -> Forecast:
    """As the model's own."""
    certain = Forecast(np.ones_like(x), *_ahead(model.family, _letters(model.parameters), horizon).at(x, T))
    return certain.of_alive(model.p_alive(x, t_x, T), np.arange(len(x)))


def p_none_if_alive(model: PurchaseModel, x: Floats, T: Floats, weeks: float) -> Floats:
    """As the model's own."""
    none: Floats = _silence(model.family, _letters(model.parameters), weeks).at(x, T)[0]
    return none


def _letters(parameters: Mapping[str, float]) -> _Letters:
    return tuple(parameters.items())


@lru_cache(_HORIZONS)
def _ahead(family: ValueModelFamily, letters: _Letters, horizon: Horizon) -> Grid:
    return Grid(partial(_figures, families.model(family, dict(letters)), horizon), 4)


def _figures(model: PurchaseModel, horizon: Horizon, x: Floats, T: Floats) -> Floats:
    found = model.if_alive(x, T, horizon)
    return np.stack([found.none, found.purchases, found.discounted, found.second])


@lru_cache(_HORIZONS)
def _silence(family: ValueModelFamily, letters: _Letters, weeks: float) -> Grid:
    model = families.model(family, dict(letters))
    return Grid(lambda x, T: model.p_none_if_alive(x, T, weeks)[None], 1)

"""The maxima of lifetimes (0.11.3, penalizer 0) on every data set at hand, held against ours.

Its figures were made once in an environment of its own, its likelihood at its own parameters, times in weeks. Of Online
Retail its BG/NBD and MBG/NBD do not converge ("Desired error not necessarily achieved"), so that there is nothing to
compare with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from domain.analytics.models import bg_nbd, families, mbg_nbd, pareto_nbd
from domain.analytics.models.bg_nbd import BgNbd
from domain.analytics.models.histories import Floats, Histories
from domain.analytics.models.mbg_nbd import MbgNbd
from domain.analytics.models.newton import Slope
from domain.analytics.models.pareto_nbd import ParetoNbd
from domain.vocabulary import ValueModelFamily
from tests.domain.analytics import published

BG, MBG, PARETO = families.FAMILIES


@dataclass(frozen=True, slots=True)
class Figure:
    """What lifetimes ended at."""

    data: str
    family: ValueModelFamily
    log_likelihood: float
    parameters: tuple[float, float, float, float]


LIFETIMES = [
    Figure("cdnow", BG, -9582.429206673936, (0.242594543421, 4.41360271608, 0.792921833348, 2.42590572872)),
    Figure("cdnow", MBG, -9582.135715553766, (0.524842903150, 6.18308176440, 0.891359517271, 1.61400293120)),
    Figure("cdnow", PARETO, -9594.976179027919, (0.553281245218, 10.5777200806, 0.606214089066, 11.6682582890)),
    Figure(
        "complete journey", BG, -34042.51833932387, (1.57753196824, 3.81904479386, 0.00617375467401, 0.756803585640)
    ),
    Figure(
        "complete journey", MBG, -34043.780855898854, (1.57972064824, 3.82547941272, 0.0128917761823, 3.42541774950)
    ),
    Figure(
        "complete journey", PARETO, -34043.302416557686, (1.57309560688, 3.82782753255, 0.0896323245749, 95.1027860219)
    ),
    Figure("online retail", PARETO, -21755.348020427155, (0.722633257680, 9.42455693778, 9.35148366e-9, 90.1134986234)),
]
DATA: dict[str, Callable[[Path], Histories]] = {
    "cdnow": lambda data: published.cdnow(data).histories(),
    "complete journey": lambda data: published.complete_journey(data).histories(),
    "online retail": lambda data: published.online_retail_until_august(data).histories(),
}


def slope(family: ValueModelFamily, parameters: Floats, histories: Histories) -> Slope:
    if family is BG:
        return bg_nbd.slope(BgNbd(*parameters), histories)
    if family is MBG:
        return mbg_nbd.slope(MbgNbd(*parameters), histories)
    return pareto_nbd.slope(ParetoNbd(*parameters), histories)


@pytest.mark.shared
@pytest.mark.parametrize(
    "theirs",
    [pytest.param(figure, marks=[pytest.mark.proof] if figure.data == "online retail" else []) for figure in LIFETIMES],
    ids=lambda figure: f"{figure.data}, {figure.family}",
)
def test_our_maximum_is_no_lower_than_that_of_lifetimes_and_flat(theirs: Figure, shared_data: Path) -> None:
    histories = DATA[theirs.data](shared_data)
    there = slope(theirs.family, np.array(theirs.parameters), histories).value
    assert there == pytest.approx(theirs.log_likelihood, rel=1e-10)  # so it is one likelihood
    found = families.fit(theirs.family, histories)
    assert found.log_likelihood >= theirs.log_likelihood - 1e-8  # the rounding of a sum
    assert found.gradient_norm <= 1e-8
    if not found.degenerate:
        here = slope(theirs.family, np.array(list(found.model.parameters.values())), histories)
        assert np.abs(here.gradient).max() / histories.customers <= 1e-8

"""Hillstrom's e-mail test (MineThatData challenge): what it must come out as, from the customers or from their sums.

The sums of each arm (n, Σy, Σy², Σx, Σxy, Σx²; x the spend of the year before) tell nobody's row; the file itself has
no licence to be shipped."""

import csv
import gzip
from pathlib import Path

import numpy as np

from domain.analytics.lift import Arm

NOBODY, MENS, WOMENS = "No E-Mail", "Mens E-Mail", "Womens E-Mail"
MEASURES = ("visit", "conversion", "spend")

# Computed apart from this code: difference to no e-mail and its standard error; what those without an e-mail did.
LIFTS = {
    ("visit", MENS): ("+0.076590", "0.003386"),
    ("visit", WOMENS): ("+0.045233", "0.003234"),
    ("conversion", MENS): ("+0.006805", "0.000921"),
    ("conversion", WOMENS): ("+0.003111", "0.000823"),
    ("spend", MENS): ("+0.769827", "0.145247"),
    ("spend", WOMENS): ("+0.424412", "0.130333"),
}
CONTROL = {"visit": "0.106167", "conversion": "0.005726", "spend": "0.652789"}
SIZES = {NOBODY: 21_306, MENS: 21_307, WOMENS: 21_387}
SAMPLE_RATIO = "0.904"

_N_AND_X = {
    NOBODY: (21_306, 5_132_245.81, 2_597_172_414.556297),
    MENS: (21_307, 5_174_105.18, 2_700_687_619.2751956),
    WOMENS: (21_387, 5_187_130.98, 2_652_326_978.520997),
}
_Y = {
    ("visit", NOBODY): (2_262, 2_262, 652_531.54),
    ("visit", MENS): (3_894, 3_894, 1_092_584.38),
    ("visit", WOMENS): (3_238, 3_238, 907_033.28),
    ("conversion", NOBODY): (122, 122, 38_725.18),
    ("conversion", MENS): (267, 267, 86_340.81),
    ("conversion", WOMENS): (189, 189, 60_463.89),
    ("spend", NOBODY): (13_908.33, 2_870_050.3621, 4_267_933.8399),
    ("spend", MENS): (30_311.69, 6_759_024.4973, 9_857_526.2586),
    ("spend", WOMENS): (23_038.11, 4_911_446.5763, 7_513_096.1923),
}


def sums(measure: str, arm: str) -> Arm:
    n, x, xx = _N_AND_X[arm]
    y, yy, xy = _Y[measure, arm]
    return Arm(n, y, yy, x, xy, xx)


def customers(data: Path) -> dict[tuple[str, str], Arm]:
    """The same by measure and arm, from the customers."""
    with gzip.open(data / "hillstrom.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    arm, history = np.array([row["segment"] for row in rows]), np.array([float(row["history"]) for row in rows])
    measured = {measure: np.array([float(row[measure]) for row in rows]) for measure in MEASURES}
    return {
        (measure, name): Arm.of(y[arm == name], history[arm == name])
        for measure, y in measured.items()
        for name in SIZES
    }

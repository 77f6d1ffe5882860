"""Fitting BG/NBD, beside lifetimes: each in a process of its own, to the same purchase histories.

`python -m tests.bench.scoring.fit FILE` is our side: seconds cold, seconds warm, as JSON.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from domain.analytics.models import families
from domain.analytics.models.histories import Ints, aggregate
from domain.vocabulary import ValueModelFamily
from tests.bench.scoring.lives import lives

PEER = Path(__file__).parents[1] / "peers" / "lifetimes" / "bin" / "python"
_MICROSECONDS_A_DAY = 86_400_000_000
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_ROUNDS = 3
_THEIRS = """
import sys, time, numpy
from lifetimes import BetaGeoFitter
read = numpy.load(sys.argv[1])
x, t_x, T = read["x"].astype(float), read["t_x"] / 7.0, read["T"] / 7.0
begun = time.perf_counter()
fitter = BetaGeoFitter()
fitter.fit(x, t_x, T)
print(time.perf_counter() - begun)
"""


@dataclass(frozen=True, slots=True)
class Fits:
    """Seconds; `theirs` is None where lifetimes is not installed."""

    cold: float
    warm: float
    theirs: float | None


def compare(customers: int) -> Fits:
    with tempfile.TemporaryDirectory() as name:
        file = str(Path(name) / "histories.npz")
        known = histories(customers)
        np.savez(file, x=known["x"], t_x=known["t_x"], T=known["T"])
        ours = orjson.loads(_said(sys.executable, "-m", "tests.bench.scoring.fit", file))
        theirs = float(_said(str(PEER), "-c", _THEIRS, file).split()[-1]) if PEER.exists() else None
    return Fits(ours["cold"], ours["warm"], theirs)


def _said(*command: str) -> str:
    environment = {**os.environ, **_ONE_THREAD}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def histories(customers: int) -> dict[str, Ints]:
    """x, and t_x and T in days, of everybody in the seeded lives who has bought."""
    drawn = lives(customers)
    day = drawn.at // _MICROSECONDS_A_DAY
    order = np.lexsort((day, drawn.owner))
    owner, day = drawn.owner[order], day[order]
    different = np.diff(owner, prepend=-1).astype(bool) | np.diff(day, prepend=1).astype(bool)
    owner, day = owner[different], day[different]
    _, starts, counts = np.unique(owner, return_index=True, return_counts=True)
    first, last = day[starts], day[starts + counts - 1]
    return {"x": counts - 1, "t_x": last - first, "T": -first}


def main() -> None:
    read = np.load(sys.argv[1])
    cold, warm = [], []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        rows = aggregate(read["x"], read["t_x"], read["T"])
        found = families.fit(ValueModelFamily.BG_NBD, rows, None)
        cold.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rows = aggregate(read["x"], read["t_x"], read["T"])
        families.fit(ValueModelFamily.BG_NBD, rows, found.model.parameters)
        warm.append(time.perf_counter() - begun)
    sys.stdout.write(orjson.dumps({"cold": min(cold), "warm": min(warm)}).decode())


if __name__ == "__main__":
    main()

"""How the page says numbers, and the closed sets of the contract in words."""

from decimal import Decimal

import numpy as np

from domain.vocabulary import ValueModelFamily

MISSING = "–"
UNSCORED = "Nobody has been scored yet: start the job SCORE_CUSTOMERS (rapport job start SCORE_CUSTOMERS)."
FAMILY_NAMES = {
    ValueModelFamily.BG_NBD: "BG/NBD",
    ValueModelFamily.MBG_NBD: "MBG/NBD",
    ValueModelFamily.PARETO_NBD: "Pareto/NBD",
    ValueModelFamily.GAMMA_GAMMA: "gamma-gamma",
}
_LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_WHOLE_FROM = 1_000
_LONGEST = 26


def count(value: float) -> str:
    return f"{value:,.0f}".replace("-", "−")


def money(value: Decimal | float | None) -> str:
    """Two decimals where they are still read; the currency stands in the heading."""
    if value is None:
        return MISSING
    amount = float(value)
    return f"{amount:,.{0 if abs(amount) >= _WHOLE_FROM else 2}f}".replace("-", "−")


def share(value: float | None, digits: int = 1) -> str:
    return MISSING if value is None or not np.isfinite(value) else f"{value * 100:,.{digits}f} %".replace("-", "−")


def real(value: object, digits: int = 4) -> str:
    known = isinstance(value, int | float) and np.isfinite(value)
    return f"{value:,.{digits}f}".replace("-", "−") if known else MISSING


def part(value: object) -> str:
    """A share that was stored."""
    return share(float(value)) if isinstance(value, int | float) else MISSING


def short(value: float) -> str:
    """For the scale of a picture: 1.2 k, 35 M."""
    for size, letter in _LARGE:
        if abs(value) >= size:
            return f"{value / size:,.3g} {letter}".replace("-", "−")
    return f"{value:,.3g}".replace("-", "−")


def cut_short(text: str) -> str:
    """For a label in a picture; the table beside it has the whole."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def name(word: str) -> str:
    """A word of the contract as people write it: AT_RISK is At risk."""
    return word if word == "RFM" else word.replace("_", " ").capitalize()


def plural(number: float, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"

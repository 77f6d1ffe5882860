"""Whether chance explains a difference, as SQL: Postgres has no normal distribution before 16, and no Student's at all.

Each is a formula that is published, with its error; the tests hold them against scipy.
"""

from typing import Final

LEVEL: Final = 0.01
"""Of an audit's signals: as nine are looked at at once, a level of .05 would raise a false alarm in every third."""
SCORE_AT_LEVEL: Final = 2.575829303549
"""How far from 0 a normal deviate is by luck in one of a hundred (two-sided)."""

# Complementary error function within 1.2e-7 of itself (Press et al., Numerical Recipes, section 6.2, Chebyshev).
_CHEBYSHEV: Final = (
    *(-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806),
    *(0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277),
)
_LEAST_EXPONENT: Final = -700
"""Below it Postgres refuses to tell a number so small."""


def two_sided(score: str) -> str:
    """SQL: the chance of a normal deviate as far from 0 as this, which is not negative, or farther."""
    x = f"(least({score}, 40) / sqrt(2::float8))"
    t = f"(1 / (1 + {x} / 2))"
    series = ""
    for coefficient in reversed(_CHEBYSHEV):
        series = f"({coefficient}::float8 + {t} * {series})" if series else f"{coefficient}::float8"
    return f"least({t} * exp(greatest({series} - {x} ^ 2, {_LEAST_EXPONENT})), 1)"


def deviate(score: str, freedom: str, *, alias: str = "z") -> str:
    """A join: {alias}.score is the normal deviate that is as rare as Student's t of so many degrees of freedom.

    Hill's expansion (1970, ACM Algorithm 395), the chance within a thousandth of itself from 4 degrees on; null: it is
    normal already.
    """
    return (
        f"CROSS JOIN LATERAL (SELECT {freedom} - 0.5 AS a, {score} AS t, {freedom} AS f) {alias}a"
        f" CROSS JOIN LATERAL (SELECT 48 * {alias}a.a ^ 2 AS b,"
        f" sqrt({alias}a.a * ln(1 + least({alias}a.t, 1e12) ^ 2 / {alias}a.f)) AS z) {alias}b"
        f" CROSS JOIN LATERAL (SELECT CASE WHEN {alias}a.f IS NULL THEN {alias}a.t ELSE {alias}b.z"
        f" + ({alias}b.z ^ 3 + 3 * {alias}b.z) / {alias}b.b"
        f" - (4 * {alias}b.z ^ 7 + 33 * {alias}b.z ^ 5 + 240 * {alias}b.z ^ 3 + 855 * {alias}b.z)"
        f" / (10 * {alias}b.b * ({alias}b.b + 0.8 * {alias}b.z ^ 4 + 100)) END AS score) {alias}"
    )

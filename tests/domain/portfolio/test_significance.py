"""Chances in SQL are those of scipy."""

import pytest
from scipy import stats

from domain.database import Tx
from domain.portfolio.fragments import filled, part
from domain.portfolio.significance import LEVEL, SCORE_AT_LEVEL, deviate, two_sided


async def test_the_chance_of_a_normal_deviate_is_that_of_the_normal_distribution(tx: Tx) -> None:
    scores = [0.0, 0.01, 0.5, 1.0, 1.96, 2.575829, 3.3, 5.0, 8.0, 20.0, 36.0]
    rows = await tx.fetch(f"SELECT {two_sided('x.z')} AS p FROM unnest($1::float8[]) AS x (z)", scores)
    for score, row in zip(scores, rows, strict=True):
        assert row["p"] == pytest.approx(2 * stats.norm.sf(score), rel=1.3e-7), score


async def test_what_is_rarer_than_a_number_can_say_is_told_as_next_to_nothing(tx: Tx) -> None:
    for score in ("50::float8", "1e9::float8", "1e300::float8"):
        assert 0 <= await tx.fetchval(f"SELECT {two_sided(score)}") < 1e-300


@pytest.mark.parametrize(
    ("freedom", "accuracy"), [(2, 2e-2), (4, 1e-3), (5, 5e-4), (8, 1e-4), (30, 1e-6), (1000, 2e-7), (1e6, 2e-7)]
)
async def test_students_t_becomes_the_deviate_that_is_as_rare(tx: Tx, freedom: float, accuracy: float) -> None:
    """Hill (1970): from four degrees on the chance is right to three digits, which is all that is told by it."""
    scores = [0.1, 0.7, 1.0, 2.0, 3.0, 5.0, 9.0]
    joined = f"SELECT {two_sided('z.score')} AS p FROM unnest($1::float8[]) AS x (t) {deviate('x.t', '$2::float8')}"
    rows = await tx.fetch(joined, scores, float(freedom))
    for score, row in zip(scores, rows, strict=True):
        expected = 2 * stats.t.sf(score, freedom)
        assert row["p"] == pytest.approx(expected, rel=accuracy, abs=1e-12), score


async def test_without_degrees_of_freedom_a_deviate_stays_as_it_is(tx: Tx) -> None:
    assert (
        await tx.fetchval(f"SELECT z.score FROM (VALUES (2.5::float8)) x (t) {deviate('x.t', 'NULL::float8')}") == 2.5
    )


def test_the_score_at_the_level_is_that_of_the_normal_distribution() -> None:
    assert pytest.approx(stats.norm.isf(LEVEL / 2), abs=1e-11) == SCORE_AT_LEVEL


async def test_numbers_of_two_periods_are_told_apart_as_the_exact_test_does(tx: Tx) -> None:
    """McNemar's, corrected for continuity: of all pairs up to 120 customers it calls 12 of 3,659 other than the exact
    binomial test at .01, all of them undecided. 150 and 86 are Agresti's approval ratings (2002, table 10.1).
    """
    pairs = {"COMPLAINTS": (150, 86), "UNSUBSCRIBES": (27, 10), "NEW_CUSTOMERS": (10, 26)}
    pairs |= {"COMPETITORS_COURTING_BEST": (0, 9), "CUSTOMERS_SWITCHING_AWAY": (7, 0)}
    rows = " UNION ALL ".join(
        f"SELECT '{kind}', n <= {now}, n > {now} FROM generate_series(1, {now + then}) n"
        for kind, (now, then) in pairs.items()
    )
    event = f'SELECT e.kind, e.now::int, e.then::int FROM ({rows}) e (kind, now, "then")'
    counts = filled(part("audit", "counts"), score=str(SCORE_AT_LEVEL))
    told = await tx.fetch(f"WITH event (kind, current, previous) AS ({event}) {counts}")
    assert {row["kind"]: (row["current"], row["previous"]) for row in told} == pairs
    for row in told:
        now, then = pairs[row["kind"]]
        assert row["significant"] == (stats.binomtest(now, now + then).pvalue < LEVEL), row["kind"]

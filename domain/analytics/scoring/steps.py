"""Scoring in steps that another process can take: gather, foresee, place and write down; and all at once for a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.analytics.models.histories import Floats, Ints
from domain.analytics.scoring import foresight, placing, ranks, score_rows, stages
from domain.analytics.scoring.foresight import Foresight, Terms
from domain.analytics.scoring.placing import exact_ranks, measures
from domain.analytics.scoring.population import Means, Population, Standing
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.tallies import Calendar, Portion, summed
from domain.analytics.scoring.wire import Rows

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def on_the_wire(moment: datetime) -> int:
    """Microseconds since the year 2000, as Postgres sends instants."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of customer_score for COPY, without header and trailer."""

    columns: tuple[str, ...]
    rows: bytes


def ready() -> None:
    """Whoever has been asked this has loaded all that the other steps need, which takes longer than most of them."""


def of_facts(portions: Sequence[Portion], calendar: Calendar, terms: Terms, population: Population | None) -> Written:
    """Of a few customers, from their facts at once."""
    rows = np.concatenate([summed(portion, calendar) for portion in portions])
    return written(rows, terms, population, None)


def read(portion: Portion, calendar: Calendar, terms: Terms) -> tuple[Rows, Floats]:
    """Some of everybody, from their facts: the summaries, and what the model makes of each, for `measured`."""
    rows = summed(portion, calendar)
    return rows, foresight.look_ahead(Summaries(rows), terms)


def measured(rows: Rows, terms: Terms, means: Means, ahead: Floats) -> tuple[dict[str, Floats], Floats]:
    """What everybody is ranked by; and what is foreseen, a row a customer, for `written`."""
    summaries = Summaries(rows)
    seen = foresight.foresee(summaries, terms, means, ahead)
    told = np.stack([getattr(seen, name) for name in Foresight.__slots__], axis=1)
    ranked_by = measures(summaries, seen)
    if terms.then:
        later = summaries.came_after(on_the_wire(terms.as_of))
        ranked_by = {name: np.where(later, np.nan, values) for name, values in ranked_by.items()}
    return ranked_by, told


def ranked(values: Floats) -> Standing:
    """How everybody stands by one measure, NaN where there is none."""
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if known.size else 0.0
    borders = ranks.borders(known) if known.size else None
    return Standing(exact_ranks(values).astype(np.int32), ranks.scale(known), mean, borders)


def written(
    rows: Rows,
    terms: Terms,
    population: Population | None,
    exact: dict[str, Ints] | None,
    foreseen: Floats | None = None,
) -> Written:
    """The finished rows: with exact ranks in a full run, placed by the population's scales without them.

    `foreseen`: as `measured` has told it.
    """
    summaries, as_of = Summaries(rows), on_the_wire(terms.as_of)
    if foreseen is not None:
        seen = Foresight(*np.ascontiguousarray(foreseen.T))
    else:
        seen = foresight.foresee(summaries, terms, population.means if population else None)
    places = placing.place(summaries, measures(summaries, seen), population, exact)
    stage = stages.stages(summaries, seen, as_of)
    return Written(*score_rows.encode(summaries, seen, places, stage, terms, population, as_of))

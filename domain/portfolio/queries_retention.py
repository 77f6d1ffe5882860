"""Cohorts of customers by when they bought first, and how many of each bought again later."""

from collections.abc import Mapping
from typing import Final

from domain.portfolio.fragments import filled, part, told
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import of, whole
from domain.query.entity import Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.stretches import read_edges

MOST: Final = 60
"""Cohorts that are told at once; also how many, where the portfolio's period has no beginning."""

RETENTION_COHORT: Final = Entity(
    name="RetentionCohort",
    key="n",
    columns={"cohort": of(Kind.DAY, "day"), "customers": whole("customers"), "retained": of(Kind.JSON, "retained")},
    relations={"group": OF_GROUP},
)

_SOURCE: Final = filled(
    part("retention", "cohorts"),
    told_from=told("({edges})[c.first]"),
    told_until=told("({edges})[c.first + 1]"),
)


def _cohorts(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    edges = read_edges(asked, {**arguments, "over": asked.over or Given(None)}, most=MOST, customary=MOST)
    return Found(slots=(("edges", edges),), rows=12)


OF_PORTFOLIO: Final = {
    "retention": Relation(
        entity="RetentionCohort",
        shape=Shape.MANY,
        source=_SOURCE,
        find=_cohorts,
        order="{a}.n",
        rows=12,
        weight=WEIGHT,
    )
}

ENTITIES: Final = (RETENTION_COHORT,)

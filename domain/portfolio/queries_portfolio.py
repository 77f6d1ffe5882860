"""What can be asked of many customers together: of everybody, of those whom a filter finds, of a segment's members."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from domain.portfolio import (
    queries_adoption,
    queries_associations,
    queries_audit,
    queries_behaviour,
    queries_channels,
    queries_moves,
    queries_profit,
    queries_propensity,
    queries_quality,
    queries_retention,
    queries_worth,
)
from domain.portfolio.queries_groups import figures
from domain.portfolio.queries_whom import GROUP, PROFITABILITY, WEIGHT, whom
from domain.query.asking import Asked, Given, Tree
from domain.query.entity import STAFF, Column, Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.stretches import read_stretches

# They belong to the group since they were first heard of, even where they were recorded here only later.
_SINCE = """SELECT w.customer_id, least(c.created_at, c.acquisition_at, s.first_order_at) AS entered_at,
  'infinity'::timestamptz AS left_at
FROM {who} w JOIN customer c ON c.customer_id = w.customer_id JOIN customer_score s ON s.customer_id = w.customer_id"""


def _history(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    rows = read_stretches(asked, {**arguments, "over": asked.over or Given(None)})
    return Found(
        source=figures(_SINCE, rows, erased="SELECT e.customer_id FROM {erased} e"), slots=rows.slots, rows=rows.rows
    )


PORTFOLIO: Final = Entity(
    name="Portfolio",
    key="there",
    columns={
        "asOf": Column(sql="{now}", kind=Kind.INSTANT),
        "exact": Column(sql="(NOT {sampled})", kind=Kind.BOOL),
        "currency": Column(sql="(SELECT s.base_currency FROM settings s)"),
        "customers": Column(sql="{customers}", kind=Kind.INT, weight=WEIGHT / 3),
        "profitableCustomers": Column(sql="{gained}", kind=Kind.INT, weight=WEIGHT / 3),
        "unprofitableCustomers": Column(sql="{lost}", kind=Kind.INT, weight=WEIGHT / 3),
        "lifetimeValue": Column(sql="{lifetime_value}", kind=Kind.MONEY, weight=WEIGHT / 3),
    },
    relations={
        "profitability": PROFITABILITY,
        "history": Relation(
            entity="GroupMetrics", shape=Shape.MANY, find=_history, order="{a}.n", rows=12, weight=WEIGHT
        ),
        **queries_profit.OF_PORTFOLIO,
        **queries_worth.OF_PORTFOLIO,
        **queries_moves.OF_PORTFOLIO,
        **queries_adoption.OF_PORTFOLIO,
        **queries_associations.OF_PORTFOLIO,
        **queries_audit.OF_PORTFOLIO,
        **queries_behaviour.OF_PORTFOLIO,
        **queries_channels.OF_PORTFOLIO,
        **queries_propensity.OF_PORTFOLIO,
        **queries_quality.OF_PORTFOLIO,
        **queries_retention.OF_PORTFOLIO,
    },
)

OF_ALL: Final = Relation(entity="Portfolio", shape=Shape.ONE, of="Customer", find=whom(), roles=STAFF)

ROOTS = {"portfolio": OF_ALL}

ENTITIES = (
    PORTFOLIO,
    GROUP,
    *queries_profit.ENTITIES,
    *queries_worth.ENTITIES,
    *queries_moves.ENTITIES,
    *queries_adoption.ENTITIES,
    *queries_associations.ENTITIES,
    *queries_audit.ENTITIES,
    *queries_behaviour.ENTITIES,
    *queries_channels.ENTITIES,
    *queries_propensity.ENTITIES,
    *queries_quality.ENTITIES,
    *queries_retention.ENTITIES,
)


def of_those(who: str, base: str, customers: str) -> Relation:
    """The portfolio of the customers that `who` selects; see `whom`."""
    return replace(OF_ALL, find=whom(who=who, base=base, customers=customers))

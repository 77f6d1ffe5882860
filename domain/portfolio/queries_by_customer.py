"""Profit by what customers are: where they live, how they stand with us, their segments, needs and attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.ids import Prefix
from domain.portfolio.dimensions import ProfitabilityDimension
from domain.portfolio.entity import AMOUNTS
from domain.portfolio.queries_earning import Over
from domain.portfolio.queries_grouping import EQUAL, WORDS, Groups, filled, json_of, of_customers
from domain.query.declare import public_id
from domain.segments.entities.withheld import FEWEST, shown, unless_read
from domain.vocabulary import Channel, LifecycleStage, RiskBand, ValueTier

MOST_NUMBERS: Final = 20
"""Different numbers of an attribute that are groups of their own; of more, fifths are."""
D = ProfitabilityDimension


@dataclass(frozen=True, slots=True)
class Held:
    """A column that each customer has one value of: where it is, what stands for none, and the filter of a value."""

    column: str
    unknown: str
    filtered: tuple[str, ...]
    # The words there are; none: any text.
    words: tuple[str, ...] = ()


def _words(column: str, unknown: str, values: type[StrEnum], *filtered: str) -> Held:
    return Held(column, unknown, filtered, tuple(values))


OF_CUSTOMERS: Final[Mapping[ProfitabilityDimension, Held]] = {
    D.COUNTRY: Held("c.country", "Country not known", ("country",)),
    D.SECTOR: Held("c.sector", "Sector not known", ("sector",)),
    D.ACQUISITION_CHANNEL: _words("c.acquisition_channel", "Not known", Channel, "acquisition", "channel"),
    D.LIFECYCLE_STAGE: _words("s.lifecycle_stage", "Not known", LifecycleStage, "lifecycleStage"),
    D.VALUE_TIER: _words("s.value_tier", "No value tier", ValueTier, "valueTier"),
    D.RISK_BAND: _words("s.risk_band", "No risk band", RiskBand, "riskBand"),
}


def of_what_they_are(dimension: ProfitabilityDimension) -> Groups:
    held = OF_CUSTOMERS[dimension]
    table = "customer c" if held.column.startswith("c.") else "customer_score s"
    members = (
        f"SELECT w.customer_id, coalesce({held.column}, '') AS key FROM {{who}} w"
        f" LEFT JOIN {table} ON {table[-1]}.customer_id = w.customer_id"
    )
    label = WORDS.format("g.key") if held.words else "g.key"
    label = f"CASE WHEN g.key = '' THEN '{held.unknown}' ELSE {label} END"
    return Groups(of_customers(members, erased=True), label, _where_held(held), erased=True, adds_up=True)


def _where_held(held: Held) -> str:
    def of(value: str) -> str:
        for name in reversed(held.filtered):
            value = f"jsonb_build_object('{name}', {value})"
        return value

    if held.words:
        none = f"jsonb_build_object('not', {of(json_of(list(held.words)))})"
        return f"CASE WHEN g.key = '' THEN {none} ELSE {of('jsonb_build_array(g.key)')} END"
    none = f"jsonb_build_object('any', jsonb_build_array({of(json_of({'isNull': True}))}, {of(json_of({'eq': ''}))}))"
    return f"CASE WHEN g.key = '' THEN {none} ELSE {of(EQUAL)} END"


_FITS: Final = "abs(f.{0}) < 9000000000000"
_PARTS: Final = ", ".join(
    f"CASE WHEN {_FITS.format(name)} THEN (f.{name} * 1000000)::bigint END AS {name}_small,"
    f" CASE WHEN NOT {_FITS.format(name)} THEN f.{name} END AS {name}_large"
    for name in AMOUNTS
)
_NAMES: Final = ", ".join(f"f.{name}_small, f.{name}_large" for name in AMOUNTS)
_SUMS: Final = ", ".join(
    f"coalesce(sum(f.{name}_small) * 0.000001, 0) + coalesce(sum(f.{name}_large), 0) AS {name}" for name in AMOUNTS
)


def of_segments(over: Over) -> Groups:
    each = filled("each_ever" if over.is_whole else "each_of_period")
    said = {"sums": _SUMS, "names": _NAMES, "parts": _PARTS, "each": each}
    said["told"] = ", ".join(f"e.{name}" for name in AMOUNTS)
    grouped = filled("of_segments", shown=unless_read(shown("v.segment_id")), **said)
    where = f"jsonb_build_object('inSegment', jsonb_build_array({public_id(Prefix.SEGMENT, 'v.segment_id')}))"
    return Groups(grouped, "v.name", where, "v.key", "JOIN segment v ON v.segment_id = g.key")


def of_needs(*, of_kind: bool) -> Groups:
    kind = " WHERE n.kind = {attribute}" if of_kind else ""
    members = (
        "SELECT w.customer_id, n.kind || '.' || n.name AS key FROM {who} w"
        f" JOIN customer_need n ON n.customer_id = w.customer_id{kind}"
    )
    name = "substr(g.key, strpos(g.key, '.') + 1)"
    where = f"jsonb_build_object('need', jsonb_build_object('kind', split_part(g.key, '.', 1), 'name', {name}))"
    return Groups(of_customers(members), name, where)


_LOW, _HIGH = "split_part(g.key, '..', 1)", "split_part(g.key, '..', 2)"
_IS_BAND: Final = "d.type = 'NUMBER' AND strpos(g.key, '..') > 0"
_VALUE: Final = f"""CASE
  WHEN {_IS_BAND} THEN jsonb_build_object('number', jsonb_strip_nulls(jsonb_build_object(
    'gte', nullif({_LOW}, '')::float8, 'lt', nullif({_HIGH}, '')::float8)))
  WHEN d.type = 'NUMBER' THEN jsonb_build_object('number', jsonb_build_object('eq', g.key::float8))
  WHEN d.type = 'BOOLEAN' THEN jsonb_build_object('boolean', jsonb_build_object('eq', g.key::boolean))
  WHEN d.type = 'DATE' THEN jsonb_build_object('date', jsonb_build_object(
    'gte', lpad(g.key, 4, '0') || '-01-01', 'lte', lpad(g.key, 4, '0') || '-12-31'))
  ELSE jsonb_build_object('string', {EQUAL}) END"""
_OF_NAME: Final = (
    "jsonb_build_object('attributes', jsonb_build_array(jsonb_build_object('name', {{attribute}}) || {0}))"
)
_BAND: Final = (
    f"CASE WHEN {_LOW} = '' THEN 'below ' || {_HIGH} WHEN {_HIGH} = '' THEN {_LOW} || ' and more'"
    f" ELSE {_LOW} || ' to below ' || {_HIGH} END"
)


def of_attribute() -> Groups:
    """Of personal ones, values that few have are left out."""
    members = filled("attribute_members", most=str(MOST_NUMBERS))
    personal = "EXISTS (SELECT FROM attribute_declaration d WHERE d.name = {attribute} AND d.personal)"
    grouped = of_customers(members, f"HAVING count(*) >= {FEWEST} OR m.key = '' OR NOT {personal}", erased=True)
    missing, empty = (_OF_NAME.format(json_of(said)) for said in ({"exists": False}, {"string": {"eq": ""}}))
    nothing = (
        f"CASE WHEN d.type = 'STRING' THEN jsonb_build_object('any', jsonb_build_array({missing}, {empty}))"
        f" ELSE {missing} END"
    )
    where = f"CASE WHEN g.key = '' THEN {nothing} ELSE {_OF_NAME.format(f'({_VALUE})')} END"
    label = f"CASE WHEN g.key = '' THEN 'Not stated' WHEN {_IS_BAND} THEN {_BAND} ELSE g.key END"
    joined = "LEFT JOIN attribute_declaration d ON d.name = {attribute}"
    return Groups(grouped, label, where, joined=joined, erased=True)

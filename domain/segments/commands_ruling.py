"""Rules as they are said: whether one can be asked, whom it names, and its next version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from domain.customers.queries import attributes_declared
from domain.database import Tx
from domain.errors import ErrorCode, Fault, QuestionRefused, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.query.asking import Occasion
from domain.segments.entities.withheld import FEWEST
from domain.segments.membership.commands_refreshing import rules_at_work
from domain.segments.membership.queries import Circle, Rule, evaluation, levels
from domain.segments.membership.wanted import naming
from domain.segments.queries_named import names_in
from domain.segments.queries_veiled import are_shown
from domain.segments.rule import Json, attributes_in, named, named_where, periods_in, spans_where, told, values_in
from domain.segments.wording.words import in_words
from domain.sqlfile import statements
from domain.vocabulary import Role

_SQL = statements(Path(__file__).parent / "sql" / "segments.sql")
_WHERE = ("input", "where")
MOST_ACTIVE: Final = 1_000
"""Segments that are not archived, of whatever kind: each change of a customer is looked at by all of them."""
MOST_VALUES: Final = 10_000
"""That all rules together ask for: a customer who changes is looked at by all in one statement, which takes 32,767
parameters, and a value may be several.
"""
MOST_PERIODS: Final = 50
"""Different ones, over which all rules together ask for earnings: each is a pass of its own over months and facts, and
Postgres plans 20 in a tenth of a second, but 240 in half a minute.
"""
_LONGEST: Final = 200
"""Years that a duration may reach: one that leads to the year 9999 now leads beyond it some day."""


async def one_at_a_time(tx: Tx) -> None:
    """Rules are judged and numbered one after the other."""
    await tx.execute(_SQL["one_at_a_time"])


async def refuse_too_many(tx: Tx, *path: str) -> None:
    """After one was made, or taken out again: raises Refused where that was one too many."""
    await one_at_a_time(tx)
    if await tx.fetchval(_SQL["active"]) > MOST_ACTIVE:
        message = f"would be one of more than {MOST_ACTIVE:,} segments that are followed: archive some first"
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, path))


def refuse_unseen(personal: bool | None, occasion: Occasion) -> None:
    """Raises Refused where the caller would write over a rule that they may not read."""
    if personal and not occasion.principal.reads_personal_data:
        message = (
            "would replace a rule that asks for personal data, which your key may not read: leave it to somebody who"
            " may, or make another segment"
        )
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, message, _WHERE))


async def check_rule(tx: Tx, segment: UUID, rule: Json, *, occasion: Occasion, path: tuple[str, ...] = _WHERE) -> None:
    """Raises Refused where the caller may not ask it, where it names what there is not, or whom the caller may not be
    told of, or leads back to itself.
    """
    await one_at_a_time(tx)
    places = _places(rule, path)
    followed = await rules_at_work(tx)
    _refuse_too_much(rule, [one.rule for one in followed if one.segment_id != segment], path)
    await _try(tx, Rule(segment, 0, rule), occasion, path)
    if endless := [(*path, *place) for place, span in spans_where(rule) if span.years > _LONGEST]:
        message = f"reaches further than {_LONGEST} years: give a shorter duration"
        raise Refused(*(Fault(ErrorCode.OUT_OF_RANGE, message, at) for at in endless))
    there = {row["segment_id"] for row in await tx.fetch(_SQL["named"], sorted(places))}
    message = "names a segment that is not there, or is archived"
    missing = [_told(ErrorCode.NOT_FOUND, message, id_, at) for id_ in places.keys() - there for at in places[id_]]
    if missing:
        raise Refused(*sorted(missing, key=lambda fault: fault.path))
    await _refuse_hidden(tx, places, occasion)
    _check_circle(Rule(segment, 0, rule, building=True), followed, places)


def _places(rule: Json, path: tuple[str, ...]) -> dict[UUID, list[tuple[str, ...]]]:
    """Where each segment is named. Raises Refused for what is no segment's id."""
    places: dict[UUID, list[tuple[str, ...]]] = {}
    faults: list[Fault] = []
    for place, id_ in named_where(rule):
        try:
            places.setdefault(parse_id(Prefix.SEGMENT, id_), []).append((*path, *place))
        except Refused as refused:
            faults += [replace(fault, path=(*path, *place)) for fault in refused.faults]
    if faults:
        raise Refused(*faults)
    return places


async def _refuse_hidden(tx: Tx, places: Mapping[UUID, Sequence[tuple[str, ...]]], occasion: Occasion) -> None:
    """Of a segment that is not told to the caller, no other is made: what it is put together with would tell of it."""
    hidden = [id_ for id_ in sorted(places) if not await are_shown(tx, id_, occasion.principal)]
    if hidden:
        message = (
            f"names a segment that asks for personal data, which your key may not read, and that has fewer than"
            f" {FEWEST} customers: leave it out, or have somebody save this who may read personal data"
        )
        raise Refused(*(_told(ErrorCode.NOT_ALLOWED, message, id_, at) for id_ in hidden for at in places[id_]))


def _refuse_too_much(rule: Json, others: Sequence[Json], path: tuple[str, ...]) -> None:
    """Who changes is looked at by all rules at once: one that is too much spoils it for everybody."""
    everything = [rule, *others]
    if sum(map(values_in, everything)) > MOST_VALUES:
        asked = f"ask for more than {MOST_VALUES:,} values"
        remedy = "say it with fewer, give many values of one field as one list (in)"
    elif len({period for one in everything for period in periods_in(one)}) > MOST_PERIODS:
        asked, remedy = f"ask over more than {MOST_PERIODS} different periods", "take one that another asks over"
    else:
        return
    message = f"would have the rules of all segments together {asked}: {remedy}, or archive segments"
    raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, message, path))


def _check_circle(rule: Rule, followed: Sequence[Rule], places: Mapping[UUID, Sequence[tuple[str, ...]]]) -> None:
    """Also by way of a rule that is about to be replaced: until that is done, it holds."""
    others = [one for one in followed if one.segment_id != rule.segment_id or not one.building]
    try:
        levels([*others, rule], strict=True)
    except Circle as circle:
        back = {rule.segment_id} | {one.segment_id for one in naming(others, [rule.segment_id])}
        message = "leads back to the segment itself, by way of these (a rule that is being replaced counts until then)"
        around = tuple(to_public(Prefix.SEGMENT, id_) for id_ in sorted(set(circle.segments)))
        ways = sorted(at for id_ in places.keys() & back for at in places[id_])
        raise Refused(*(Fault(ErrorCode.CYCLE, message, at, around) for at in ways or [_WHERE])) from circle


async def _try(tx: Tx, rule: Rule, occasion: Occasion, path: tuple[str, ...]) -> None:
    """Read as the caller, and asked of nobody: Postgres takes its values, or does not."""
    try:
        found = evaluation([rule], occasion, [], strict=True)
        async with tx.transaction():
            await tx.fetch(found.sql, *found.values)
    except (asyncpg.DataError, OverflowError) as error:
        raise Refused(Fault.invalid(f"cannot be asked: {error}", *path)) from error
    except QuestionRefused as refused:
        raise Refused(Fault(_code(refused.code), refused.message, (*path, *_below_where(refused.path)))) from refused


def _below_where(place: tuple[str, ...]) -> tuple[str, ...]:
    """Values tell where they stand from "where" on; a field that may not be asked for tells its name alone."""
    return place[1:] if place[:1] == ("where",) else place


async def save_version(tx: Tx, segment: UUID, rule: Json, *, occasion: Occasion) -> int:
    """The rule's next version, to be built; one that was still being built is given up."""
    ids = sorted({parse_id(Prefix.SEGMENT, id_) for id_ in named(rule)})
    names = await names_in(tx, rule)
    definition = None if rule is None else in_words(rule, names=names)
    masked = None if rule is None else in_words(rule, names=names, values=False)
    await tx.execute(_SQL["give_up"], segment, occasion.now)
    await tx.execute(_SQL["unused"], segment)
    await tx.execute(_SQL["uses"], segment, ids)
    personal, inherent = await _is_personal(tx, rule, occasion), await _is_personal(tx, rule, occasion, declared=False)
    values = segment, rule, told(rule), definition, masked, personal, occasion.now, inherent
    await one_at_a_time(tx)
    number: int = await tx.fetchval(_SQL["version"], *values)
    return number


async def retell(tx: Tx, segment: UUID) -> None:
    """After it was given another name: the rules that name it say so in their words, which are kept."""
    await one_at_a_time(tx)  # who saves a rule that names it has read the name that it has by then
    for row in await tx.fetch(_SQL["naming"], segment):
        names = await names_in(tx, row["rule"])
        told = in_words(row["rule"], names=names), in_words(row["rule"], names=names, values=False)
        await tx.execute(_SQL["retold"], row["number"], *told)


async def _is_personal(tx: Tx, rule: Json, occasion: Occasion, *, declared: bool = True) -> bool:
    """Whether somebody who may not read personal data could not ask it; else than for `declared` attributes."""
    if rule is None:
        return False
    caller = replace(occasion.principal, role=Role.MARKETER, reads_personal_data=False)
    attributes = await attributes_declared(tx) if declared else dict.fromkeys(attributes_in(rule), False)
    asked = replace(occasion, principal=caller, attributes=attributes)
    try:
        evaluation([Rule(UUID(int=0), 0, rule)], asked, [], strict=True)
    except QuestionRefused:
        return True
    return False


def _code(code: str) -> ErrorCode:
    return ErrorCode(code) if code in set(ErrorCode) else ErrorCode.INVALID


def _told(code: ErrorCode, message: str, segment: UUID, path: tuple[str, ...]) -> Fault:
    return Fault(code, message, path, (to_public(Prefix.SEGMENT, segment),))

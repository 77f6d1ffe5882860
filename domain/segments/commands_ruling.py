"""Rules as they are said: whether one can be asked, whom it names, and its next version."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.customers.entities.customer import CUSTOMER
from domain.customers.queries import attributes_declared
from domain.database import Tx
from domain.errors import ErrorCode, Fault, QuestionRefused, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.query.asking import Asked, Occasion
from domain.query.filters import FilterReader
from domain.segments.commands_refreshing import rules_at_work
from domain.segments.queries_membership import Circle, Rule, evaluation, levels
from domain.segments.rule import Json, named, thawed, told
from domain.segments.words import in_words
from domain.sqlfile import statements
from domain.vocabulary import Role

_SQL = statements(Path(__file__).parent / "sql" / "segments.sql")
_WHERE = ("input", "where")


async def check_rule(tx: Tx, segment: UUID, rule: Json, *, occasion: Occasion, path: tuple[str, ...] = _WHERE) -> None:
    """Raises Refused where the caller may not ask it, where it names what there is not, or leads back to itself."""
    await tx.execute(_SQL["one_at_a_time"])
    try:
        FilterReader(Asked(occasion), CUSTOMER).read(thawed(rule))
        ids = sorted({parse_id(Prefix.SEGMENT, id_) for id_ in named(rule)})
    except QuestionRefused as refused:
        raise Refused(Fault(_code(refused.code), refused.message, (*path, *refused.path[1:]))) from refused
    rows = await tx.fetch(_SQL["named"], ids)
    missing = [id_ for id_ in ids if id_ not in {row["segment_id"] for row in rows}]
    if missing:
        raise Refused(_fault(ErrorCode.NOT_FOUND, "names segments that are not there, or are archived", missing, path))
    await _check_circle(tx, Rule(segment, 0, rule, building=True), path)
    await _try(tx, Rule(segment, 0, rule), occasion, path)


async def _check_circle(tx: Tx, rule: Rule, path: tuple[str, ...]) -> None:
    """Also by way of a rule that is about to be replaced: until that is done, it holds."""
    others = [one for one in await rules_at_work(tx) if one.segment_id != rule.segment_id or not one.building]
    try:
        levels([*others, rule], strict=True)
    except Circle as circle:
        message = "leads back to the segment itself, by way of these (a rule that is being replaced counts until then)"
        raise Refused(_fault(ErrorCode.CYCLE, message, sorted(set(circle.segments)), path)) from circle


async def _try(tx: Tx, rule: Rule, occasion: Occasion, path: tuple[str, ...]) -> None:
    """Asked of nobody: Postgres takes its values, or does not."""
    try:
        found = evaluation([rule], occasion, [])
        async with tx.transaction():
            await tx.fetch(found.sql, *found.values)
    except (asyncpg.DataError, OverflowError) as error:
        raise Refused(Fault.invalid(f"cannot be asked: {error}", *path)) from error
    except QuestionRefused as refused:
        raise Refused(Fault(_code(refused.code), refused.message, (*path, *refused.path[1:]))) from refused


async def save_version(tx: Tx, segment: UUID, rule: Json, *, occasion: Occasion) -> int:
    """The rule's next version, to be built; one that was still being built is given up."""
    ids = sorted({parse_id(Prefix.SEGMENT, id_) for id_ in named(rule)})
    names = {to_public(Prefix.SEGMENT, row["segment_id"]): row["name"] for row in await tx.fetch(_SQL["named"], ids)}
    definition = None if rule is None else in_words(rule, names=names)
    masked = None if rule is None else in_words(rule, names=names, values=False)
    await tx.execute(_SQL["give_up"], segment, occasion.now)
    await tx.execute(_SQL["unused"], segment)
    await tx.execute(_SQL["uses"], segment, ids)
    values = segment, rule, told(rule), definition, masked, await _is_personal(tx, rule, occasion), occasion.now
    await tx.execute(_SQL["one_at_a_time"])
    number: int = await tx.fetchval(_SQL["version"], *values)
    return number


async def _is_personal(tx: Tx, rule: Json, occasion: Occasion) -> bool:
    """Whether somebody who may not read personal data could not ask it."""
    if rule is None:
        return False
    caller = replace(occasion.principal, role=Role.MARKETER, reads_personal_data=False)
    declared = await attributes_declared(tx)
    try:
        evaluation([Rule(UUID(int=0), 0, rule)], replace(occasion, principal=caller, attributes=declared), [])
    except QuestionRefused:
        return True
    return False


def _code(code: str) -> ErrorCode:
    return ErrorCode(code) if code in set(ErrorCode) else ErrorCode.INVALID


def _fault(code: ErrorCode, message: str, segments: list[UUID], path: tuple[str, ...]) -> Fault:
    return Fault(code, message, path, tuple(to_public(Prefix.SEGMENT, id_) for id_ in segments))

"""The segments that a rule names before it is saved: that they are there, what they are called, what they hide."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.errors import QuestionRefused, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.segments.queries_veiled import is_veiled
from domain.segments.rule import Json
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "segments.sql")
_NAMING = ("inSegment", "notInSegment")


async def names_of(tx: Tx, rule: Json, *path: str) -> dict[str, str]:
    """By their ids as the rule has them; `path` is where the rule stands. Raises QuestionRefused where one is no id, or
    (NOT_FOUND) names nothing.
    """
    places = dict(_places(rule, path))
    if not places:
        return {}
    ids = [_parsed(id_, where) for id_, where in places.items()]
    names = {to_public(Prefix.SEGMENT, row["segment_id"]): row["name"] for row in await tx.fetch(_SQL["named"], ids)}
    for id_, where in places.items():
        if id_ not in names:
            raise QuestionRefused("NOT_FOUND", f"{id_} names no segment, or one that is archived", where)
    return names


def _parsed(id_: str, where: tuple[str, ...]) -> UUID:
    try:
        return parse_id(Prefix.SEGMENT, id_)
    except Refused as error:
        raise QuestionRefused("INVALID", f"{where[-2]} {error.faults[0].message}", where) from error


async def hides(tx: Tx, rule: Json, caller: Principal) -> bool:
    """Whether it names a segment that the caller may not be told small numbers of (entities/withheld.py)."""
    for id_ in sorted({id_ for id_, _ in _places(rule, ())}):
        if await is_veiled(tx, parse_id(Prefix.SEGMENT, id_), caller):
            return True
    return False


def _places(rule: Json, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each id of a segment, with the way to it."""
    if isinstance(rule, list):
        for at, item in enumerate(rule):
            yield from _places(item, (*path, str(at)))
    elif isinstance(rule, dict):
        for name, held in rule.items():
            if name in _NAMING and isinstance(held, list):
                yield from ((str(id_), (*path, name, str(at))) for at, id_ in enumerate(held))
            else:
                yield from _places(held, (*path, name))

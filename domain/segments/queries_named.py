"""The segments that a rule names: that they are there, what they are called, what they hide."""

from pathlib import Path
from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.errors import QuestionRefused, Refused
from domain.ids import Prefix, parse_id, to_public
from domain.segments.queries_veiled import is_veiled
from domain.segments.rule import Json, named, named_where
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "segments.sql")
_NAMES = "SELECT s.segment_id, s.name FROM segment s WHERE s.segment_id = ANY ($1::uuid[])"


async def names_in(tx: Tx, rule: Json) -> dict[str, str]:
    """What people call them, by their public ids, also of those that are archived since."""
    ids = sorted({parse_id(Prefix.SEGMENT, id_) for id_ in named(rule)})
    rows = await tx.fetch(_NAMES, ids) if ids else []
    return {to_public(Prefix.SEGMENT, row["segment_id"]): row["name"] for row in rows}


async def names_there(tx: Tx, rule: Json, *path: str) -> dict[str, str]:
    """The same of a rule that nobody has checked; `path` is where it stands. Raises QuestionRefused where one is no id,
    or (NOT_FOUND) names nothing that is in use.
    """
    places = {id_: (*path, *place) for place, id_ in named_where(rule)}
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
    for id_ in sorted(set(named(rule))):
        if await is_veiled(tx, parse_id(Prefix.SEGMENT, id_), caller):
            return True
    return False

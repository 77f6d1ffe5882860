"""Deeds on declarations: a custom attribute gets its name, its type, and whether it is personal."""

from datetime import datetime
from pathlib import Path

from domain.audit import Did
from domain.customers.attributes import LONGEST_NAME, Declaration
from domain.customers.entities.declaration import key_of
from domain.customers.restating import restate
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.query.asking import Occasion
from domain.segments import commands_masking
from domain.sqlfile import statements
from domain.vocabulary import AttributeType

_SQL = Path(__file__).parent / "sql" / "declare.sql"
_LONGEST_DESCRIPTION = 10_000
_ROWS_AT_ONCE = 5_000


async def declare(tx: Tx, declaration: Declaration, *, occasion: Occasion) -> Did:
    """As establish, for a caller."""
    before = await establish(tx, declaration, occasion.now)
    name, told = declaration.name, {} if before is None else _told(before)
    return Did(key=key_of(name), subject=name, before=told, after=_told(declaration))


async def establish(tx: Tx, declaration: Declaration, now: datetime) -> Declaration | None:
    """Declares it, or declares it anew: what was personal can be made plain and the other way round.

    Gives back what it was before, if it was.

    Raises Refused: INVALID for a name or description that cannot be, IN_USE where the type would change while customers
    have a value.
    """
    _check(declaration)
    name = declaration.name
    before = await _before(tx, name)
    turned = before is not None and before.type is not declaration.type
    if before and turned and await tx.fetchval(statements(_SQL)["in_use"], name):
        message = f"was declared as {before.type} and customers have such values: declare another name"
        raise Refused(Fault(ErrorCode.IN_USE, message, ("input", "type")))
    values = name, declaration.type, declaration.personal, declaration.description, now
    await tx.execute(statements(_SQL)["declare"], *values)
    await commands_masking.declared(tx, name)
    if before is None or turned:
        await _rewrite(tx, "undeclared", now, name)
    elif before.personal is not declaration.personal:
        await _rewrite(tx, "holders", now, name)
    return before


def _check(declaration: Declaration) -> None:
    name, description = declaration.name, declaration.description
    if not name or name != name.strip() or len(name) > LONGEST_NAME:
        message = f"is no name: 1 to {LONGEST_NAME} characters without blanks around them"
        raise Refused(Fault.invalid(message, "input", "name"))
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        message = f"is longer than {_LONGEST_DESCRIPTION:,} characters"
        raise Refused(Fault(ErrorCode.OUT_OF_RANGE, message, ("input", "description")))


async def _before(tx: Tx, name: str) -> Declaration | None:
    row = await tx.fetchrow(statements(_SQL)["declared"], name)
    return Declaration(row[0], AttributeType(row[1]), row[2], row[3]) if row else None


async def _rewrite(tx: Tx, who: str, now: datetime, name: str) -> None:
    """What customers have of it moves to where it belongs now; who has it is locked in the order of their ids."""
    ids = [row[0] for row in await tx.fetch(statements(_SQL)[who], name)]
    for at in range(0, len(ids), _ROWS_AT_ONCE):
        await restate(tx, ids[at : at + _ROWS_AT_ONCE], now, added=True)


def _told(declaration: Declaration) -> dict[str, object]:
    return {
        "name": declaration.name,
        "type": declaration.type,
        "personal": declaration.personal,
        "description": declaration.description,
    }

"""What programs and people call what the house keeps: a key that only one has, and what search looks in."""

import re
from typing import Final

import asyncpg

from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.folding import fold

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def key_fault(text: str, example: str) -> str | None:
    """Why it is no key; None where it is one."""
    if _KEY.fullmatch(text):
        return None
    return f"is no key: lower-case letters, digits, - and _, at most 100, such as {example}"


def searched(key: str, name: str) -> str:
    """What search looks in."""
    return fold(f"{key} {name}")


async def under_own_key(tx: Tx, key: str, what: str, path: tuple[str, ...], statement: str, *values: object) -> None:
    """Carries it out. Raises Refused: ALREADY_EXISTS where another of its kind, such as a campaign, has the key."""
    try:
        async with tx.transaction():
            await tx.execute(statement, *values)
    except asyncpg.UniqueViolationError:
        message = f"{key} is the key of another {what}: give another key"
        raise Refused(Fault(ErrorCode.ALREADY_EXISTS, message, path)) from None

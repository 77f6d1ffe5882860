"""Deeds on statements: what was said is written down. What holds then is for `restate` to find."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import orjson

from domain import consents
from domain.customers.stated import About, Said, Stated, said, words
from domain.database import Tx
from domain.sqlfile import statements

_SQL = Path(__file__).parent / "sql" / "state.sql"


async def state(tx: Tx, told: Sequence[tuple[Stated, About]]) -> set[UUID]:
    """Writes down fields and consents, and settles the consents; the customers of whom something new was said.

    The customers are locked already. Whoever calls restates those of the answer.
    """
    rows = [one for stated, about in told for one in said(stated, about)]
    changed = await write(tx, rows)
    with_consents = [(stated, about) for stated, about in told if stated.consents]
    if with_consents:
        undated = {about.customer_id for _, about in with_consents if about.undated}
        held = await consents.holding(tx, undated) if undated else {}
        spoken = [word for stated, about in with_consents for word in words(stated, about, held)]
        changed |= await consents.append(tx, spoken)
    return changed


async def write(tx: Tx, rows: Sequence[Said]) -> set[UUID]:
    """The statements; the customers of whom something new was said."""
    if not rows:
        return set()
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[-1] = [orjson.dumps(value).decode() for value in columns[-1]]
    return {row[0] for row in await tx.fetch(statements(_SQL)["state"], *columns)}


async def of_others(tx: Tx, customers: Sequence[UUID], fields: Sequence[str], source: str) -> set[tuple[UUID, str]]:
    """Which of the fields another source has stated: a partner leaves them alone."""
    rows = await tx.fetch(statements(_SQL)["of_others"], list(customers), list(fields), source)
    return {(row[0], row[1]) for row in rows}

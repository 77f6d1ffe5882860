"""Deeds on statements: what was said is written down. What holds then is for `restate` to find."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson

from domain import consents
from domain.customers.stated import About, Said, Stated, said, words
from domain.database import Tx
from domain.sqlfile import statements

_MOMENT, _INSTANT, _EVER = timedelta(microseconds=1), timedelta(milliseconds=100), timedelta(days=400 * 365)
_SQL = Path(__file__).parent / "sql" / "state.sql"


async def state(tx: Tx, told: Sequence[tuple[Stated, About]], *, latest: bool = False) -> set[UUID]:
    """Writes down fields and consents, and settles the consents; the customers of whom something new was said.

    `latest` says that it is said this moment: what has no date comes after all that holds. What waited in a file holds
    from when it was sent.

    The customers are locked already. Whoever calls restates those of the answer.
    """
    rows = [one for stated, about in told for one in said(stated, about)]
    changed = await write(tx, rows, _EVER if latest else _INSTANT)
    with_consents = [(stated, about) for stated, about in told if stated.consents]
    if with_consents:
        undated = {about.customer_id for _, about in with_consents if about.undated}
        held = await consents.holding(tx, undated) if undated else {}
        spoken = [word for stated, about in with_consents for word in words(stated, about, held, latest=latest)]
        changed |= await consents.append(tx, spoken)
    return changed


async def write(tx: Tx, rows: Sequence[Said], within: timedelta = _INSTANT) -> set[UUID]:
    """The statements; the customers of whom something new was said."""
    if not rows:
        return set()
    columns = [list(column) for column in zip(*_in_turn(rows), strict=True)]
    columns[-1] = [orjson.dumps(value).decode() for value in columns[-1]]
    return {row[0] for row in await tx.fetch(statements(_SQL)["state"], *columns, within)}


def _in_turn(rows: Sequence[Said]) -> Iterator[Said]:
    """Of what one call says of a field without a date, each is later than the one before it; the same again is not."""
    last: dict[tuple[UUID, str], Said] = {}
    for row in rows:
        if not row.undated:
            yield row
            continue
        at = row.customer_id, row.field
        before = last.get(at)
        if before is None or before.value != row.value:
            moment = row.recorded_at if before is None else before.recorded_at + _MOMENT
            last[at] = row._replace(recorded_at=moment)
            yield last[at]


async def stated_by(tx: Tx, customers: Collection[UUID], source: str) -> list[tuple[UUID, str, bool]]:
    """The fields that were stated of customers, each with whether it was this source that did."""
    return [tuple(row) for row in await tx.fetch(statements(_SQL)["stated_by"], list(customers), source)]

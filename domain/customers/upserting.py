"""Deeds on profiles: rows of upserts are placed, joined where two turn out to be one, and stated.

Rows of an import's staging and of a call go the same way.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import orjson

from domain.customers.placing import Placed, Row, place, read
from domain.customers.restating import restate
from domain.customers.stated import About
from domain.customers.stating import state
from domain.identity.commands_joining import join
from domain.identity.normalise import Known
from domain.staged import Batch, Counts, Moved, Outcome, RowTold
from domain.vocabulary import RecordStatus, Role

_SQL = Path(__file__).parent / "sql" / "upsert.sql"


async def record_customers(batch: Batch) -> Outcome:
    """A batch of an import's staging table."""
    return await upsert_rows(batch, [tuple(row) for row in await batch.fetch(_SQL, "rows", batch.number)])


async def upsert_rows(batch: Batch, rows: Sequence[tuple[object, ...]]) -> Outcome:
    """Creates whom nobody knew, joins who turns out to be one, and keeps the latest word on every field.

    Rows are as CustomerStaging makes them. Several calls fit into one transaction. Raises Moved.
    """
    placed = await place(batch, [read(row) for row in rows])
    changed = await _record(batch, placed) if placed.rows else set()
    outcome = Outcome(Counts(), placed.faults)
    for row, status in _statuses(placed, changed):
        _count(outcome.counts, status)
        if batch.tells:
            outcome.rows.append(RowTold(row.seq, status, row.customer, row.customer))
    return outcome


async def _record(batch: Batch, placed: Placed) -> set[UUID]:
    """Who changed."""
    joining = placed.joining
    created = sorted(one for one in joining.created if joining.now(one) == one)
    await _claim(batch, placed)
    if created:
        await batch.run(_SQL, "create", created, batch.now)
        await batch.run(_SQL, "scores", created, batch.now)
    changed = set(created) | {row.customer for row in placed.rows if row.claims}
    gone = {one: joining.now(one) for one in joining.joined if one not in set(joining.created)}
    if gone:
        changed |= await join(batch, gone)
        await restate(batch.tx, [*gone, *gone.values()], batch.now)
    changed |= await _identities(batch, placed)
    told = [(row.stated, _about(row)) for row in placed.rows]
    changed |= await state(batch.tx, told, latest=batch.tells)
    await restate(batch.tx, changed, batch.now, added=True)
    return changed


def _about(row: Row) -> About:
    return About(row.customer, row.recorded_for, row.recorded_at, row.source, row.undated)


async def _claim(batch: Batch, placed: Placed) -> None:
    claims = [(*known, row.recorded_for) for row in placed.rows for known in row.claims]
    if claims and await batch.run(_SQL, "claim", *_columns(claims), batch.now) < len(claims):
        raise Moved  # another writer claimed one of them meanwhile


async def _identities(batch: Batch, placed: Placed) -> set[UUID]:
    """The customers' own copies, and when they were seen; the customers for whom that is news."""
    seen: dict[tuple[UUID, Known], tuple[object, ...]] = {}
    sources = defaultdict[tuple[UUID, Known], set[str]](set)
    # Last those that were there first, so that what they say of the source and for whom it was recorded stays.
    for row in sorted(placed.rows, key=lambda row: (row.recorded_at, row.source), reverse=True):
        for one in row.identities:
            if placed.owner(one.known) == row.customer:
                at = row.customer, one.known
                verified, last = seen[at][2:5:2] if at in seen else (False, row.recorded_at)
                for_ = row.recorded_for
                sources[at] |= {one.source} if one.source else set()
                seen[at] = (for_, one.source, verified or one.verified, row.recorded_at, last)
    told = {at: orjson.dumps(sorted(names)).decode() for at, names in sources.items()}
    columns = _columns([(at[0], *at[1], *rest, told[at]) for at, rest in seen.items()])
    if not columns:
        return set()
    news = {row[0] for row in await batch.fetch(_SQL, "identities", *columns)}
    await batch.run(_SQL, "seen", *columns, batch.caller.role is Role.PARTNER)
    return news


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _statuses(placed: Placed, changed: set[UUID]) -> list[tuple[Row, RecordStatus]]:
    """The first row of a new customer created it; one that changed nothing, or was said above, is a duplicate."""
    created, said, told = set(placed.joining.created), set[object](), []
    for row in placed.rows:
        if row.customer in created:
            created.discard(row.customer)
            status = RecordStatus.CREATED
        elif row.customer in changed and row.content not in said:
            status = RecordStatus.UPDATED
        else:
            status = RecordStatus.DUPLICATE
        said.add(row.content)
        told.append((row, status))
    return told


def _count(counts: Counts, status: RecordStatus) -> None:
    counts.created += status is RecordStatus.CREATED
    counts.updated += status is RecordStatus.UPDATED
    counts.duplicates += status is RecordStatus.DUPLICATE

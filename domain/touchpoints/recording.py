"""Deeds on touchpoints that sources send: a batch of staged ones is recorded, each once."""

from pathlib import Path

import asyncpg

from domain import customers, identity
from domain.customers import Lesson, Taught
from domain.identity.normalise import Known
from domain.privacy.queries import anybody_erased, erased
from domain.staged import Batch, Counts, Moved, Outcome, UnitFault
from domain.touchpoints.commands import open_rates
from domain.touchpoints.commands_contacting import take_places
from domain.touchpoints.rules import fault
from domain.vocabulary import Channel, IdentityKind, TouchpointKind

_SQL = Path(__file__).parent / "sql" / "record.sql"


class _Told(Exception):
    """Of a batch that was taken for new, something was told before, or has to be looked up because it is at fault."""


async def record_touchpoints(batch: Batch) -> Outcome:
    """Records what is new of a batch; a source's own word of a purchase that its order told of is a duplicate."""
    if batch.fresh:
        try:
            async with batch.tx.transaction():
                return await _as_new(batch)
        except (_Told, Moved):
            pass
    return await _as_it_is(batch)


async def _as_new(batch: Batch) -> Outcome:
    """Without looking each row up: that it was not told before shows when it is claimed. Raises Moved, and _Told."""
    rows, told, _ = await _read(batch, look=False)
    if told:
        raise _Told
    if rows:
        await _record(batch)
    return Outcome(Counts(rows), [])


async def _as_it_is(batch: Batch) -> Outcome:
    rows, told, lessons = await _read(batch, look=True)
    others = await batch.run(_SQL, "others")
    if rows > others:
        await _record(batch)
    return Outcome(
        Counts(rows - others, 0, others - len(told)),
        [lessons[seq] if field == "learnt" else fault(seq, field) for seq, field in told],
    )


async def _read(batch: Batch, *, look: bool) -> tuple[int, list[tuple[int, str]], dict[int, UnitFault]]:
    """How many rows there are, those at fault by their field, and what is wrong with lessons."""
    rows = await batch.run(_SQL, "batch", batch.number, look)
    lessons = await _lesson_faults(batch)
    await batch.run(_SQL, "faults", *await _erased(batch), batch.caller.source, list(lessons))
    told = [(int(row["seq"]), str(row["field"])) for row in await batch.fetch(_SQL, "told_faults")]
    return rows, told, lessons


async def _erased(batch: Batch) -> list[list[str]]:
    """Kinds, scopes and values of those that belonged to somebody who was erased."""
    if not await anybody_erased(batch.tx):
        return [[], [], []]
    unknown = [Known(IdentityKind(row[0]), row[1], row[2]) for row in await batch.fetch(_SQL, "unknown")]
    found = list(await erased(batch.tx, batch.tombstones, unknown))
    return [[str(known[at]) for known in found] for at in range(3)]


async def _lesson_faults(batch: Batch) -> dict[int, UnitFault]:
    """What touchpoints cannot teach, by their rows."""
    taught = [Taught(*row) for row in await batch.fetch(_SQL, "taught")]
    faults = await customers.lesson_faults(batch.tx, taught, batch.caller) if taught else []
    return {fault.seq: fault for fault in faults}


async def _record(batch: Batch) -> None:
    strangers = await batch.number_of(_SQL, "strangers") > 0
    new = await identity.resolve(batch, strangers=strangers)
    if strangers:
        await batch.run(_SQL, "found")
    await open_rates(batch)
    await batch.run(_SQL, "look")
    try:
        await batch.run(_SQL, "claim")
        await customers.welcome(batch, new=new > 0)
        await batch.run(_SQL, "facts", batch.recorded_at or batch.now, batch.settings.time_zone, batch.number)
    except asyncpg.UniqueViolationError as error:
        raise Moved from error  # another writer recorded one of them, or a month of somebody's, meanwhile
    await customers.touched(batch)
    await take_places(batch)
    await customers.mark(batch)
    lessons = [_lesson(row) for row in await batch.fetch(_SQL, "lessons")]
    if lessons:
        await customers.learn(batch.tx, lessons, batch.now)


def _lesson(row: "asyncpg.Record") -> Lesson:
    unsubscribed = Channel(row["channel"]) if row["touch_kind"] == TouchpointKind.UNSUBSCRIBE else None
    whom = row["touchpoint_id"], row["customer_id"], row["recorded_for"]
    return Lesson(*whom, row["occurred_at"], row["source"], row["learnt"], unsubscribed)

"""Groups that were found become segments: new ones, and those that earlier runs made. Some customers at a time, so that
nobody waits long for them; cut off, each is where they were or where they are to be, and all are once it is run again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from domain.access.principal import OPERATOR
from domain.campaigns.queries_using import users_of
from domain.clock import day_of
from domain.database import Tx
from domain.ids import Prefix, from_bytes, new_id, to_public
from domain.naming import searched
from domain.query.asking import Occasion
from domain.segments.commands_ruling import retell, save_version
from domain.segments.discovery.behaviour import Discovery
from domain.segments.discovery.commands_discovering import SQL, Crowd, Wish, check_keys
from domain.segments.membership.causes import CAUSES
from domain.segments.membership.causes import place as cause_of
from domain.segments.membership.commands_asking import EVERYBODY, look_at_everybody
from domain.segments.membership.commands_refreshing import count, moment, own_turn
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SEGMENTS: Final = statements(Path(__file__).parents[1] / "sql" / "segments.sql")
_AT_ONCE: Final = 10_000
_UNHURRIED: Final = "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'"


@dataclass(frozen=True, slots=True)
class Found:
    """A group on its way to be a segment: its place by size, whom it holds, what it is called."""

    place: int
    name: str
    description: str
    customers: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Which group becomes which segment, by its place; `every`: also those of earlier runs that are none any more."""

    groups: Sequence[Found]
    places: NDArray[np.int64]
    segments: Mapping[int, UUID]
    every: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the customers, and everybody whose id lies between theirs."""

    rows: slice
    after: UUID
    until: UUID


def parts(crowd: Crowd, at_once: int = _AT_ONCE) -> Iterator[Part]:
    """All there are, in the order of their ids."""
    after = UUID(int=0)
    for start in range(0, len(crowd), at_once):
        end = start + at_once
        until = from_bytes(crowd.ids[end - 1].tobytes()) if end < len(crowd) else UUID(int=2**128 - 1)
        yield Part(slice(start, end), after, until)
        after = until


async def begin(
    tx: Tx, crowd: Crowd, labels: NDArray[np.int64], found: Discovery, wish: Wish, *, occasion: Occasion
) -> Plan:
    """The segments, as those who are in them are about to be written; begun again, the same."""
    await tx.execute(_UNHURRIED)
    await check_keys(tx, wish)
    groups, places = _by_size(labels, found, occasion)
    kin = await _taken(tx, wish)
    await _gather(tx, crowd.ids, places)
    kept = await _corresponding(tx, kin, groups)
    await tx.execute(SQL["scratch_away"])
    segments = await _named(tx, wish, groups, kin, kept, occasion=occasion)
    numbers = {row["segment_id"]: row["number"] for row in kin}
    for segment in sorted(segments.values()):
        if numbers.get(segment) is None:
            number = await save_version(tx, segment, None, occasion=occasion)
            await tx.execute(_SEGMENTS["at_once"], segment, number, occasion.now)
    return Plan(groups, places, segments, sorted({*segments.values(), *numbers}))


async def write(tx: Tx, plan: Plan, crowd: Crowd, part: Part, *, occasion: Occasion, as_it_is: bool = False) -> None:
    """Some of the customers, whose membership follows their lists at once; each is in one group, the old or the new.

    `as_it_is`: at the moment when they are locked, so that no stay ends before it began.
    """
    await tx.execute(_UNHURRIED)
    numbers = await _numbers(tx, plan, occasion)
    between = part.after, part.until
    await _gather(tx, crowd.ids[part.rows], plan.places[part.rows])
    await tx.execute(SQL["rows"])
    await tx.fetchval(SQL["lock"], list(numbers.values()), *between)
    if as_it_is:
        occasion = replace(occasion, now=await moment(tx))
    await tx.execute(SQL["gone"])
    places, segments = list(plan.segments), list(plan.segments.values())
    await tx.execute(SQL["unlist"], places, segments, plan.every, *between)
    await tx.execute(SQL["list"], places, segments, occasion.now)
    held = [numbers[segment] for segment in segments]
    cause = cause_of(SegmentChangeCause.LIST_CHANGED)
    every = sorted(number for number in numbers.values() if number is not None)
    text = SQL["write"].format(causes=f"({CAUSES})")
    rows = await tx.fetch(text, places, held, every, occasion.now, cause, *between)
    await count(tx, {row["number"]: row["change"] for row in rows})
    await tx.execute(SQL["scratch_away"])


async def finish(tx: Tx, plan: Plan, *, occasion: Occasion) -> None:
    """Everybody was written. What has no group any more is put away where nobody names it, and no campaign uses it."""
    await tx.fetch(SQL["to_be_counted"], plan.every)
    await tx.execute(SQL["counted"], plan.every, occasion.now)
    without = sorted(set(plan.every) - set(plan.segments.values()))
    unused = [segment for segment in without if not await users_of(tx, segment)]
    await tx.execute(SQL["put_away"], unused, occasion.now)
    if await tx.fetchval(SQL["are_named"], plan.every):
        await look_at_everybody(tx, replace(occasion, principal=OPERATOR), EVERYBODY)


async def _numbers(tx: Tx, plan: Plan, occasion: Occasion) -> dict[UUID, int | None]:
    """The versions that hold, which nobody edits until the commit; one that a restoring asked for is not needed."""
    for segment in plan.every:
        await own_turn(tx, segment)
        await tx.execute(_SEGMENTS["give_up"], segment, occasion.now)
    return {row["segment_id"]: row["number"] for row in await tx.fetch(SQL["numbers"], plan.every)}


async def _taken(tx: Tx, wish: Wish) -> list[asyncpg.Record]:
    """The segments of earlier runs, which nobody edits or puts anybody on the list of until the commit."""
    for row in await tx.fetch(SQL["kin"], wish.keys):
        await own_turn(tx, row["segment_id"])
    return await tx.fetch(SQL["kin"], wish.keys)


def _by_size(labels: NDArray[np.int64], found: Discovery, occasion: Occasion) -> tuple[list[Found], NDArray[np.int64]]:
    """The groups, the biggest first, and each customer's place among them."""
    assert found.chosen is not None
    sizes = np.bincount(labels, minlength=found.chosen.groups)
    order = np.argsort(-sizes, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    day = day_of(occasion.now, occasion.zone).isoformat()
    groups = []
    for at, label in enumerate(order):
        one = found.groups[label]
        description = (
            f"Group {at + 1} of {len(order)} that {len(labels):,} customers fall into by what they do, found on {day}"
            f" (silhouette {found.chosen.silhouette:.2f}): {int(sizes[label]):,} of them."
            f" {(one.traits or 'Nothing sets it apart').capitalize()}."
        )
        groups.append(Found(at, one.name, description, int(sizes[label])))
    return [one for one in groups if one.customers], place[labels]


async def _gather(tx: Tx, ids: NDArray[np.void], places: NDArray[np.int64]) -> None:
    await tx.execute(SQL["scratch"])
    rows = ((from_bytes(id_.tobytes()), int(place)) for id_, place in zip(ids, places, strict=True))
    await tx.copy_records_to_table("t_group", records=rows, columns=["customer_id", "place"])
    await tx.execute(SQL["scratch_known"])


async def _corresponding(tx: Tx, kin: Sequence[asyncpg.Record], groups: Sequence[Found]) -> dict[int, UUID]:
    """Which group is which earlier segment: those that share the most customers first, each once."""
    rows = await tx.fetch(SQL["overlaps"], [row["segment_id"] for row in kin])
    kept: dict[int, UUID] = {}
    there = {one.place for one in groups}
    for row in sorted(rows, key=lambda row: (-row["customers"], row["place"], row["segment_id"])):
        if row["place"] in there and row["place"] not in kept and row["segment_id"] not in kept.values():
            kept[row["place"]] = row["segment_id"]
    return kept


async def _named(
    tx: Tx,
    wish: Wish,
    groups: Sequence[Found],
    kin: Sequence[asyncpg.Record],
    kept: dict[int, UUID],
    *,
    occasion: Occasion,
) -> dict[int, UUID]:
    """Each group's segment. One that no earlier corresponds to takes the lowest number that is free."""
    keys = {row["segment_id"]: row["key"] for row in kin}
    segments = dict(kept)
    names = {row["name"] for row in await tx.fetch(SQL["names"], list(keys))}
    for one in groups:
        name = one.name if one.name not in names else f"{one.name} ({wish.prefix})"
        if one.place not in segments:
            segments[one.place] = _free(wish, keys, set(segments.values())) or new_id(occasion.now)
        segment = segments[one.place]
        if segment in keys:
            values = segment, name, one.description, searched(keys[segment], name), occasion.now
            await tx.execute(SQL["update"], *values)
            await retell(tx, segment)
        else:
            keys[segment] = key = _lowest(wish, set(keys.values()))
            await tx.execute(SQL["create"], segment, key, name, one.description, searched(key, name), occasion.now)
    return segments


def _free(wish: Wish, keys: Mapping[UUID, str], taken: set[UUID]) -> UUID | None:
    """An earlier segment that no group corresponds to any more, by the number in its key."""
    free = {key: segment for segment, key in keys.items() if segment not in taken}
    return free[min(free, key=lambda key: int(key.removeprefix(f"{wish.prefix}-")))] if free else None


def _lowest(wish: Wish, keys: set[str]) -> str:
    return next(key for number in range(1, len(keys) + 2) if (key := f"{wish.prefix}-{number}") not in keys)


def told(wish: Wish, crowd: Crowd, found: Discovery, plan: Plan) -> dict[str, object]:
    """For who follows the job."""
    assert found.chosen is not None
    return {
        "keyPrefix": wish.prefix,
        "customers": len(crowd),
        "segments": [
            {"id": to_public(Prefix.SEGMENT, plan.segments[one.place]), "name": one.name, "customers": one.customers}
            for one in plan.groups
        ],
        "silhouette": round(found.chosen.silhouette or 0.0, 4),
        "tried": [
            {"segments": number, "silhouette": None if score is None else round(score, 4)}
            for number, score in found.tried
        ],
    }

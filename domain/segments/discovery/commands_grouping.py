"""Groups that were found become segments, all in one transaction: new ones, and those that earlier runs made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from domain.access.principal import OPERATOR
from domain.clock import day_of
from domain.database import Tx
from domain.folding import fold
from domain.ids import Prefix, from_bytes, new_id, to_public
from domain.query.asking import Occasion
from domain.segments.commands_ruling import save_version
from domain.segments.discovery.behaviour import Discovery
from domain.segments.discovery.commands_discovering import SQL, Crowd, Wish, check_keys, moment
from domain.segments.membership.causes import CAUSES
from domain.segments.membership.causes import place as cause_of
from domain.segments.membership.commands_asking import EVERYBODY, look_at_everybody
from domain.segments.membership.commands_refreshing import own_turn
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SEGMENTS: Final = statements(Path(__file__).parents[1] / "sql" / "segments.sql")
_UNHURRIED: Final = "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'"


@dataclass(frozen=True, slots=True)
class Found:
    """A group on its way to be a segment: its place by size, whom it holds, what it is called."""

    place: int
    name: str
    description: str
    customers: int


async def save(
    tx: Tx,
    crowd: Crowd,
    labels: NDArray[np.int64],
    found: Discovery,
    wish: Wish,
    *,
    occasion: Occasion,
    as_it_is: bool = False,
) -> dict[str, object]:
    """Writes the groups; what a job tells of it. Whoever looks meanwhile sees all as it was before.

    `as_it_is`: at the moment when everybody is locked, so that no stay ends before it began.
    """
    await tx.execute(_UNHURRIED)
    await check_keys(tx, wish)
    groups, places = _by_size(labels, found, occasion)
    await _gather(tx, crowd, places)
    kin = await _taken(tx, wish)
    numbers = [row["number"] for row in kin if row["number"] is not None]
    await tx.execute(SQL["rows"])
    await tx.fetchval(SQL["lock"], numbers)
    if as_it_is:
        occasion = replace(occasion, now=await moment(tx))
    await tx.execute(SQL["gone"])
    await tx.fetch(SQL["to_be_counted"], [row["segment_id"] for row in kin])
    kept = await _corresponding(tx, kin, groups)
    segments = await _named(tx, wish, groups, kin, kept, occasion=occasion)
    await _list(tx, segments, [row["segment_id"] for row in kin], occasion=occasion)
    await _hold(tx, segments, kin, numbers, occasion=occasion)
    if await tx.fetchval(SQL["are_named"], list({*segments.values(), *(row["segment_id"] for row in kin)})):
        await look_at_everybody(tx, replace(occasion, principal=OPERATOR), EVERYBODY)
    return _told(wish, crowd, found, groups, segments)


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


async def _gather(tx: Tx, crowd: Crowd, places: NDArray[np.int64]) -> None:
    await tx.execute(SQL["scratch"])
    rows = ((from_bytes(id_.tobytes()), int(place)) for id_, place in zip(crowd.ids, places, strict=True))
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
            values = segment, name, one.description, fold(f"{keys[segment]} {name}"), occasion.now
            await tx.execute(SQL["update"], *values)
        else:
            keys[segment] = key = _lowest(wish, set(keys.values()))
            await tx.execute(SQL["create"], segment, key, name, one.description, fold(f"{key} {name}"), occasion.now)
    return segments


def _free(wish: Wish, keys: Mapping[UUID, str], taken: set[UUID]) -> UUID | None:
    """An earlier segment that no group corresponds to any more, by the number in its key."""
    free = {key: segment for segment, key in keys.items() if segment not in taken}
    return free[min(free, key=lambda key: int(key.removeprefix(f"{wish.prefix}-")))] if free else None


def _lowest(wish: Wish, keys: set[str]) -> str:
    return next(key for number in range(1, len(keys) + 2) if (key := f"{wish.prefix}-{number}") not in keys)


async def _list(tx: Tx, segments: Mapping[int, UUID], kin: Sequence[UUID], *, occasion: Occasion) -> None:
    places, ids = list(segments), list(segments.values())
    await tx.execute(SQL["unlist"], places, ids, list({*kin, *ids}))
    await tx.execute(SQL["list"], places, ids, occasion.now)


async def _hold(
    tx: Tx, segments: Mapping[int, UUID], kin: Sequence[asyncpg.Record], numbers: list[int], *, occasion: Occasion
) -> None:
    """Membership follows the lists at once, and what has no group any more is put away where nobody names it."""
    versions = {row["segment_id"]: row["number"] for row in kin}
    for segment in sorted(segments.values()):
        if versions.get(segment) is None:
            versions[segment] = await save_version(tx, segment, None, occasion=occasion)
            await tx.execute(_SEGMENTS["at_once"], segment, versions[segment], occasion.now)
        else:  # a version that a restoring asked for is not needed any more
            await tx.execute(_SEGMENTS["give_up"], segment, occasion.now)
    held = [versions[segment] for segment in segments.values()]
    cause = cause_of(SegmentChangeCause.LIST_CHANGED)
    every = sorted({*numbers, *held})
    await tx.execute(SQL["write"].format(causes=f"({CAUSES})"), list(segments), held, every, occasion.now, cause)
    await tx.execute(SQL["counted"], sorted(versions), occasion.now)
    await tx.execute(SQL["put_away"], sorted(versions.keys() - set(segments.values())), occasion.now)


def _told(
    wish: Wish, crowd: Crowd, found: Discovery, groups: Sequence[Found], segments: Mapping[int, UUID]
) -> dict[str, object]:
    """For who follows the job."""
    assert found.chosen is not None
    return {
        "keyPrefix": wish.prefix,
        "customers": len(crowd),
        "segments": [
            {"id": to_public(Prefix.SEGMENT, segments[one.place]), "name": one.name, "customers": one.customers}
            for one in groups
        ],
        "silhouette": round(found.chosen.silhouette or 0.0, 4),
        "tried": [
            {"segments": number, "silhouette": None if score is None else round(score, 4)}
            for number, score in found.tried
        ],
    }

"""Groups that customers fall into by what they do, found and saved: asked for, read, placed, and written at once.

Who is in a group stands on its list, as with lists that people keep. Found again under the same prefix, a group that
holds most of the customers of an earlier one stays that segment, with its id and its key.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from domain.access.principal import Principal
from domain.analytics.clusters import FEWEST, MOST
from domain.analytics.compute import Compute
from domain.audit import Did
from domain.consents.entity import willing
from domain.customers.queries import attributes_declared
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import JobId, Prefix, to_public
from domain.ledger.commands import enqueue
from domain.query.asking import Occasion
from domain.segments.commands import Saved
from domain.segments.commands_ruling import check_rule
from domain.segments.discovery.behaviour import BEHAVIOURS, LEAST_SILHOUETTE, Discovery, Raw, discovered, placed
from domain.segments.membership.commands_refreshing import rules_at_work
from domain.segments.membership.queries import Rule, evaluation
from domain.segments.membership.wanted import with_named
from domain.segments.rule import Json, told
from domain.sqlfile import statements
from domain.vocabulary import JobKind, Role, SegmentKind

SQL: Final = statements(Path(__file__).parent / "sql" / "discover.sql")
_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,95}")
FEWEST_CUSTOMERS: Final = 50
"""Fewer do not fall into groups that mean anything; of each group that is asked for, ten at least."""
_EACH: Final = 10
_FITTED: Final = 10_000
"""Groups are looked for among so many customers, chosen by their ids; then everybody is placed."""
_AT_ONCE: Final = 100_000
_ID: Final = UUID(int=0)
_PACKED: Final = np.dtype([("id", "V16"), ("figures", ">f4", (len(BEHAVIOURS),))])
_FIGURES: Final = " || ".join(f"float4send(f.{one.name}::float4)" for one in BEHAVIOURS)
_BEHAVIOUR: Final = SQL["behaviour"].format(figures=_FIGURES, willing=willing("s.customer_id"))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: the prefix of the keys, how many groups, and among whom; all of it as the job keeps it."""

    prefix: str
    groups: int | None = None
    where: Json = None

    def arguments(self) -> dict[str, object]:
        said = {"keyPrefix": self.prefix, "segments": self.groups, "where": self.where}
        return {name: value for name, value in said.items() if value is not None}

    @staticmethod
    def of(arguments: Mapping[str, object]) -> "Wish":
        groups, where = arguments.get("segments"), arguments.get("where")
        return Wish(str(arguments["keyPrefix"]), int(str(groups)) if groups else None, where)  # type: ignore[arg-type]

    @property
    def keys(self) -> str:
        """A pattern of the keys that groups of this prefix have."""
        return f"^{self.prefix}-[0-9]{{1,2}}$"


async def ask(tx: Tx, wish: Wish, *, occasion: Occasion) -> Saved:
    """The job that finds them. Raises Refused with what is wrong with the wish."""
    faults = _check(wish)
    if faults:
        raise Refused(*faults)
    if wish.where is not None:
        blind = replace(occasion, principal=_without_personal_data(occasion.principal))
        blind = replace(blind, attributes=await attributes_declared(tx))
        await check_rule(tx, _ID, wish.where, occasion=blind)
    await check_keys(tx, wish)
    job: JobId = await enqueue(
        tx, JobKind.DISCOVER_SEGMENTS, wish.arguments(), principal=occasion.principal, now=occasion.now
    )
    said = {"keyPrefix": wish.prefix, "segments": wish.groups, "where": told(wish.where)}
    return Saved(Did(key=job, subject=to_public(Prefix.JOB, job), after=said), job)


def _without_personal_data(caller: Principal) -> Principal:
    """What a job is asked is told to all who see the job, so nobody may ask it for personal data."""
    return replace(caller, role=Role.MARKETER, reads_personal_data=False)


def _check(wish: Wish) -> list[Fault]:
    faults = []
    if not _PREFIX.fullmatch(wish.prefix):
        message = "is no beginning of keys: lower-case letters, digits, - and _, at most 96, such as habit"
        faults.append(Fault.invalid(message, "input", "keyPrefix"))
    if wish.groups is not None and not FEWEST <= wish.groups <= MOST:
        message = f"must be from {FEWEST} to {MOST}, or left out"
        faults.append(Fault(ErrorCode.OUT_OF_RANGE, message, ("input", "segments")))
    return faults


async def check_keys(tx: Tx, wish: Wish) -> None:
    """Raises Refused where somebody's own segment has a key that a group would get."""
    rows = await tx.fetch(SQL["kin"], wish.keys)
    if others := [row for row in rows if row["kind"] != SegmentKind.DISCOVERED]:
        message = f"is how the keys of other segments begin ({others[0]['key']}): give another beginning"
        subjects = tuple(to_public(Prefix.SEGMENT, row["segment_id"]) for row in others)
        raise Refused(Fault(ErrorCode.ALREADY_EXISTS, message, ("input", "keyPrefix"), subjects))


@dataclass(slots=True)
class Crowd:
    """Customers and what they do, a row each, in the order of their ids."""

    ids: NDArray[np.void] = field(default_factory=lambda: np.empty(0, _PACKED["id"]))
    raw: Raw = field(default_factory=lambda: np.empty((0, len(BEHAVIOURS)), np.float32))
    _parts: list[NDArray[np.void]] = field(default_factory=list)

    def __len__(self) -> int:
        """How many were read so far."""
        return len(self.ids) + sum(map(len, self._parts))

    async def read(self, tx: Tx, whom: Sequence[UUID], *, occasion: Occasion) -> None:
        """Adds those of them who have bought, and may be profiled."""
        packed = await tx.fetchval(_BEHAVIOUR, list(whom), occasion.now)
        if packed:
            self._parts.append(np.frombuffer(packed, _PACKED))

    def close(self) -> None:
        """Everybody was read."""
        parts, self._parts = self._parts, []
        if parts:
            self.ids = np.concatenate([part["id"] for part in parts])
            self.raw = np.concatenate([part["figures"].astype(np.float32) for part in parts])

    def some(self, most: int = _FITTED) -> Raw:
        """So many of them, by the ends of their ids: whoever comes or goes, the others stay chosen."""
        if len(self) <= most:
            return self.raw
        ends = self.ids.view(np.uint8).reshape(len(self), 16)[:, 8:].copy().view(">u8").ravel()
        return self.raw[np.argsort(ends, kind="stable")[:most]]


async def meant(tx: Tx, rule: Json, whom: Sequence[UUID], *, occasion: Occasion) -> list[UUID]:
    """Who of them is in what the filter says."""
    mine = Rule(_ID, 0, rule)
    holding = [one for one in await rules_at_work(tx) if not one.building]
    found = evaluation(with_named([*holding, mine], {mine.number}), occasion, whom)
    rows = await tx.fetch(SQL["meant"].format(found=found.sql, number=mine.number), *found.values)
    return [row["customer_id"] for row in rows]


async def find(crowd: Crowd, wish: Wish, compute: Compute) -> Discovery:
    """The groups that they fall into. Raises Refused where they are too few, or nothing tells them apart."""
    least = max(FEWEST_CUSTOMERS, _EACH * (wish.groups or 0))
    if len(crowd) < least:
        message = f"there are {len(crowd):,} customers who have bought and may be profiled; groups need {least}"
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, f"{message}: record orders and score them, or ask among more"))
    found = await compute(discovered, crowd.some(), wish.groups)
    if found.chosen is None:
        scores = ", ".join(f"{groups}: {_score(score)}" for groups, score in found.tried) or "none could be made"
        message = f"nothing tells these customers apart: silhouettes by number of groups are {scores};"
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, f"{message} {LEAST_SILHOUETTE} is needed"))
    return found


def _score(score: float | None) -> str:
    return "a group too small" if score is None else f"{score:.2f}"


async def how_many(tx: Tx) -> int:
    """Who has bought: for progress only."""
    return int(await tx.fetchval(SQL["how_many"]))


Progress = Callable[[float, str], Awaitable[None]]


async def place(crowd: Crowd, found: Discovery, compute: Compute, progress: Progress) -> NDArray[np.int64]:
    """The group of each, the biggest group first."""
    assert found.chosen is not None
    labels = np.empty(len(crowd), np.int64)
    for start in range(0, len(crowd), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        labels[part] = await compute(placed, crowd.raw[part], found.scale, found.chosen.centres)
        await progress(min(start + _AT_ONCE, len(crowd)) / len(crowd), "Placing customers")
    return labels

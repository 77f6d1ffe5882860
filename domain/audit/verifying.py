"""Verifying: every chain is computed anew from what is stored; what does not fit is named."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from domain.audit.queries import Link, Loose, links, loose
from domain.audit.rules import START, chained, commitment
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.ledger.rules import bucket_of

SEALED_WITHIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: whoever keeps it outside can tell whether anything before it was changed since."""

    position: int
    chained: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing of a chain that is not as it was sealed, or an entry that is in no chain."""

    bucket: int
    position: int | None
    entry: str
    what: str


@dataclass(slots=True)
class Verdict:
    """What was found. `waiting` are entries that the next sealing takes."""

    sealed: int = 0
    waiting: int = 0
    heads: dict[int, Head] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.broken


async def verify(
    tx: Tx,
    *,
    now: datetime,
    witness: Mapping[int, Head] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Computes everything anew, within one snapshot: the transaction has to be REPEATABLE READ.

    `witness` are heads that were printed earlier and kept elsewhere.
    """
    verdict, walk = Verdict(), _Walk(dict(witness or {}))
    async for link in links(tx):
        verdict.sealed += 1
        progress(verdict.sealed)
        if fault := walk.step(link):
            verdict.broken.append(fault)
    verdict.heads = walk.heads
    verdict.broken += walk.missing()
    async for one in loose(tx):
        fault = _stray(one, now)
        verdict.waiting += one.waits
        verdict.broken += [fault] if fault else []
    return verdict


class _Walk:
    """The way along the chains; past the first fault of a chain nothing more is said of it."""

    def __init__(self, witness: Mapping[int, Head]) -> None:
        self.witness = witness
        self.heads: dict[int, Head] = {}
        self._broken: set[int] = set()
        self._previous = START

    def step(self, link: Link) -> Broken | None:
        expected = self.heads[link.bucket].position + 1 if link.bucket in self.heads else 1
        if expected == 1:
            self._previous = START
        what = None if link.bucket in self._broken else self._fault(link, expected)
        self.heads[link.bucket] = Head(link.position, link.chained.hex())
        self._previous = link.chained
        if what is None:
            return None
        self._broken.add(link.bucket)
        return Broken(link.bucket, link.position, to_public(Prefix.AUDIT_ENTRY, link.sealed_id), what)

    def _fault(self, link: Link, expected: int) -> str | None:
        if link.position != expected:
            return f"seals were removed before it: {expected} should come next"
        if link.entry is None:
            return "it was removed"
        if {link.bucket, link.own_bucket} != {bucket_of(link.entry.entry_id)}:
            return "it was moved to another chain"
        if chained(self._previous, link.entry) != link.chained:
            return "it is not what was sealed here: changed, inserted, or out of its place"
        known = self.witness.get(link.bucket)
        if known and known.position == link.position and known.chained != link.chained.hex():
            return "the chain up to here is not the one that the witness saw: it was written anew"
        return _detail_fault(link)

    def missing(self) -> list[Broken]:
        """Chains that end before the place that the witness saw."""
        ends = {bucket: head.position for bucket, head in self.heads.items()}
        return [
            Broken(bucket, head.position, "", f"the chain ends at {ends.get(bucket, 0)}: its end was removed")
            for bucket, head in sorted(self.witness.items())
            if ends.get(bucket, 0) < head.position
        ]


def _detail_fault(link: Link) -> str | None:
    assert link.entry is not None
    if link.detail is not None and link.salt is not None:
        held = commitment(link.salt, link.detail) == link.entry.commitment
        return None if held else "its detail is not what was committed to"
    if link.detail is not None or link.salt is not None:
        return "its detail or its salt was removed"
    return None if link.erased else "its detail was emptied, though no entry says that its customer was erased"


def _stray(one: Loose, now: datetime) -> Broken | None:
    what = None
    if one.entered_at is None:
        what = "it was removed before it was sealed"
    elif not one.waits:
        what = "it has no seal: it was inserted past the house, or its seal was removed"
    elif now - one.entered_at > SEALED_WITHIN:
        what = "it waits for its seal since more than a minute: is the worker running?"
    return Broken(one.bucket, None, _public(one.entry_id), what) if what else None


def _public(entry_id: UUID) -> str:
    return to_public(Prefix.AUDIT_ENTRY, entry_id)

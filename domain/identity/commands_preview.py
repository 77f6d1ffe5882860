"""What a merge would give: it is done, looked at, and never committed, so that what is told is what would be.

What the two did is only counted: it may be very much.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.database import Tx
from domain.errors import Refused
from domain.identity.commands_merging import merge
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.sqlfile import statements
from domain.vocabulary import MergeSide

_SQL = Path(__file__).parent / "sql" / "preview.sql"
_ANYBODY_MAY_READ = frozenset(
    {
        *("kind", "acquisition", "address.city", "address.region", "address.country"),
        *("demographics.gender", "demographics.language", "demographics.timeZone", "demographics.occupation"),
        *("demographics.sector", "demographics.householdSize", "demographics.incomeBand"),
    }
)


@dataclass(frozen=True, slots=True)
class Stated:
    """A field's statement that would hold, and which of the two it would come from."""

    field: str
    value: object
    side: MergeSide


@dataclass(frozen=True, slots=True)
class Preview:
    """`survivor` is None, and all else empty, where they cannot be merged; `reasons` say why."""

    survivor: UUID | None
    reasons: tuple[str, ...] = ()
    fields: list[Stated] = field(default_factory=list)
    touchpoints: int = 0
    orders: int = 0


async def preview(tx: Tx, into: UUID, from_: UUID, *, occasion: Occasion) -> Preview:
    """Merges them, and tells what there is then: to be called in a transaction that is rolled back.

    Personal values are left out for those who may not read them.
    """
    try:
        async with tx.transaction():
            did = await merge(tx, into, from_, occasion=occasion, profile_only=True)
    except Refused as refused:
        told = (f"{'.'.join(fault.path)} {fault.message}".strip() for fault in refused.faults)
        return Preview(None, tuple(told))
    assert did.key is not None
    steps = statements(_SQL)
    counts = await tx.fetchrow(steps["counts"], [did.key, from_])
    assert counts is not None
    rows = await tx.fetch(steps["fields"], did.key, from_)
    personal = occasion.principal.reads_personal_data
    return Preview(did.key, (), [_stated(row, personal) for row in rows], counts[0], counts[1])


def _stated(row: "asyncpg.Record", reads_personal_data: bool) -> Stated:
    name: str = row["field"]
    value: object = row["value"]
    if name == "acquisition" and isinstance(value, Mapping) and value.get("campaign"):
        value = {**value, "campaign": to_public(Prefix.CAMPAIGN, UUID(str(value["campaign"])))}
    open_ = name in _ANYBODY_MAY_READ or name.startswith("preferences.") or row["open_attribute"]
    if not reads_personal_data and not open_:
        value = _without_detail(value) if name.startswith("needs.") else None
    return Stated(name, value, MergeSide.FROM if row["from_gone"] else MergeSide.INTO)


def _without_detail(need: object) -> object:
    return {name: value for name, value in need.items() if name != "detail"} if isinstance(need, dict) else need

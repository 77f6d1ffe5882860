"""Membership follows the facts: customers who were looked at are in what holds of them now, all rules in one pass."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.query.asking import Occasion
from domain.segments.entities import segment as entities
from domain.segments.queries_membership import Rule, evaluation
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SQL = statements(Path(__file__).parent / "sql" / "refresh.sql")
CAUSES: Final = tuple(SegmentChangeCause)
_CAUSES = f"({entities.CAUSES})"


def place(cause: SegmentChangeCause) -> int:
    """How customer_segment names a cause."""
    return CAUSES.index(cause) + 1


async def rules_at_work(tx: Tx) -> list[Rule]:
    """Of every segment that is not archived: the version that holds, and the one that is being built."""
    return [
        Rule(row["segment_id"], row["number"], row["rule"], row["building"]) for row in await tx.fetch(_SQL["rules"])
    ]


async def refresh(
    tx: Tx,
    rules: Sequence[Rule],
    customers: Sequence[UUID],
    *,
    occasion: Occasion,
    cause: SegmentChangeCause,
    as_it_is: bool = False,
) -> None:
    """Looks at these customers: who entered and who left, and why.

    `rules` are all that these customers are to be looked at by, and all that those name. `as_it_is`: at the moment when
    they are locked, so that no look undoes what one has found since `occasion`.
    """
    whom = sorted(set(customers))
    await tx.execute(_SQL["rows"], whom)
    await tx.fetch(_SQL["lock"], whom)
    if as_it_is:
        occasion = replace(occasion, now=await tx.fetchval(_SQL["moment"]))
    found = evaluation(rules, occasion, whom)
    at = len(found.values)
    names = {
        "found": found.sql,
        "whom": "$1::uuid[]",
        "now": f"${at + 1}::timestamptz",
        "cause": f"${at + 2}::bigint",
        "evaluated": f"${at + 3}::bigint[]",
        "merged": place(SegmentChangeCause.MERGED),
        "built": place(SegmentChangeCause.RULE_CHANGED),
        "causes": _CAUSES,
    }
    numbers = [rule.number for rule in rules]
    rows = await tx.fetch(_SQL["write"].format(**names), *found.values, occasion.now, place(cause), numbers)
    await tx.execute(_SQL["seen"], whom, occasion.now)
    await _count(tx, {row["segment_id"]: row["change"] for row in rows})


async def _count(tx: Tx, changes: dict[UUID, int]) -> None:
    """Locked in the order of their ids, at the end: whoever comes next waits for this commit only."""
    if changes:
        await tx.fetch(_SQL["counted"], list(changes))
        await tx.execute(_SQL["count"], list(changes), list(changes.values()))


async def looked(tx: Tx, occasion: Occasion) -> None:
    """Everybody was looked at: members are counted anew."""
    await tx.execute(_SQL["looked"], occasion.now)


async def customers_after(tx: Tx, last: UUID, many: int) -> list[UUID]:
    """The next customers in the order of their ids."""
    return [row[0] for row in await tx.fetch(_SQL["everybody"], last, many)]


async def hold(tx: Tx, built: Rule, *, occasion: Occasion) -> bool:
    """A version that everybody was looked at by takes the place of the one before it, for all at once.

    Whether everybody is to be looked at again, by the rules that name it: they went by the one before.
    """
    if not await tx.fetchval(_SQL["stands"], built.number):  # edited since
        return False
    before = await tx.fetchval("SELECT number FROM segment WHERE segment_id = $1", built.segment_id)
    if before is not None:
        await tx.fetch(_SQL["members"], before, built.number)
        values = built.segment_id, built.number, occasion.now, place(SegmentChangeCause.RULE_CHANGED), before
        await tx.execute(_SQL["switch"].format(causes=_CAUSES), *values)
        await tx.execute(_SQL["retire"], before, occasion.now)
    await tx.execute(_SQL["first"], built.segment_id, built.number, occasion.now)
    return before is not None and bool(await tx.fetchval(_SQL["is_named"], built.segment_id))


async def how_many(tx: Tx) -> int:
    """Customers, as the planner believes: for progress only."""
    return max(int(await tx.fetchval(_SQL["how_many"])), 0)

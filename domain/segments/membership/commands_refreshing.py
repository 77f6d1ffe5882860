"""Membership follows the facts: customers who were looked at are in what holds of them now, all rules in one pass."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.query.asking import Occasion
from domain.segments.membership.causes import CAUSES, place
from domain.segments.membership.queries import Between, Evaluation, Rule, evaluation
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SQL = statements(Path(__file__).parent / "sql" / "refresh.sql")
_FEW = 8
_BUILT = place(SegmentChangeCause.RULE_CHANGED)


async def rules_at_work(tx: Tx) -> list[Rule]:
    """Of every segment that is not archived: the version that holds, and the one that is being built."""
    return [
        Rule(row["segment_id"], row["number"], row["rule"], row["building"]) for row in await tx.fetch(_SQL["rules"])
    ]


async def take(tx: Tx, customers: Sequence[UUID]) -> list[UUID]:
    """Has these customers' segments to itself until the commit: of those whom it tells, for others have none.

    Rules are to be read afterwards: else one that is built meanwhile may look at somebody before what we have changed
    is there, and we without it.
    """
    return await _locked(tx, sorted(set(customers)))


async def refresh(
    tx: Tx,
    rules: Sequence[Rule],
    customers: Sequence[UUID],
    *,
    occasion: Occasion,
    cause: SegmentChangeCause,
    as_it_is: bool = False,
    wanted: Collection[int] | None = None,
    in_a_row: bool = False,
    taken: Sequence[UUID] | None = None,
    counting: dict[int, int] | None = None,
) -> None:
    """Looks at these customers: who entered and who left, and why.

    `rules` are all that these customers are to be looked at by, and all that those name; `wanted`: the numbers of the
    former, where others are only named. `as_it_is`: at the moment when they are locked, so that no look undoes what one
    has found since `occasion`. `taken`: what `take` told of just these customers in this transaction; nobody is locked
    twice then. `in_a_row`: they are all there are from the first to the last, and may be very many.
    Whoever is alone in looking `in_a_row` lets its versions hold, which counts them: of what is being built nobody is
    told how many entered. `counting`: takes how many more each version has, where the caller is not at an end and will
    call `count`.
    """
    if not customers:
        return
    some = sorted(set(customers))
    numbers = sorted(rule.number for rule in rules if wanted is None or rule.number in wanted)
    building = {rule.number for rule in rules if rule.building} if in_a_row else frozenset[int]()
    whom = Between(some[0], some[-1]) if in_a_row else some
    if in_a_row:
        await tx.execute(_SQL["room"])
    are_first = in_a_row and building.issuperset(numbers) and await _has_table_to_itself(tx, whom, len(some))
    locked = list(taken) if taken is not None else await _locked(tx, whom, is_all_there=are_first)
    if as_it_is:
        occasion = replace(occasion, now=await moment(tx))
    found = await _found(tx, evaluation(rules, occasion, whom, wanted=numbers), in_a_row=in_a_row)
    if are_first:
        await tx.execute(_SQL["enter"].format(now="$1::timestamptz", cause="$2::bigint"), occasion.now, _BUILT)
    values = *found.values, locked, occasion.now, place(cause), numbers, sorted(building)
    rows = await tx.fetch(_SQL["write"].format(**_names(found, numbers)), *values) if locked else []
    if in_a_row:
        await tx.execute(_SQL["forget"])
    said, named = _said(whom)
    await tx.execute(_SQL["seen"].format(whom=said, now=f"${len(named) + 1}"), *named, occasion.now)
    changes = {row["number"]: row["change"] for row in rows}
    if counting is None:
        await count(tx, changes)
    else:
        counting.update({number: counting.get(number, 0) + change for number, change in changes.items()})


async def _has_table_to_itself(tx: Tx, whom: Sequence[UUID] | Between, many: int) -> bool:
    """Where most of them were never looked at: then nobody else writes, and they get their rows when these are known.

    Rows that are made only to be locked, and are written again, cost half as much as finding who is in what. It comes
    before everything else that is locked, so that nobody waits for us whom we wait for.
    """
    said, named = _said(whom)
    if 2 * await tx.fetchval(_SQL["known"].format(whom=said), *named) > many:
        return False
    await tx.execute(_SQL["to_itself"])
    return True


async def _found(tx: Tx, asked: Evaluation, *, in_a_row: bool) -> Evaluation:
    """The same as rows that are there: read table by table, for the planner believes that next to nobody is found."""
    await tx.execute(_SQL["table_by_table"])
    if in_a_row:
        await tx.execute(_SQL["find"].format(found=asked.sql), *asked.values)
        found = Evaluation(_SQL["found"], ())
    else:
        rows = await tx.fetch(asked.sql, *asked.values)
        told = ["{" + ",".join(map(str, row["segments"])) + "}" for row in rows]
        found = Evaluation(_SQL["told"], ([row["customer_id"] for row in rows], told))
    await tx.execute(_SQL["as_ever"])
    return found


async def _locked(tx: Tx, whom: Sequence[UUID] | Between, *, is_all_there: bool = False) -> list[UUID]:
    """Whose segments nobody else looks at from now on; `is_all_there`: of those who have a row."""
    said, named = _said(whom)
    if not is_all_there:
        rows = _SQL["rows"] if isinstance(whom, Between) else _SQL["rows_of_new"]
        await tx.execute(rows.format(whom=said), *named)
    return [row[0] for row in await tx.fetch(_SQL["lock"].format(whom=said), *named)]


def _said(whom: Sequence[UUID] | Between) -> tuple[str, tuple[object, ...]]:
    """What a customer's id must be, and the values that this takes."""
    if isinstance(whom, Between):
        return "BETWEEN $1::uuid AND $2::uuid", (whom.first, whom.last)
    return "= ANY ($1::uuid[])", (whom,)


def _names(found: Evaluation, numbers: Sequence[int]) -> dict[str, object]:
    at = len(found.values)
    evaluated = f"${at + 4}::bigint[]"
    return {
        "found": found.sql,
        "whom": f"${at + 1}::uuid[]",
        "now": f"${at + 2}::timestamptz",
        "cause": f"${at + 3}::bigint",
        "others": _without(numbers, evaluated),
        "merged": place(SegmentChangeCause.MERGED),
        "built": _BUILT,
        "uncounted": f"${at + 5}::bigint[]",
        "causes": CAUSES,
    }


def _without(numbers: Sequence[int], evaluated: str) -> str:
    """What of s.segments was not asked about; of a few numbers Postgres takes them out much quicker one by one."""
    if not 0 < len(numbers) <= _FEW:
        others = f"ARRAY(SELECT o FROM unnest(s.segments) AS o WHERE o <> ALL ({evaluated}))"
        return f"CASE WHEN s.segments <@ {evaluated} THEN '{{}}' ELSE {others} END"
    others = "s.segments"
    for at in range(1, len(numbers) + 1):
        others = f"array_remove({others}, ({evaluated})[{at}])"
    return others


async def count(tx: Tx, changes: Mapping[int, int]) -> None:
    """How many more each version has. Segments are locked in the order of their ids, after customers and at the end.

    A version that is being built, or was given up meanwhile, is not the one that is counted, unless it holds by the
    time its segment is locked: so whoever lets a version hold needs nobody to stand still, only to lock and count after
    it has written.
    """
    if changes:
        await tx.fetch(_SQL["counted"], list(changes))
        await tx.execute(_SQL["count"], list(changes), list(changes.values()))


async def looked(tx: Tx, occasion: Occasion, segments: Collection[UUID]) -> None:
    """Everybody was looked at by these: their members are counted anew. Customers are locked no more afterwards."""
    await tx.fetch(_SQL["to_be_counted"], list(segments))
    if len(segments) <= _FEW:
        await tx.execute(_SQL["looked"], occasion.now, list(segments))
        return
    await tx.execute(_SQL["room"])
    rows = await tx.fetch(_SQL["members_of_all"])  # by itself: what writes is not read on both sides at once
    counted = [row["number"] for row in rows], [row["count"] for row in rows]
    await tx.execute(_SQL["looked_by_many"], occasion.now, list(segments), *counted)


async def moment(tx: Tx) -> datetime:
    """When membership is looked at: now, and never before a moment that the clock was followed to."""
    now: datetime = await tx.fetchval(_SQL["moment"])
    return now


async def own_turn(tx: Tx, segment: UUID, *, with_others: bool = False) -> None:
    """Who edits a segment and who has a version of it take its place do so one after the other: taken first of all.

    `with_others`: of those who do it so there may be many at once, such as who puts somebody on a list.
    """
    await tx.execute(_SQL["with_others" if with_others else "own_turn"], str(segment))


async def hold(
    tx: Tx, built: Sequence[Rule], *, occasion: Occasion, as_it_is: bool = False, anew: Collection[UUID] = ()
) -> list[UUID]:
    """Versions that everybody was looked at by take the places of those before them, for all at once.

    The segments, of these, that had one before: whoever names them went by that, and is to be looked at anew.
    `as_it_is`: at the moment when members are locked, as refresh has it. `anew`: segments that are counted with them.
    """
    for rule in sorted(built, key=lambda rule: rule.segment_id):
        await own_turn(tx, rule.segment_id)
    await tx.execute(_SQL["room"])
    standing = await tx.fetch(_SQL["standing"], [rule.number for rule in built])  # others were edited since
    replaced = [row for row in standing if row["before"] is not None]
    await tx.fetch(_SQL["members"], [number for row in replaced for number in (row["before"], row["number"])])
    now = await moment(tx) if as_it_is else occasion.now
    cause = place(SegmentChangeCause.RULE_CHANGED)
    for row in replaced:
        values = row["segment_id"], row["number"], now, cause, row["before"]
        await tx.execute(_SQL["switch"].format(causes=CAUSES), *values)
        await tx.execute(_SQL["retire"], row["before"], now)
    held = [row["segment_id"] for row in standing]
    await tx.fetch(_SQL["to_be_counted"], [*held, *anew])
    await tx.execute(_SQL["held"], held, [row["number"] for row in standing])
    await looked(tx, occasion, [*held, *anew])
    return [row["segment_id"] for row in replaced]

"""Windows that the clock opens and closes: whoever stands at the edge of one is looked at again, and nobody else.

Whom edges have passed is written down with how far the clock was followed, so that nobody is lost; a few are looked at
at once, many by a job, batch by batch.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from domain.database import Tx
from domain.ledger import mark_customers
from domain.query.asking import Occasion
from domain.segments.membership import commands_refreshing
from domain.segments.membership.commands_asking import look_at_everybody
from domain.segments.membership.edges import Anybody, Edge, edges
from domain.segments.membership.queries import Rule
from domain.segments.membership.wanted import naming
from domain.sqlfile import statements
from domain.vocabulary import SegmentChangeCause

_SQL = statements(Path(__file__).parent / "sql" / "sweep.sql")
AT_ONCE: Final = 1_000
"""Customers whom the clock's own firing looks at; the rest is for a job."""
TURNED: Final = {"turned": True}


async def sweep(tx: Tx, rules: Sequence[Rule], *, occasion: Occasion, as_it_is: bool = False) -> int:
    """Follows the clock: looks at those whom the time since the last sweep may have turned; how many they were.

    Where they are many, or a rule may turn for anybody, a job goes on. Whose own figures have turned, such as what they
    owe, is marked: scored anew, and looked at then. `as_it_is`: as refresh has it.
    """
    before: datetime | None = await tx.fetchval(_SQL["until"], occasion.now)
    if before is None or before >= occasion.now:
        return 0
    looked = await _look(tx, rules, before, occasion=occasion, as_it_is=as_it_is) if rules else 0
    due = await tx.fetch(_SQL["due"], before, occasion.now)
    await mark_customers(tx, [row["customer_id"] for row in due], occasion.now)
    return looked


async def _look(tx: Tx, rules: Sequence[Rule], before: datetime, *, occasion: Occasion, as_it_is: bool) -> int:
    then = replace(occasion, now=before)
    passed, turning = set[Edge](), list[Rule]()
    for rule in rules:
        turns = set(edges(rule, then, occasion))
        passed |= {turn for turn in turns if isinstance(turn, Edge)}
        if any([await _turns(tx, turn, then, occasion) for turn in turns if isinstance(turn, Anybody)]):
            turning.append(rule)
    if turning:
        segments = {rule.segment_id for rule in turning}
        segments |= {rule.segment_id for rule in naming(rules, segments)}
        await look_at_everybody(tx, occasion, of=segments, cause=SegmentChangeCause.TIME_PASSED)
    await _write_down(tx, passed)
    looked = await follow(tx, occasion=occasion, as_it_is=as_it_is)
    if await tx.fetchval(_SQL["wait"]):
        await look_at_everybody(tx, occasion, TURNED)
    return looked


async def follow(tx: Tx, *, occasion: Occasion, as_it_is: bool = False, most: int = AT_ONCE) -> int:
    """Looks at some of those whom edges have passed; how many they were."""
    customers = [row["customer_id"] for row in await tx.fetch(_SQL["take"], most)]
    if customers:
        taken = await commands_refreshing.take(tx, customers)
        rules, cause = await commands_refreshing.rules_at_work(tx), SegmentChangeCause.TIME_PASSED
        await commands_refreshing.refresh(
            tx, rules, customers, occasion=occasion, cause=cause, as_it_is=as_it_is, taken=taken
        )
    return len(customers)


async def _turns(tx: Tx, turn: Anybody, then: Occasion, now: Occasion) -> bool:
    if not turn.table:
        return then.today != now.today
    question = _SQL["passed"].format(table=turn.table, column=turn.column)
    return bool(await tx.fetchval(question, then.now, now.now))


async def _write_down(tx: Tx, passed: set[Edge]) -> None:
    """Of all edges in one statement, so that it is the same text each time."""
    values: dict[tuple[str, date], int] = {}
    parts = []
    for edge in sorted(passed, key=lambda edge: (edge.rows, edge.condition, str(edge.low), str(edge.high))):
        ends = [
            f"${values.setdefault((edge.type, end), len(values) + 1)}::{edge.type}" for end in (edge.low, edge.high)
        ]
        parts.append(_SQL["edge"].format(key=edge.key, rows=edge.rows, condition=edge.condition.format(*ends)))
    if parts:
        text = _SQL["turned"].format(edges=" UNION ALL ".join(parts))
        await tx.execute(text, *(end for _, end in values))

"""Runs a plan: one statement, and Postgres' JSON comes back as the bytes that go out."""

import re
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import orjson
from asyncpg import Record

from domain.database import Tx
from domain.errors import QuestionRefused
from domain.query.plan import Plan
from domain.query.writing import MARK

_ABSENT = re.compile(MARK.encode() + rb"a(\d+);")
_MARKED = re.compile(MARK.encode() + rb"c(\d+);([0-9a-f]*);")


async def run(tx: Tx, plan: Plan) -> bytes:
    """The JSON object that is `data`, or the object below one field."""
    statement = plan.statement
    row = await _asked(tx, plan)
    if statement.survivors and row[1]:
        # An id that was merged away: asked again for the survivor, on whose shard all of it lives.
        row = await _asked(tx, _survivors(plan, orjson.loads(row[1])))
    answer: bytes = row[0]
    if statement.absences and (found := _ABSENT.search(answer)):
        argument, told = statement.absences[int(found[1])]
        raise QuestionRefused("NOT_FOUND", f"{argument} {told}", (argument,))
    return _finished(plan, answer) if statement.cursors else answer


async def _asked(tx: Tx, plan: Plan) -> Record:
    """A statement about many rows together is planned for its values: kept, Postgres would plan it for any after a few
    times, believing that a period or a filter finds next to nothing, and take up to five times as long.
    """
    sql, values = plan.statement.sql, plan.values
    row = await ((await tx.prepare(sql)).fetchrow(*values) if plan.statement.together else tx.fetchrow(sql, *values))
    assert row is not None
    return row


def _survivors(plan: Plan, leads_to: Mapping[str, str]) -> Plan:
    slots = plan.statement.slots
    values = (
        UUID(leads_to.get(str(value), str(value))) if slot in plan.statement.survivors else value
        for slot, value in zip(slots, plan.values, strict=True)
    )
    return replace(plan, values=tuple(values))


def _finished(plan: Plan, answer: bytes) -> bytes:
    """The answer with its cursors encrypted."""

    def put(found: re.Match[bytes]) -> bytes:
        number, keys = found.groups()
        return plan.makers[int(number)].cursor(bytes.fromhex(keys.decode()))

    return _MARKED.sub(put, answer)

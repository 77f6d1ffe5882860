"""Calls in tests: rows in over the engine of calls, results out; done again where another writer came in between."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from zoneinfo import ZoneInfo

import asyncpg

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.errors import ErrorCode
from domain.portfolio import rebuild
from domain.query.asking import Keys, Occasion
from domain.settings import Settings
from domain.staged import Moved
from domain.transfer import Kind
from domain.transfer.answering import Recorded
from domain.transfer.calls import record
from domain.vocabulary import RecordErrorPolicy, RecordStatus, Role
from tests.support.importing import CLAIMS, NOW, Given

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), Keys(b"c" * 64, CLAIMS, b"t" * 32))
GOOD, ALL = RecordErrorPolicy
CREATED, UPDATED, DUPLICATE, REJECTED = RecordStatus
_ATTEMPTS = 20
"""More than a request has, which pauses between them: here all writers begin anew at once, and some lose five times."""
T = TypeVar("T")


def partner(source: str) -> Occasion:
    return replace(OCCASION, principal=Principal(source, Role.PARTNER, source=source))


async def call(
    tx: Tx, kind: Kind, rows: Sequence[Given], *, occasion: Occasion = OCCASION, policy: RecordErrorPolicy = GOOD
) -> list[Recorded]:
    return await record(tx, kind, rows, occasion=occasion, settings=await Settings.load(tx), policy=policy)


async def called(
    db: Database, kind: Kind, rows: Sequence[Given], *, occasion: Occasion = OCCASION, policy: RecordErrorPolicy = GOOD
) -> list[Recorded]:
    return await again(db, lambda tx: call(tx, kind, rows, occasion=occasion, policy=policy))


async def again(db: Database, deed: Callable[[Tx], Awaitable[T]]) -> T:
    """A transaction that is done again where it has to be, as a request is."""
    for _ in range(_ATTEMPTS):
        try:
            async with db.transaction() as tx:
                return await deed(tx)
        except (Moved, asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            continue
    raise AssertionError("another writer always came in between")


def statuses(told: list[Recorded]) -> list[RecordStatus]:
    assert [one.index for one in told] == list(range(len(told)))
    assert all((one.id is None) == (one.status is REJECTED) == bool(one.faults) for one in told)
    return [one.status for one in told]


def fault(told: Recorded) -> tuple[ErrorCode, tuple[str, ...]]:
    [only] = told.faults
    return only.code, only.path


_MONTHS = (
    "SELECT * FROM customer_month m WHERE (m.orders, m.category_orders, m.units, m.returned_units, m.revenue,"
    " m.known_revenue, m.returns, m.cost_of_goods, m.touches, m.contacts, m.cost_to_serve, m.marketing_cost)"
    " <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) ORDER BY 1, 2, 3, 4"
)


async def check_months(db: Database) -> None:
    """The months that the deeds kept up are those that the facts come to."""
    async with db.connection() as tx:
        kept = [tuple(row) for row in await tx.fetch(_MONTHS)]
        transaction = tx.transaction()
        await transaction.start()
        everybody = [row[0] for row in await tx.fetch("SELECT customer_id FROM customer")]
        await rebuild(tx, everybody, await Settings.load(tx))
        made = [tuple(row) for row in await tx.fetch(_MONTHS)]
        await transaction.rollback()
    assert kept == made

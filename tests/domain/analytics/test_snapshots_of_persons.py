"""Whoever is erased, merged or taken apart while history is kept: nothing of them is written that should not be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from domain.analytics import commands_snapshots as history
from domain.analytics.commands_snapshots import Pen
from domain.database import Database, Tx
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.privacy.commands_erasing import erase
from tests.domain.analytics.facts import NOW, buyer, changed_pass, full_run, quiet
from tests.domain.analytics.test_snapshots import DAY, kept, month, night, stages
from tests.support.occasions import occasion


async def forget(tx: Tx, of: UUID) -> None:
    await erase(tx, of, key=b"t" * 32, now=NOW)


async def test_who_is_erased_has_no_history_nor_have_those_merged_into_them(db: Database) -> None:
    async with db.transaction() as tx:
        of, gone, other = await buyer(tx, 40), await buyer(tx, 50), await buyer(tx, 60)
    await night(db, NOW)
    async with db.transaction() as tx:
        await merge(tx, of, gone, occasion=occasion(NOW))
    await night(db, NOW + DAY)
    assert {row["customer_id"] for row in await kept(db)} == {of, gone, other}
    async with db.transaction() as tx:
        await forget(tx, of)
    assert {row["customer_id"] for row in await kept(db)} == {other}
    await night(db, NOW + 2 * DAY)
    assert {row["customer_id"] for row in await kept(db)} == {other}


@pytest.mark.parametrize("erased_first", [True, False])
async def test_who_is_erased_while_history_is_written_has_none(db: Database, erased_first: bool) -> None:
    async with db.transaction() as tx:
        of, other = await buyer(tx, 40), await buyer(tx, 60)
    await full_run(db, NOW)
    waits = asyncio.Event()

    @asynccontextmanager
    async def pausing() -> AsyncIterator[Tx]:
        async with db.transaction() as tx:
            yield tx
            if await tx.fetchval("SELECT count(*) FROM score_snapshot"):
                waits.set()
                await asyncio.sleep(0.2)

    if erased_first:
        async with db.transaction() as tx:
            await forget(tx, of)
            writing = asyncio.create_task(month(db, NOW))
            await asyncio.sleep(0.2)
            assert not writing.done(), "it waits for who deletes snapshots"
        assert await writing == 1
    else:
        writing = asyncio.create_task(history.keep_all(Pen(pausing, quiet), NOW, as_they_stand=True))
        await waits.wait()
        async with db.transaction() as tx:
            await forget(tx, of)
        assert await writing == 2
    assert {row["customer_id"] for row in await kept(db)} == {other}


async def test_who_comes_back_has_their_own_history_again_and_goes_on_with_it(db: Database) -> None:
    async with db.transaction() as tx:
        one, other = await buyer(tx, 40), await buyer(tx, 200)
    await night(db, NOW)
    before = await kept(db)
    async with db.transaction() as tx:
        await merge(tx, one, other, occasion=occasion(NOW))
    await changed_pass(db, NOW + DAY)
    await night(db, NOW + DAY)
    assert [row for row in await kept(db) if row["as_of"] == NOW] == before, "what was so stays so"
    assert [stage for _, stage in await stages(db, other)] == ["ACTIVE"]
    assert [stage for _, stage in await stages(db, one)] == ["NEW", "ACTIVE"], "the other's first purchase is theirs"
    async with db.transaction() as tx:
        await unmerge(tx, one, other, occasion=occasion(NOW))
    await night(db, NOW + 2 * DAY)
    assert [stage for _, stage in await stages(db, other)] == ["ACTIVE"]
    assert [stage for _, stage in await stages(db, one)] == ["NEW", "ACTIVE", "NEW"]

"""Members of lists by import while others are at work: a merge, an erasure, an archiving, a second file, a kill."""

import asyncio
from collections.abc import Coroutine

import pytest

from domain.database import Database, Tx
from domain.identity.commands_merging import merge
from domain.privacy.commands_erasing import erase
from domain.segments import commands, commands_importing
from domain.transfer import Kind
from tests.domain.segments.changes.test_following import made, occasion, people
from tests.domain.segments.test_at_once import begun
from tests.domain.transfer.test_members import TOMBSTONES, members, off, on
from tests.support.importing import NOW, Brought, bring

_WAITS = "SELECT EXISTS (SELECT FROM pg_stat_activity a WHERE $1 = ANY (pg_blocking_pids(a.pid))) FROM pg_sleep(0.01)"


async def blocked(db: Database, slow: Tx, deed: Coroutine[object, object, Brought]) -> "asyncio.Future[Brought]":
    """Begun, and as far as it comes before it waits for somebody slow."""
    task = asyncio.ensure_future(deed)
    async with db.connection() as watcher, asyncio.timeout(20):
        while not await watcher.fetchval(_WAITS, slow.get_server_pid()):
            assert not task.done(), "it did not wait"
    return task


@pytest.mark.parametrize("deed", ["merge", "erase"])
async def test_who_is_merged_or_erased_meanwhile_is_waited_for(db: Database, deed: str) -> None:
    ada, bob, *_ = await people(db)
    segment = await made(db, "List")
    async with begun(db) as slow:
        if deed == "merge":
            await merge(slow, bob, ada, occasion=occasion())
        else:
            await erase(slow, ada, key=TOMBSTONES, now=NOW)
        task = await blocked(db, slow, bring(db, Kind.MEMBERS, [on(ada)], tombstones=TOMBSTONES))
        await slow.execute("COMMIT")
    brought = await task
    assert brought.statuses == ((1, 0, 0, 0) if deed == "merge" else (0, 0, 0, 1))
    assert await members(db, segment) == ([bob] if deed == "merge" else [])


async def test_a_list_that_is_archived_meanwhile_is_waited_for(db: Database) -> None:
    ada, *_ = await people(db)
    segment = await made(db, "List")
    async with begun(db) as slow:
        await commands.archive(slow, segment, occasion=occasion())
        task = await blocked(db, slow, bring(db, Kind.MEMBERS, [on(ada)]))
        await slow.execute("COMMIT")
    assert (await task).faults == [(1, "segment", "IN_WRONG_STATE")]


async def test_a_key_that_is_given_to_another_list_meanwhile_names_that_one(db: Database) -> None:
    ada, *_ = await people(db)
    segment, other = await made(db, "List"), await made(db, "Other")
    async with db.connection() as slow:
        both = slow.transaction()
        await both.start()
        for one, key in ((segment, "before"), (other, "list")):
            await commands.update(slow, one, commands.Given(frozenset({"key"}), key=key), occasion=occasion())
        task = await blocked(db, slow, bring(db, Kind.MEMBERS, [on(ada)]))
        await both.commit()
    assert (await task).statuses == (1, 0, 0, 0)
    assert (await members(db, segment), await members(db, other)) == ([], [ada])


async def test_a_killed_batch_is_rolled_back_and_done_again_in_full(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whom = await people(db, 10)
    segment = await made(db, "List")
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", 4)
    rows = [on(at) for at in range(10)]
    follow, calls = commands_importing._follow, list[int]()

    async def killed(*given: object) -> None:
        calls.append(1)
        await follow(*given)  # type: ignore[arg-type]
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(commands_importing, "_follow", killed)
    with pytest.raises(KeyboardInterrupt):
        await bring(db, Kind.MEMBERS, rows)
    assert await members(db, segment) == sorted(whom[:4])
    assert (await bring(db, Kind.MEMBERS, rows)).statuses == (6, 0, 4, 0)
    assert await members(db, segment) == sorted(whom)


async def test_two_files_at_once_put_each_on_each_list_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever order they name lists and people."""
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", 7)
    whom = await people(db, 20)
    lists = [await made(db, f"List {at}") for at in range(3)]
    rows = [on(at, f"list-{one}") for at in range(20) for one in range(3)]
    both = await asyncio.gather(bring(db, Kind.MEMBERS, rows), bring(db, Kind.MEMBERS, rows[::-1]))
    assert [sum(one.statuses[at] for one in both) for at in range(4)] == [60, 0, 60, 0]
    for one in lists:
        assert await members(db, one) == sorted(whom)
    away = [off(at, f"list-{one}") for at in range(20) for one in range(3)]
    both = await asyncio.gather(bring(db, Kind.MEMBERS, away), bring(db, Kind.MEMBERS, away[::-1]))
    assert [sum(one.statuses[at] for one in both) for at in range(4)] == [0, 60, 60, 0]
    for one in lists:
        assert await members(db, one) == []

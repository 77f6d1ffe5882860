"""Whoever is merged or erased while somebody puts them on a list or takes them off: it holds of who they are then; and
a rule that is saved while they are erased does not name them either.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

import pytest

from domain.database import Database, Tx
from domain.errors import ErrorCode, Refused
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.privacy.commands_erasing import erase
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.commands_forgetting import ERASED
from domain.segments.rule import kept
from domain.staged import Moved
from tests.domain.segments.changes.test_following import made, occasion, people, put
from tests.domain.segments.crowd import check_counts
from tests.domain.segments.test_at_once import begun, waits_or_ends
from tests.support.calling import again

_LISTED = "SELECT customer_id FROM segment_listed ORDER BY 1"
_MEMBERS = "SELECT customer_id FROM customer_segment WHERE segments <> '{}' ORDER BY 1"


async def listed(tx: Tx) -> Sequence[UUID]:
    """Who is on the list, who are those who are members of it."""
    found = [row[0] for row in await tx.fetch(_LISTED)]
    assert [row[0] for row in await tx.fetch(_MEMBERS)] == found
    return found


async def done_meanwhile(db: Database, slow: Tx, deed: Callable[[Tx], Awaitable[None]]) -> None:
    """Begun before somebody slow commits, and done again where it has to be, as a request is."""
    async with begun(db) as other:
        task = await waits_or_ends(db, other, deed(other))
        await slow.execute("COMMIT")
        try:
            await task
            await other.execute("COMMIT")
        except Moved:
            await other.execute("ROLLBACK")
        else:
            return
    await again(db, deed)


@pytest.mark.parametrize("on", [True, False])
async def test_who_is_merged_while_they_are_listed_is_listed_as_the_survivor(db: Database, *, on: bool) -> None:
    ada, bob, *_ = await people(db)
    segment = await made(db, "List")
    if not on:
        await again(db, partial(put, segment=segment, whom=[ada]))
    async with begun(db) as slow:
        await merge(slow, bob, ada, occasion=occasion())
        await done_meanwhile(db, slow, partial(put, segment=segment, whom=[ada], on=on))
    async with db.transaction() as tx:
        assert await listed(tx) == ([bob] if on else [])
    assert await check_counts(db) == [int(on)]


async def test_who_was_led_to_a_survivor_that_is_let_go_is_listed_all_the_same(db: Database) -> None:
    ada, bob, *_ = await people(db)
    segment = await made(db, "List")
    async with db.transaction() as tx:
        await merge(tx, bob, ada, occasion=occasion())
    await again(db, partial(put, segment=segment, whom=[ada]))
    async with db.transaction() as tx:
        assert await listed(tx) == [bob]
        await unmerge(tx, bob, ada, occasion=occasion())
    await again(db, partial(put, segment=segment, whom=[ada]))
    async with db.transaction() as tx:
        assert await listed(tx) == sorted([ada, bob])


async def test_who_is_erased_while_they_are_listed_is_on_no_list(db: Database) -> None:
    ada, *_ = await people(db)
    segment = await made(db, "List")
    async with begun(db) as slow:
        await erase(slow, ada, key=b"t" * 32, now=occasion().now)
        with pytest.raises(Refused) as refused:
            await done_meanwhile(db, slow, partial(put, segment=segment, whom=[ada]))
    assert [fault.code for fault in refused.value.faults] == [ErrorCode.NOT_FOUND]
    async with db.transaction() as tx:
        assert await listed(tx) == []


async def test_a_rule_that_is_saved_while_somebody_is_erased_does_not_name_them(db: Database) -> None:
    ada, *_ = await people(db)
    async with db.connection() as tx:
        email = await tx.fetchval("SELECT email FROM customer WHERE customer_id = $1", ada)
    given = Given(frozenset(), name="Who is it", rule=kept({"email": {"eq": email}}))
    async with begun(db) as other:
        async with db.transaction() as slow:
            await commands.create(slow, given, occasion=occasion())
            task = await waits_or_ends(db, other, erase(other, ada, key=b"t" * 32, now=occasion().now))
        await task
        await other.execute("COMMIT")
    async with db.connection() as tx:
        [row] = await tx.fetch("SELECT rule, filter, definition FROM segment_version")
    assert tuple(row) == ({"email": {"eq": ERASED}}, {"email": {"eq": ERASED}}, f"e-mail address is “{ERASED}”")

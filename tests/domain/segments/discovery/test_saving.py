"""Groups are saved some customers at a time: cut off, nobody is in two, and the next time all are where they belong."""

from domain.database import Tx
from domain.segments.discovery import commands_grouping
from domain.segments.discovery.commands_discovering import Wish
from tests.domain.segments.discovery.finding import SIZE, day, find, look, members_now, people, read_crowd, saved_now
from tests.domain.segments.discovery.test_behaviour import KINDS, crowd
from tests.support.calling import OCCASION


async def test_cut_off_everybody_is_where_they_were_or_are_to_be_and_the_next_time_all_are(tx: Tx) -> None:
    ids = await people(tx, crowd(*KINDS[:3], size=SIZE))
    await find(tx, Wish("habit"), occasion=day(0))
    was, saved = await members_now(tx), await saved_now(tx)
    # Whoever is of the first kind does as the second does now, and the other way round: half of them are written.
    await tx.execute("UPDATE customer_score_a SET customer_id = overlay(customer_id::text placing 'f' from 1)::uuid")
    await tx.execute("UPDATE customer_month SET customer_id = overlay(customer_id::text placing 'f' from 1)::uuid")
    for table in ("customer_score_a", "customer_month"):
        text = (
            f"UPDATE {table} SET customer_id = $2 WHERE customer_id = overlay($1::uuid::text placing 'f' from 1)::uuid"
        )
        for one, other in zip(ids, [*ids[20:40], *ids[40:60], *ids[:20], *ids[60:]], strict=True):
            await tx.execute(text, one, other)
    cut = [part.until for part in commands_grouping.parts(await read_crowd(tx, OCCASION), 17)][2]
    assert await find(tx, Wish("habit"), occasion=day(1), parts=3) == {}
    halfway, stays = await members_now(tx), "SELECT count(*) FROM segment_stay"
    moved = await tx.fetchval(stays)
    assert 0 < moved < 40
    assert set().union(*halfway.values()) == {id_.int for id_ in ids}
    assert sum(map(len, halfway.values())) == len(ids)
    assert {key: {n for n in some if n > cut.int} for key, some in halfway.items()} == {
        key: {n for n in some if n > cut.int} for key, some in was.items()
    }
    await look(tx, ids)
    assert await members_now(tx) == halfway
    await find(tx, Wish("habit"), occasion=day(2))
    now = await members_now(tx)
    assert await saved_now(tx) == saved
    assert sorted(map(len, now.values())) == [SIZE] * 3
    assert now != halfway
    assert await tx.fetchval(stays) == sum(len(was[key] - now[key]) for key in was)

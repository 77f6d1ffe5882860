"""Whatever is done to the log past the house is found, and the first thing that is wrong is named."""

import hashlib
from uuid import UUID

import pytest

from domain.audit import seal
from domain.audit.rules import START, Entry, chained
from domain.audit.tables import AuditEntry
from domain.database import Tx
from domain.ids import Prefix, parse_id
from tests.domain.audit.log import ADA, BOB, NOW, do, fill, judge

OTHER = {
    "entry_id": "gen_random_uuid()",
    "bucket": "(bucket + 1) % 16",
    "entered_at": "entered_at + interval '1 microsecond'",
    "actor": "actor || ' '",
    "actor_key": "NULL",
    "action": "'needRemove'",
    "subject": "'cus_' || repeat('0', 32)",
    "customer_id": f"'{BOB}'",
    "detail": "replace(detail, '1.50', '1.5')",
    "salt": "sha256(salt)",
    "commitment": "sha256(commitment)",
}
# Chance decides the chain of an entry: this one has neighbours in its own, before it and behind it.
_ONE = """(
SELECT entry_id FROM audit_seal s JOIN audit_entry e USING (entry_id) WHERE e.customer_id = $1 AND s.position > 1
  AND EXISTS (SELECT FROM audit_seal t WHERE t.bucket = s.bucket AND t.position > s.position)
ORDER BY e.entered_at OFFSET 10 LIMIT 1)"""


async def at(tx: Tx) -> tuple[str, int, int]:
    """The entry that the tests do something to: its id, its chain, its place."""
    row = await tx.fetchrow(f"SELECT entry_id, bucket, position FROM audit_seal WHERE entry_id = {_ONE}", ADA)
    assert row is not None
    return f"aud_{row['entry_id'].hex}", row["bucket"], row["position"]


async def test_a_log_that_nobody_touched_is_whole(tx: Tx) -> None:
    await fill(tx)
    verdict = await judge(tx)
    assert (verdict.broken, verdict.sealed, verdict.waiting) == ([], 120, 0)
    assert sum(head.position for head in verdict.heads.values()) == 120
    assert max(head.position for head in verdict.heads.values()) > 3


async def test_an_empty_log_is_whole(tx: Tx) -> None:
    assert (await judge(tx)).whole


def test_every_column_is_tried() -> None:
    assert set(OTHER) == {column.name for column in vars(AuditEntry)["__table__"].columns}


@pytest.mark.parametrize("column", OTHER)
async def test_no_column_can_be_changed(tx: Tx, column: str) -> None:
    await fill(tx)
    entry, bucket, position = await at(tx)
    await tx.execute(f"UPDATE audit_entry SET {column} = {OTHER[column]} WHERE entry_id = {_ONE}", ADA)
    broken = (await judge(tx)).broken
    assert (broken[0].bucket, broken[0].position, broken[0].entry) == (bucket, position, entry)


@pytest.mark.parametrize("column", ["actor_key", "subject", "customer_id"])
async def test_nothing_can_be_said_where_nothing_was_said(tx: Tx, column: str) -> None:
    await fill(tx)
    value = "gen_random_uuid()" if column != "subject" else "''"
    await tx.execute("UPDATE audit_entry SET actor_key = NULL")
    await tx.execute("DELETE FROM audit_seal")
    await tx.execute("INSERT INTO audit_unsealed SELECT entry_id, bucket FROM audit_entry")
    await seal(tx, now=NOW)
    assert (await judge(tx)).whole
    changed = f"UPDATE audit_entry SET {column} = {value} WHERE {column} IS NULL AND action = 'needRecord'"
    assert not (await tx.execute(changed)).endswith(" 0")
    assert not (await judge(tx)).whole


@pytest.mark.parametrize("first", [True, False])
async def test_an_entry_cannot_be_removed(tx: Tx, first: bool) -> None:
    await fill(tx)
    entry, bucket, position = await at(tx)
    if first:
        row = await tx.fetchrow("SELECT entry_id, bucket FROM audit_seal WHERE position = 1 ORDER BY bucket LIMIT 1")
        assert row is not None
        entry, bucket, position = f"aud_{row['entry_id'].hex}", row["bucket"], 1
    await tx.execute("DELETE FROM audit_entry WHERE entry_id = $1", parse_id(Prefix.AUDIT_ENTRY, entry))
    [broken] = (await judge(tx)).broken
    assert (broken.bucket, broken.position, broken.entry, broken.what) == (bucket, position, entry, "it was removed")


async def test_an_entry_cannot_be_removed_with_its_seal(tx: Tx) -> None:
    await fill(tx)
    bucket = await tx.fetchval("SELECT bucket FROM audit_seal GROUP BY bucket ORDER BY count(*) DESC LIMIT 1")
    position = await tx.fetchval("SELECT max(position) - 1 FROM audit_seal WHERE bucket = $1", bucket)
    gone = "WITH s AS (DELETE FROM audit_seal WHERE bucket = $1 AND position = $2 RETURNING entry_id)"
    await tx.execute(f"{gone} DELETE FROM audit_entry WHERE entry_id IN (SELECT entry_id FROM s)", bucket, position)
    [broken] = (await judge(tx)).broken
    assert (broken.bucket, broken.position) == (bucket, position + 1)


async def test_chains_cannot_close_over_what_was_removed(tx: Tx) -> None:
    """Even where the places are counted anew."""
    await fill(tx)
    _, bucket, position = await at(tx)
    await tx.execute("DELETE FROM audit_seal WHERE bucket = $1 AND position = $2", bucket, position)
    move = "UPDATE audit_seal SET position = -position {} WHERE bucket = $1 AND position {} $2"
    await tx.execute(move.format("", ">"), bucket, position)
    await tx.execute(move.format("- 1", "<"), bucket, 0)
    broken = (await judge(tx)).broken
    assert (broken[0].bucket, broken[0].position) == (bucket, position)


@pytest.mark.parametrize("columns", ["entry_id", "entry_id, chained"])
async def test_two_entries_cannot_change_places(tx: Tx, columns: str) -> None:
    await fill(tx)
    _, bucket, position = await at(tx)
    rows = await tx.fetch(
        "DELETE FROM audit_seal WHERE bucket = $1 AND position IN ($2, $3) RETURNING *", bucket, position, position - 1
    )
    one, two = (dict(row.items()) for row in rows)
    for name in columns.split(", "):
        one[name], two[name] = two[name], one[name]
    for row in (one, two):
        await tx.execute("INSERT INTO audit_seal VALUES ($1, $2, $3, $4, $5)", *row.values())
    broken = (await judge(tx)).broken
    assert (broken[0].bucket, broken[0].position) == (bucket, position - 1)


async def test_an_entry_cannot_be_put_in_past_the_house(tx: Tx) -> None:
    await fill(tx)
    await do(tx, 0.01, of=BOB)
    await tx.execute("DELETE FROM audit_unsealed")
    [broken] = (await judge(tx)).broken
    assert broken.position is None
    assert "inserted past the house" in broken.what


async def test_an_entry_cannot_be_put_between_others(tx: Tx) -> None:
    await fill(tx)
    # Chance decides the chain: until it is one that goes on behind the third place.
    long = "(SELECT max(position) FROM audit_seal s WHERE s.bucket = u.bucket) > 2"
    new = None
    while new is None:
        await do(tx, 0.01, of=BOB)
        new = await tx.fetchrow(f"DELETE FROM audit_unsealed u WHERE {long} RETURNING entry_id, bucket")
    move = "UPDATE audit_seal SET position = {} WHERE bucket = $1 AND position {}"
    await tx.execute(move.format("-position - 1", "> 2"), new["bucket"])
    await tx.execute(move.format("-position", "< 0"), new["bucket"])
    row = await tx.fetchrow("SELECT * FROM audit_entry WHERE entry_id = $1", new["entry_id"])
    previous = await tx.fetchval("SELECT chained FROM audit_seal WHERE bucket = $1 AND position = 2", new["bucket"])
    assert row is not None
    names = ("entry_id", "entered_at", "actor", "actor_key", "action", "subject", "customer_id", "commitment")
    link = chained(previous, Entry(**{name: row[name] for name in names}))
    await tx.execute("INSERT INTO audit_seal VALUES ($1, 3, $2, $3, $4)", new["bucket"], new["entry_id"], link, NOW)
    broken = (await judge(tx)).broken
    assert (broken[0].bucket, broken[0].position) == (new["bucket"], 4)  # where the chain goes on as it was


async def test_a_chain_written_anew_differs_from_what_a_witness_saw(tx: Tx) -> None:
    await fill(tx)
    seen = (await judge(tx)).heads
    assert (await judge(tx, witness=seen)).whole
    await do(tx, 0.4)
    await seal(tx, now=NOW)
    assert (await judge(tx, witness=seen)).whole
    await tx.execute("UPDATE audit_entry SET actor = 'nobody' WHERE action = 'needRecord'")
    await tx.execute("DELETE FROM audit_seal")
    await tx.execute("INSERT INTO audit_unsealed SELECT entry_id, bucket FROM audit_entry")
    await seal(tx, now=NOW)
    assert (await judge(tx)).whole
    assert "witness" in (await judge(tx, witness=seen)).broken[0].what


async def test_the_end_of_a_chain_cannot_be_cut_off_under_a_witness(tx: Tx) -> None:
    await fill(tx)
    seen = (await judge(tx)).heads
    bucket, head = max(seen.items())
    last = "WITH s AS (DELETE FROM audit_seal WHERE bucket = $1 AND position = $2 RETURNING entry_id)"
    await tx.execute(
        f"{last} DELETE FROM audit_entry WHERE entry_id IN (SELECT entry_id FROM s)", bucket, head.position
    )
    assert (await judge(tx)).whole  # alone, nobody can tell
    [broken] = (await judge(tx, witness=seen)).broken
    assert (broken.bucket, broken.position) == (bucket, head.position)


async def test_what_was_erased_is_not_missed(tx: Tx) -> None:
    await fill(tx)
    await do(tx, 0.2, "customerErase")
    await seal(tx, now=NOW)
    await tx.execute("UPDATE audit_entry SET detail = NULL, salt = NULL WHERE customer_id = $1", ADA)
    assert (await judge(tx)).whole


@pytest.mark.parametrize("named", [ADA, BOB])
async def test_what_a_merged_id_left_is_erased_with_its_survivor(tx: Tx, named: UUID) -> None:
    await fill(tx)
    await tx.execute(
        "INSERT INTO customer_alias (customer_id, survivor_id, merged_at) VALUES ($1, $2, now())", BOB, ADA
    )
    await do(tx, 0.2, "customerErase", of=named)
    await seal(tx, now=NOW)
    await tx.execute("UPDATE audit_entry SET detail = NULL, salt = NULL WHERE customer_id IS NOT NULL")
    assert (await judge(tx)).whole


@pytest.mark.parametrize("of", [ADA, None])
async def test_details_are_not_emptied_without_an_erasure(tx: Tx, of: object) -> None:
    await fill(tx)
    await do(tx, 0.2, "customerErase", of=BOB)
    await seal(tx, now=NOW)
    emptied = "UPDATE audit_entry SET detail = NULL, salt = NULL WHERE customer_id IS NOT DISTINCT FROM $1"
    await tx.execute(emptied, of)
    verdict = await judge(tx)
    assert {broken.what for broken in verdict.broken} == {
        "its detail was emptied, though no entry says that its customer was erased"
    }


@pytest.mark.parametrize("column", ["detail", "salt"])
async def test_detail_and_salt_go_together(tx: Tx, column: str) -> None:
    await fill(tx)
    await do(tx, 0.2, "customerErase")
    await seal(tx, now=NOW)
    await tx.execute(f"UPDATE audit_entry SET {column} = NULL WHERE customer_id = $1", ADA)
    assert "its detail or its salt was removed" in {broken.what for broken in (await judge(tx)).broken}


async def test_what_waits_too_long_is_told(tx: Tx) -> None:
    await do(tx, 0)
    fresh, late = await judge(tx, minutes=0.9), await judge(tx, minutes=1.1)
    assert (fresh.whole, fresh.waiting) == (True, 1)
    assert [broken.what for broken in late.broken] == [
        "it waits for its seal since more than a minute: is the worker running?"
    ]


async def test_an_entry_cannot_be_removed_before_it_is_sealed(tx: Tx) -> None:
    await do(tx, 0)
    await tx.execute("DELETE FROM audit_entry")
    assert [broken.what for broken in (await judge(tx)).broken] == ["it was removed before it was sealed"]


def test_the_chain_is_the_one_that_is_written_down() -> None:
    """By hand, so that a witness with other tools comes to the same."""
    entry = Entry(ADA, NOW, "head", None, "needRecord", "cus_1", BOB, b"c" * 32)
    moment = str(int(NOW.timestamp()) * 1_000_000).encode()
    written = b"16:" + ADA.bytes + b"16:" + moment + b"4:head" + b"-" + b"10:needRecord" + b"5:cus_1"
    written += b"16:" + BOB.bytes + b"32:" + b"c" * 32
    assert chained(START, entry) == hashlib.sha256(bytes(32) + written).digest()

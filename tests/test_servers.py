"""The servers that the tests stand on: fresh each time, extension and order as in production, shared by a run."""

import socket

from domain.database import Database, Tx


async def test_every_test_has_a_database_of_its_own(
    db: Database, database_url: str, rolled_back_database_url: str
) -> None:
    assert database_url != rolled_back_database_url
    async with db.transaction() as tx:
        await tx.execute("CREATE TABLE only_here (x int)")
        assert await tx.fetchval("SELECT count(*) FROM only_here") == 0


async def test_text_is_ordered_by_code_point_and_trigrams_are_there(tx: Tx) -> None:
    assert await tx.fetchval("SELECT 'B' < 'a' AND lower('É') = 'é'")
    assert await tx.fetchval("SELECT true FROM pg_extension WHERE extname = 'pg_trgm'")


async def test_valkey_answers_from_an_empty_database(redis_url: str) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(redis_url.removeprefix("unix://").split("?")[0])
        line.sendall(b"DBSIZE\r\n")
        assert line.recv(100) == b":0\r\n"

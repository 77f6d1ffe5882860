"""Campaigns of before their letter: known by key and name alone, they are told as sent elsewhere, and found."""

import asyncio
import re

import asyncpg
import pytest

from api.migrating import migrate
from tests.domain.campaigns.desk import Desk

_NAMED = """
INSERT INTO campaign (campaign_id, key, name, created_at, updated_at) VALUES (gen_random_uuid(), $1, $2, now(), now())
"""
_TOLD = """{ campaigns(search: "%s") {
  nodes { key goal status randomised response { kind window } steps { position } } } }"""


@pytest.mark.proof
async def test_campaigns_of_before_are_found_also_when_the_letter_is_run_again(database_url: str) -> None:
    url = re.sub(r"/test_\d+\?", "/old_campaigns?", database_url)
    await _run(database_url, "CREATE DATABASE old_campaigns TEMPLATE template0")
    await asyncio.to_thread(migrate, url, "0022")
    await _name(url, "old", "Über Größe")
    await asyncio.to_thread(migrate, url)
    # The release before knows no more of campaigns than this, and may be at work still.
    await _name(url, "older", "Ältere")
    await _run(url, "UPDATE alembic_version SET version_num = '0022'")
    await asyncio.to_thread(migrate, url)
    desk = Desk.at(url)
    for words, key in (("GRÖSSE", "old"), ("älter", "older")):
        [told] = (await desk.ask(_TOLD % words))["campaigns"]["nodes"]
        assert (told["key"], told["goal"], told["status"]) == (key, "CROSS_SELL", "COMPLETED")
        assert (told["randomised"], told["steps"]) == (False, [])
        assert told["response"] == {"kind": "ANY_ORDER", "window": "P30D"}
    await desk.db.close()


async def _name(url: str, key: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_NAMED, key, name)
    await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()

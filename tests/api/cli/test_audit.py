"""`rapport audit verify`: whole or not, what is wrong, and heads that a witness keeps."""

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from domain.audit import commands, seal
from domain.database import Tx, connect
from domain.ids import new_id
from domain.ledger.rules import BUCKETS
from tests.api.cli.terminal import Terminal
from tests.domain.audit.log import fill


@pytest.fixture
def rapport(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The entries go into the chains in turn: left to chance, once in some hundred runs a chain would have none."""
    turn = itertools.count()

    def in_turn(now: datetime) -> UUID:
        return UUID(int=new_id(now).int // BUCKETS * BUCKETS + next(turn) % BUCKETS)

    monkeypatch.setattr(commands, "new_id", in_turn)
    act(database_url, fill)
    return Terminal(tmp_path, database_url)


def act(url: str, deed: Callable[[Tx], Awaitable[object]]) -> None:
    async def run() -> None:
        connection = await connect(url)
        try:
            async with connection.transaction():
                await deed(connection)
        finally:
            await connection.close()

    asyncio.run(run())


def change(url: str, statement: str) -> None:
    act(url, lambda tx: tx.execute(statement))


def test_a_log_that_is_whole_is_told_so(rapport: Terminal) -> None:
    said = rapport("audit", "verify")
    assert (said.code, said.out) == (0, "")
    assert "whole: 120 entries in 16 chains, 0 wait for their seal" in said.err


def test_what_is_wrong_is_named_and_fails(rapport: Terminal) -> None:
    change(rapport.database_url, "UPDATE audit_entry SET actor = 'nobody' WHERE action = 'needRecord'")
    said = rapport("audit", "verify")
    assert said.code == 1
    assert re.match(r"BROKEN chain 0, position 1\b", said.out), said.out
    assert "NOT WHOLE: " in said.err
    told = json.loads(rapport("audit", "verify", "--json").out)
    assert (told["whole"], told["sealed"], told["waiting"]) == (False, 120, 0)
    assert set(told["broken"][0]) == {"bucket", "position", "entry", "what"}


def test_what_waits_too_long_fails(rapport: Terminal) -> None:
    change(rapport.database_url, "DELETE FROM audit_seal WHERE bucket = 3")
    old = "SELECT entry_id, bucket FROM audit_entry WHERE bucket = 3"
    change(rapport.database_url, f"INSERT INTO audit_unsealed {old}")
    said = rapport("audit", "verify")
    assert said.code == 1
    assert "is the worker running?" in said.out
    now = datetime.now(UTC) + timedelta(seconds=1)
    act(rapport.database_url, lambda tx: seal(tx, now=now))
    assert rapport("audit", "verify").code == 0


@pytest.mark.parametrize("form", ["--heads", "--json"])
def test_a_witness_finds_what_was_written_anew(rapport: Terminal, form: str) -> None:
    heads = rapport.folder / "heads"
    heads.write_text(rapport("audit", "verify", form).out)
    assert len(heads.read_text().splitlines()) >= 16
    assert rapport("audit", "verify", "--witness", str(heads)).code == 0
    change(rapport.database_url, "DELETE FROM audit_seal")
    change(rapport.database_url, "UPDATE audit_entry SET actor = 'nobody'")
    change(rapport.database_url, "INSERT INTO audit_unsealed SELECT entry_id, bucket FROM audit_entry")
    act(rapport.database_url, lambda tx: seal(tx, now=datetime.now(UTC)))
    assert rapport("audit", "verify").code == 0
    said = rapport("audit", "verify", "--witness", str(heads))
    assert said.code == 1
    assert "the witness saw" in said.out


@pytest.mark.parametrize("text", ["what", "{}", '{"heads": [1]}', "1 2", "a b c"])
def test_a_file_that_holds_no_heads_is_refused(rapport: Terminal, text: str) -> None:
    (rapport.folder / "heads").write_text(text)
    said = rapport("audit", "verify", "--witness", "heads")
    assert (said.code, "holds no heads" in said.err) == (2, True)


def test_it_is_told_of_a_database_that_has_no_log(tmp_path: Path, database_url: str) -> None:
    change(database_url, "DROP TABLE audit_seal")
    with pytest.raises(asyncpg.PostgresError):
        change(database_url, "SELECT * FROM audit_seal")
    assert Terminal(tmp_path, database_url)("audit", "verify").code == 2

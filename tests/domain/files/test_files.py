"""Files of jobs: written piece by piece, found by who may have them, gone when their time is over."""

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import files
from domain.access.principal import OPERATOR, Principal
from domain.database import Tx
from domain.errors import ErrorCode, Refused
from domain.ids import KeyId, new_id
from domain.ledger.commands import enqueue
from domain.vocabulary import JobKind, Role

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = KeyId(new_id(NOW))
PARTNER = Principal("shop", Role.PARTNER, source="shop", key_id=KEY)


async def rows_of(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def written(tx: Tx, *parts: bytes, personal: bool = False, asked_by: Principal = PARTNER) -> tuple[UUID, UUID]:
    job = await enqueue(tx, JobKind.EXPORT, {}, principal=asked_by, now=NOW)
    expires = NOW + timedelta(days=7)
    made = rows_of(*parts)
    about = {"personal": personal, "expires_at": expires, "now": NOW}
    return job, await files.write(tx, job, "all of it.csv", "text/csv", made, **about, heading=b"h\n")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, files.PIECE - 2, files.PIECE - 1, files.PIECE, 2 * files.PIECE + 7])
async def test_what_is_read_is_what_was_written(tx: Tx, size: int) -> None:
    parts = [b"x" * size, b"tail"]
    job, file = await written(tx, *parts)
    view = await files.find(tx, file, principal=OPERATOR, now=NOW)
    assert view is not None
    whole = b"h\n" + b"".join(parts)
    pieces = [await files.piece(tx, file, at) for at in range(view.size // files.PIECE + 1)]
    assert b"".join(part for part in pieces if part) == whole
    assert all(len(part or b"") == files.PIECE for part in pieces[:-1])
    assert (view.size, view.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert await tx.fetchval("SELECT rows FROM job_file WHERE job_id = $1", job) == 2


async def refusal(tx: Tx, file: UUID, caller: Principal) -> ErrorCode:
    with pytest.raises(Refused) as refused:
        await files.find(tx, file, principal=caller, now=NOW)
    return refused.value.faults[0].code


async def test_a_file_is_its_askers_and_the_admins(tx: Tx) -> None:
    _, file = await written(tx, b"row\n")
    assert await files.find(tx, file, principal=PARTNER, now=NOW) is not None
    other = KeyId(new_id(NOW))
    assert await refusal(tx, file, Principal("a", Role.ANALYST, key_id=other)) is ErrorCode.NOT_ALLOWED
    assert await refusal(tx, file, Principal("p", Role.PARTNER, source="till", key_id=KEY)) is ErrorCode.NOT_FOUND
    assert await refusal(tx, file, Principal("p", Role.PARTNER, source="shop", key_id=other)) is ErrorCode.NOT_ALLOWED
    assert await refusal(tx, new_id(NOW), OPERATOR) is ErrorCode.NOT_FOUND


async def test_personal_data_needs_who_may_read_it(tx: Tx) -> None:
    _, file = await written(tx, b"row\n", personal=True)
    assert await refusal(tx, file, PARTNER) is ErrorCode.NOT_ALLOWED
    assert await refusal(tx, file, Principal("a", Role.ADMIN)) is ErrorCode.NOT_ALLOWED
    assert await files.find(tx, file, principal=OPERATOR, now=NOW) is not None


async def test_what_is_over_is_gone_and_then_forgotten(tx: Tx) -> None:
    _, file = await written(tx, b"row\n")
    later = NOW + timedelta(days=8)
    assert await files.find(tx, file, principal=PARTNER, now=later) is None
    await files.tidy(tx, later)
    assert await files.piece(tx, file, 0) is None
    assert await files.find(tx, file, principal=PARTNER, now=later) is None
    await files.tidy(tx, later + timedelta(days=40))
    assert await refusal(tx, file, PARTNER) is ErrorCode.NOT_FOUND


async def test_files_of_a_job_are_forgotten_at_once(tx: Tx) -> None:
    job, file = await written(tx, b"row\n")
    await files.forget(tx, [job])
    assert await files.piece(tx, file, 0) is None
    assert await refusal(tx, file, OPERATOR) is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\n=1"])
def test_no_text_is_a_formula(cell: str) -> None:
    [[told]] = csv.reader(io.StringIO(files.csv_line([cell]).decode(), newline=""))
    assert told == f"'{cell}"


@given(st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.none()), min_size=2))
def test_a_line_says_what_its_cells_say(cells: list[object]) -> None:
    [read] = csv.reader(io.StringIO(files.csv_line(cells).decode(), newline=""))
    told = ["" if cell is None else files.neutral(cell) if isinstance(cell, str) else str(cell) for cell in cells]
    assert read == told
    assert not any(
        cell[:1] in "=@\t\r" for cell, given in zip(read, cells, strict=True) if cell and isinstance(given, str)
    )

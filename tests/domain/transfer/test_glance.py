"""A glance at an upload's pieces spares reading it twice, and only where nothing can be wrong with all of it."""

import gzip
from collections.abc import AsyncIterator, Sequence

import pytest

from domain.access.principal import OPERATOR
from domain.database import Database
from domain.ids import new_id
from domain.transfer import Kind, commands_uploads
from domain.transfer.commands_uploads import PIECE
from domain.transfer.uploads import Upload
from tests.support.importing import NOW

SHORT = b'{"a": 1}\n'
FULL = SHORT * (PIECE // len(SHORT))
LATE = b"x" * (1 << 16) + b"\n"


async def seen(db: Database, *pieces: bytes) -> bool:
    async def sent() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    job = new_id(NOW)
    async with db.transaction() as tx:
        await commands_uploads.receive(tx, job, sent())
        about = Upload(job, Kind.TOUCHPOINTS, sum(map(len, pieces)), len(pieces), NOW, OPERATOR)
        return await commands_uploads.plainly_lines(tx, about)


@pytest.mark.parametrize("pieces", [(SHORT,), (FULL, FULL), (FULL, b'{"a"'), (SHORT * 2 + b"x" * 90_000, SHORT)])
async def test_lines_that_end_soon_in_every_piece_are_short(db: Database, pieces: Sequence[bytes]) -> None:
    assert await seen(db, *pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        *[(), (b"a\n",), (gzip.compress(FULL), FULL), (FULL, LATE, FULL), (FULL, LATE), (b"x" * 90_000,)],
        *[(FULL, b"x", FULL), (SHORT, b"x" * PIECE), (FULL + SHORT * 9, FULL)],
    ],
)
async def test_all_else_is_read_through(db: Database, pieces: Sequence[bytes]) -> None:
    assert not await seen(db, *pieces)

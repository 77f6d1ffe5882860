"""Files in: compressed or not, from a pipe, cut off, killed and run again, twice at once."""

import asyncio
import gzip
import io
import lzma
from collections.abc import Callable

import orjson
import pytest
import zstandard

from domain.database import Database
from domain.errors import Refused
from domain.transfer import Kind, Phase, Progress, import_records, kinds
from domain.transfer.reading import Source
from domain.transfer.stage import Batches
from tests.support.importing import CLAIMS, NOW, bring, fingerprint, order, person, with_products

DATA = b"one\n" + b"\n" + b"two" * 10_000 + b"\nthree"
PACKED = {
    "plain": DATA,
    "gz": gzip.compress(DATA),
    "two gz": gzip.compress(DATA[:10]) + gzip.compress(DATA[10:]),
    "xz": lzma.compress(DATA),
    "zst": zstandard.compress(DATA),
}


class Pipe(io.RawIOBase):
    """Gives a few bytes at a time and cannot be sought in, as standard input."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(min(size, 3) if size > 0 else 3)


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("pipe", [False, True])
def test_every_compression_gives_the_same_lines(form: str, pipe: bool) -> None:
    packed = PACKED[form]
    source = Source(Pipe(packed) if pipe else io.BytesIO(packed))
    assert list(source.lines()) == [(1, b"one"), (2, b""), (3, b"two" * 10_000), (4, b"three")]
    assert source.bytes_read == len(packed)


@pytest.mark.parametrize("form", ["gz", "xz", "zst"])
def test_a_file_that_is_cut_is_told(form: str) -> None:
    with pytest.raises(Refused):
        list(Source(io.BytesIO(PACKED[form][:-3])).lines())


async def test_a_cut_file_leaves_nothing(db: Database) -> None:
    await with_products(db)
    before = await fingerprint(db)
    orders = b"\n".join(orjson.dumps(order(str(at))) for at in range(500))
    with pytest.raises(Refused):
        await bring(db, Kind.ORDERS, gzip.compress(orders)[:-5])
    assert await fingerprint(db) == before


async def test_killed_and_run_again_it_is_all_duplicates(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await with_products(db)
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", 20)
    orders = [order(str(at), customer=person(str(at % 3))) for at in range(50)]
    data = b"\n".join(orjson.dumps(one) for one in orders)

    def killed(progress: Progress) -> None:
        if progress.phase is Phase.RECORDING and progress.rows_recorded >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_records(db, Kind.ORDERS, io.BytesIO(data), claims=CLAIMS, now=NOW, progress=killed)
    again = await bring(db, Kind.ORDERS, data)
    assert again.statuses == (30, 0, 20, 0)
    async with db.connection() as tx:
        assert await tx.fetchval("SELECT sum(orders) FROM customer_month") == 50
        assert not await tx.fetch("SELECT 1 FROM pg_tables WHERE tablename LIKE 'import%'")


async def test_the_same_file_twice_at_once_records_each_order_once(db: Database) -> None:
    await with_products(db)
    orders = [order(str(at), customer=person(str(at % 7))) for at in range(300)]
    both = await asyncio.gather(bring(db, Kind.ORDERS, orders), bring(db, Kind.ORDERS, orders[::-1]))
    assert [sum(one.statuses[at] for one in both) for at in range(4)] == [300, 0, 300, 0]
    async with db.connection() as tx:
        counts = await tx.fetchrow(
            "SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM touchpoint), (SELECT sum(orders)"
            " FROM customer_month), (SELECT count(*) FROM customer_order), (SELECT count(*) FROM customer_score)"
        )
    assert counts is not None
    assert tuple(counts) == (7, 300, 300, 300, 7)


def test_batches_end_before_they_grow_too_large() -> None:
    batches = Batches()
    assert [batches.of(rows) for rows in (kinds.BATCH_ROWS - 1, 1, 1, kinds.BATCH_ROWS)] == [0, 0, 1, 2]


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(Refused):
        list(Source(io.BytesIO(b"x" * (9 << 20))).lines())


# Made by the test that needs one: each process that collects tests would else make them all.
BOMBS: dict[str, Callable[[], bytes]] = {
    "gz": lambda: gzip.compress(b"x" * (9 << 20)) * 30,
    "xz": lambda: lzma.compress(b"x" * (9 << 20)) * 30,
    "zst": lambda: zstandard.compress(b"x" * (270 << 20)),
}


@pytest.mark.parametrize("form", ["gz", *(pytest.param(form, marks=pytest.mark.proof) for form in ("xz", "zst"))])
def test_what_bloats_never_fills_the_memory(form: str) -> None:
    """270 MiB of one letter come in pieces that fit, until it is told that this is no file of records."""
    bomb = BOMBS[form]()
    sizes: list[int] = []
    with pytest.raises(Refused, match="times as long"):
        sizes.extend(len(chunk) for chunk in Source(io.BytesIO(bomb)).chunks())
    assert 0 < max(sizes) <= 32 << 20


@pytest.mark.parametrize("form", list(PACKED))
def test_it_is_checked_to_its_end(form: str) -> None:
    Source(io.BytesIO(PACKED[form])).check()
    with pytest.raises(Refused, match="longer than 8 MiB"):
        Source(io.BytesIO(b"short\n" + b"x" * (9 << 20) + b"\nshort\n")).check()

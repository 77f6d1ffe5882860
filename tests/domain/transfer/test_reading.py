"""Files in: compressed or not, from a pipe, cut off, killed and run again, twice at once."""

import asyncio
import gzip
import io
import lzma

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


BOMBS = {
    "gz": gzip.compress(b"x" * (9 << 20)) * 30,
    "xz": lzma.compress(b"x" * (9 << 20)) * 30,
    "zst": zstandard.compress(b"x" * (270 << 20)),
}


@pytest.mark.parametrize("form", list(BOMBS))
def test_what_bloats_never_fills_the_memory(form: str) -> None:
    """270 MiB of one letter come in pieces that fit, until it is told that this is no file of records."""
    bomb = BOMBS[form]
    sizes: list[int] = []
    with pytest.raises(Refused, match="times as long"):
        sizes.extend(len(chunk) for chunk in Source(io.BytesIO(bomb)).chunks())
    assert 0 < max(sizes) <= 32 << 20


@pytest.mark.parametrize("form", list(PACKED))
def test_it_is_checked_to_its_end(form: str) -> None:
    Source(io.BytesIO(PACKED[form])).check()
    with pytest.raises(Refused, match="longer than 8 MiB"):
        Source(io.BytesIO(b"short\n" + b"x" * (9 << 20) + b"\nshort\n")).check()

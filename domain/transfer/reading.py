"""Bytes in: a file or a pipe, plain or compressed (told by its first bytes), cut into numbered lines."""

import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import zstandard

from domain.errors import Fault, Refused

_CHUNK = 1 << 20
# Small where it is inflated: a chunk may become some thousand times as long.
_INFLATED_CHUNK = 1 << 16
LONGEST_LINE = 8 << 20
_GZIP, _XZ, _ZSTD = b"\x1f\x8b", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"


class _Inflater(Protocol):
    """What gz, xz and zst have in common; several streams may stand one after another."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Source:
    """A stream that counts the stored bytes it has given. Raises Refused where the compression is broken or cut."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = _INFLATED_CHUNK
        self.bytes_read = 0

    def chunks(self) -> Iterator[bytes]:
        head = self._read()
        while 0 < len(head) < len(_XZ) and (more := self._read()):
            head += more
        start = _starter(head)
        yield from self._plain(head) if start is None else self._inflated(head, start)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines with their numbers from 1, without the line's end; an empty one is given too."""
        begun: list[bytes] = []
        waiting, number = 0, 0
        for chunk in self.chunks():
            head, end, tail = chunk.partition(b"\n")
            begun.append(head)
            waiting += len(head)
            if waiting > LONGEST_LINE:
                raise Refused(Fault.invalid(f"line {number + 1} is longer than 8 MiB: is this the file?"))
            if not end:
                continue
            *whole, last = tail.split(b"\n")
            for part in (b"".join(begun), *whole):
                number += 1
                yield number, part
            begun, waiting = [last], len(last)
        if waiting:
            yield number + 1, b"".join(begun)

    def _read(self) -> bytes:
        data = self._stream.read(self._size)
        self.bytes_read += len(data)
        return data

    def _plain(self, data: bytes) -> Iterator[bytes]:
        self._size = _CHUNK
        while data:
            yield data
            data = self._read()

    def _inflated(self, data: bytes, kind: bytes) -> Iterator[bytes]:
        inflater = _inflater(kind)
        try:
            while data:
                if out := inflater.decompress(data):
                    yield out
                data = inflater.unused_data if inflater.eof else b""
                if inflater.eof:
                    data = data or self._read()
                    inflater = _inflater(kind) if data.strip(b"\0") else inflater
                    data = data if data.strip(b"\0") else b""
                else:
                    data = self._read()
        except (zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
            raise Refused(Fault.invalid("the compressed file is damaged: nothing of it was recorded")) from error
        if not inflater.eof:
            raise Refused(Fault.invalid("the compressed file ends too early: nothing of it was recorded"))


def _starter(head: bytes) -> bytes | None:
    return next((magic for magic in (_GZIP, _XZ, _ZSTD) if head.startswith(magic)), None)


def _inflater(kind: bytes) -> _Inflater:
    if kind == _GZIP:
        return zlib.decompressobj(wbits=31)
    if kind == _XZ:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=512 << 20)
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()

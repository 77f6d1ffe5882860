"""Bytes in: a file or a pipe, plain or compressed (told by its first bytes), cut into numbered lines.

What is compressed is inflated a bounded piece at a time, whatever it claims to become.
"""

import lzma
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import zstandard

from domain.errors import Fault, Refused

_CHUNK: Final = 1 << 20
# Small where it is inflated: a chunk may become some thousand times as long.
_INFLATED_CHUNK: Final = 1 << 16
# zstd cannot be told to stop: of this much it makes 32 MiB at most.
_ZSTD_BITE: Final = 1 << 10
_MOST_AT_ONCE: Final = 1 << 20
LONGEST_LINE: Final = 8 << 20
_GZIP, _XZ, _ZSTD = b"\x1f\x8b", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
_BLOATS: Final = 250
_BLOATS_FROM: Final = 256 << 20
"""Beyond this many bytes, what becomes more than 250 times as long is no file of records."""


class Stream(Protocol):
    """What is read from: at most so many bytes, none at the end."""

    def read(self, size: int, /) -> bytes: ...


class _Inflater(Protocol):
    """What gz, xz and zst have in common; several streams may stand one after another."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def feed(self, data: bytes, /) -> Iterator[bytes]: ...


class Source:
    """A stream that counts the stored bytes it has given. Raises Refused where the compression is broken or cut."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._size = _INFLATED_CHUNK
        self.bytes_read = 0

    def chunks(self) -> Iterator[bytes]:
        head = self._read()
        while 0 < len(head) < len(_XZ) and (more := self._read()):
            head += more
        start = starter(head)
        yield from self._plain(head) if start is None else self._inflated(head, start)

    def check(self) -> None:
        """Reads to the end. Raises Refused for what refuses a file whole wherever it stands."""
        waiting, number = 0, 0
        for chunk in self.chunks():
            head, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            _short_enough(waiting + (len(chunk) if head < 0 else head), number)
            number += chunk.count(b"\n")
            waiting = waiting + len(chunk) if last < 0 else len(chunk) - last - 1

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines with their numbers from 1, without the line's end; an empty one is given too."""
        begun: list[bytes] = []
        waiting, number = 0, 0
        for chunk in self.chunks():
            head, end, tail = chunk.partition(b"\n")
            begun.append(head)
            waiting += len(head)
            _short_enough(waiting, number)
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
        inflater, made = _inflater(kind), 0
        try:
            while data:
                for out in inflater.feed(data):
                    made += len(out)
                    if made > max(_BLOATS_FROM, _BLOATS * self.bytes_read):
                        raise Refused(Fault.invalid(f"the compressed file becomes more than {_BLOATS} times as long"))
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


def _short_enough(length: int, lines_before: int) -> None:
    if length > LONGEST_LINE:
        raise Refused(Fault.invalid(f"line {lines_before + 1} is longer than 8 MiB: is this the file?"))


def starter(head: bytes) -> bytes | None:
    """The first bytes of a compressed stream; None where it is none."""
    return next((magic for magic in (_GZIP, _XZ, _ZSTD) if head.startswith(magic)), None)


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        while data and not self.eof:
            if out := self._inner.decompress(data, _MOST_AT_ONCE):
                yield out
            data = self._inner.unconsumed_tail


class _Xz:
    def __init__(self) -> None:
        self._inner = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=512 << 20)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        while data or not (self.eof or self._inner.needs_input):
            if out := self._inner.decompress(data, _MOST_AT_ONCE):
                yield out
            data = b""


class _Zstd:
    def __init__(self) -> None:
        self._inner = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        self._left = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._left

    def feed(self, data: bytes, /) -> Iterator[bytes]:
        at = 0
        while at < len(data) and not self.eof:
            if out := self._inner.decompress(data[at : at + _ZSTD_BITE]):
                yield out
            at += _ZSTD_BITE
        self._left = data[at:]


def _inflater(kind: bytes) -> _Inflater:
    return _Gzip() if kind == _GZIP else _Xz() if kind == _XZ else _Zstd()

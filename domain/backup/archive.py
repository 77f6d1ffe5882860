"""The backup file: a zip with a manifest, the deployment's secret, and one entry a table in Postgres's text COPY.

It is no pg_dump, because that must match the server's version, and because the secret has to travel with the data.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
SECRET = "secret"
CHUNK = 1 << 18

Progress = Callable[[str, int], None]
"""Told the table at hand and how many bytes of it came since last told."""


class BadBackup(Exception):
    """The file is no backup, is damaged, or does not fit; the message says which and what to do."""


class TableEntry(msgspec.Struct, frozen=True):
    """One table: its columns in the order of its bytes, how many rows, how many bytes and their SHA-256."""

    name: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in the file, as of when, at which revision of the migrations, under which secret."""

    format: int
    made_at: str
    revision: str
    secret_fingerprint: str
    tables: tuple[TableEntry, ...]
    touchpoint_years: tuple[int, ...]


@dataclass(slots=True)
class TableWriter:
    """Takes the bytes of one table; counts, hashes and compresses them on the way."""

    entry: IO[bytes]
    told: Callable[[int], None]
    size: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def __call__(self, data: bytes) -> None:
        self.entry.write(data)
        self.digest.update(data)
        self.size += len(data)
        self.told(len(data))


def entry_name(table: str) -> str:
    return f"tables/{table}.copy"


def open_entry(archive: ZipFile, table: str) -> IO[bytes]:
    info = ZipInfo(entry_name(table))
    info.compress_type = ZIP_DEFLATED
    return archive.open(info, "w", force_zip64=True)


def read_manifest(archive: ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (KeyError, BadZipFile, msgspec.MsgspecError) as error:
        raise BadBackup("this file is no backup of Rapport, or its end is missing") from error
    if manifest.format > FORMAT:
        raise BadBackup(f"this backup has format {manifest.format}; this Rapport reads up to {FORMAT}: use a newer one")
    return manifest

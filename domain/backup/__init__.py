"""Backups: the whole database and its secret in one file that any newer Rapport and any Postgres can read."""

from domain.backup.archive import SECRET, BadBackup, Manifest, TableEntry, read_manifest
from domain.backup.commands import restore_tables
from domain.backup.queries import is_empty, write_tables

__all__ = [
    "SECRET",
    "BadBackup",
    "Manifest",
    "TableEntry",
    "is_empty",
    "read_manifest",
    "restore_tables",
    "write_tables",
]

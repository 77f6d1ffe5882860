"""Files that jobs make, kept in the database so that every web process has them."""

from domain.files.commands import Scribe, forget, forget_naming, names_somebody_erased, tidy, write
from domain.files.csv import csv_line, neutral
from domain.files.queries import PIECE, FileView, find, piece

__all__ = [
    "PIECE",
    "FileView",
    "Scribe",
    "csv_line",
    "find",
    "forget",
    "forget_naming",
    "names_somebody_erased",
    "neutral",
    "piece",
    "tidy",
    "write",
]

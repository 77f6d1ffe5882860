"""Files that jobs make, kept in the database so that every web process has them."""

from domain.files.commands import forget, tidy, write
from domain.files.csv import csv_line, neutral
from domain.files.queries import PIECE, FileView, find, piece

__all__ = ["PIECE", "FileView", "csv_line", "find", "forget", "neutral", "piece", "tidy", "write"]

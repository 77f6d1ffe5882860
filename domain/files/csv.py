"""Rows of a CSV for people's spreadsheets: quoted where needed, and never a formula."""

import csv
from collections.abc import Iterable
from typing import Final

_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What csv.writer writes into."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def neutral(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: an apostrophe goes before what would begin one.

    Blanks before it do not hide it, for some programs cut them off.
    """
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_STARTS_A_FORMULA) else text


def csv_line(cells: Iterable[object]) -> bytes:
    """One row with its line's end. Texts are neutralised; numbers, being none, stay (-5 is -5)."""
    line = _Line()
    csv.writer(line).writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.text.encode()

"""What a page is put together from: sections of exhibits, each a picture with the table that it was drawn from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; the first column heads its row.

    The first `words` columns are text, the rest numbers. A `tall` one is scrolled, but printed whole.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    tall: bool = False
    words: int = 1


@dataclass(frozen=True, slots=True)
class Exhibit:
    """`picture` is an element of the page; `said` is what it shows, in a sentence or two."""

    title: str
    said: str
    picture: str
    table: Table


@dataclass(frozen=True, slots=True)
class Section:
    """`missing` tells what cannot be shown yet, and why."""

    place: str
    title: str
    lead: str
    exhibits: tuple[Exhibit, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()

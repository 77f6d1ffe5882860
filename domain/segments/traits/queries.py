"""The fragments that traits are read and counted by: for a segment in a question, for everybody in a job."""

from functools import cache
from pathlib import Path
from typing import Final

from domain.analytics.entity import RFM
from domain.segments.entities.withheld import FEWEST, unless_read, veiled
from domain.sqlfile import statements

_SQL: Final = Path(__file__).parent / "sql" / "traits.sql"
MOST_MEMBERS: Final = 5_000
"""Of so many members the shares are counted: they are within 1.4 percentage points then, 95 times in 100."""
PERSONAL: Final = ("age",)
"""Attributes that are made of personal data."""
_AGES = (
    (30, "within 30 days"),
    (90, "31 to 90 days ago"),
    (180, "91 to 180 days ago"),
    (365, "181 to 365 days ago"),
    (730, "1 to 2 years ago"),
)


def traits() -> str:
    """A select of a segment's traits; names as the reader fills them."""
    text = _part("traits").format(
        segment="{a}", most=MOST_MEMBERS, words=words("whom"), numbers=numbers("whom"), reads="{reads}"
    )
    told = unless_read(f"d.customers >= {FEWEST} OR NOT {veiled('{a}.segment_id')}")
    return f"{text} WHERE d.share_in_segment <> d.share_overall AND {told}"


def words(whom: str, *, now: str = "{now}", today: str = "{today}") -> str:
    """What the customers of a relation are and do: customer_id, attribute, value."""
    ages = {"last_order": _ago("s.last_order_at", now), "first_order": _ago("s.first_order_at", now)}
    return _part("words").format(whom=whom, today=today, rfm=RFM.columns["label"].sql.format(s="s"), **ages)


def numbers(whom: str) -> str:
    """Their numbers: customer_id, attribute, number."""
    return _part("numbers").format(whom=whom)


def statement(name: str) -> str:
    """One of the nightly count's, over t_trait_whom; its day is that of the zone in its last parameter."""
    return _part(name)


def _ago(instant: str, now: str) -> str:
    cases = " ".join(f"WHEN {instant} >= {now} - interval '{days} days' THEN '{told}'" for days, told in _AGES)
    return f"CASE {cases} WHEN {instant} IS NOT NULL THEN 'more than 2 years ago' END"


@cache
def _part(name: str) -> str:
    """The statement without its comments."""
    lines = statements(_SQL)[name].splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))

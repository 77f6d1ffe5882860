"""The fragments that traits are read and counted by: for a segment in a question, for everybody in a job."""

from pathlib import Path
from typing import Final

from domain.analytics.entity import RFM
from domain.segments.entities.withheld import FEWEST, unless_read, veiled
from domain.sqlfile import part

_SQL: Final = Path(__file__).parent / "sql" / "traits.sql"
MOST_MEMBERS: Final = 5_000
"""Of so many members the shares are counted: they are within 1.4 percentage points then, 95 times in 100."""
PERSONAL: Final = ("age",)
"""Attributes that are made of personal data."""
PLACE: Final = "(get_byte(uuid_send({0}), 15) * 256 + get_byte(uuid_send({0}), 14))"
"""Where an id stands, 0 to 65535: its end, which is of chance. Of very many customers the first are looked at."""
THREE_DIGITS: Final = (
    "(CASE WHEN {0} = 0 THEN 0 ELSE least(greatest(round({0}::numeric, 2 - floor(log(abs({0})::numeric))::int),"
    " -1.79e308), 1.79e308) END)"
)
"""A number cut at three digits; the largest that there are stay numbers."""
_AGES = (
    (30, "within 30 days"),
    (90, "31 to 90 days ago"),
    (180, "91 to 180 days ago"),
    (365, "181 to 365 days ago"),
    (730, "1 to 2 years ago"),
)


def traits() -> str:
    """A select of a segment's traits; names as the reader fills them."""
    text = part(_SQL, "traits").format(
        segment="{a}",
        most=MOST_MEMBERS,
        place=PLACE.format("k.customer_id"),
        words=words("whom"),
        numbers=numbers("whom"),
        reads="{reads}",
    )
    told = unless_read(f"d.customers >= {FEWEST} OR NOT {veiled('{a}.segment_id')}")
    return f"{text} WHERE d.share_in_segment <> d.share_overall AND {told}"


def words(whom: str, *, now: str = "{now}", today: str = "{today}") -> str:
    """What the customers of a relation are and do: customer_id, attribute, value."""
    ages = {"last_order": _ago("s.last_order_at", now), "first_order": _ago("s.first_order_at", now)}
    return part(_SQL, "words").format(whom=whom, today=today, rfm=RFM.columns["label"].sql.format(s="s"), **ages)


def numbers(whom: str) -> str:
    """Their numbers: customer_id, attribute, number."""
    return part(_SQL, "numbers").format(whom=whom)


def statement(name: str) -> str:
    """One of the nightly count's, over t_trait_whom; its day is that of the zone in its last parameter."""
    text = part(_SQL, name).replace("{place}", PLACE.format("customer_id"))
    return text.replace("{three_digits}", THREE_DIGITS.format("c.at"))


def _ago(instant: str, now: str) -> str:
    cases = " ".join(f"WHEN {instant} >= {now} - interval '{days} days' THEN '{told}'" for days, told in _AGES)
    return f"CASE {cases} WHEN {instant} IS NOT NULL THEN 'more than 2 years ago' END"

"""Parts of the portfolio's SQL as they stand in their files, and what several of them say alike."""

from pathlib import Path
from typing import Final

from domain import sqlfile

_FOLDER: Final = Path(__file__).parent / "sql"
IN_TIME: Final = "{0} >= {{since}} AND {0} < {{until}}"
"""That an instant lies in the portfolio's period."""
OF_ORDER: Final = "l.customer_id = o.customer_id AND uuid_send(l.order_id) = uuid_send(o.order_id)"
"""That a line l is of the order o. Compared as they stand, both columns together let Postgres expect a dozen lines of
everybody, for it knows no more than how many customers and how many orders there are, and plan for that.
"""


def part(file: str, name: str) -> str:
    """One part of a file; its names are filled by `filled`, or by the reader."""
    return sqlfile.part(_FOLDER / f"{file}.sql", name)


def filled(text: str, **said: str) -> str:
    """The text with these names in place; the reader knows the others."""
    for name, value in said.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def spanned(name: str) -> str:
    """SQL of the portfolio's period as a DateTimeFilter of that name, in JSON; an empty object where it has none."""
    ends = ", ".join(f"'{key}', CASE WHEN isfinite({end}) THEN {told(end)} END" for key, end in _ENDS)
    return (
        f"(CASE WHEN {{whole}} THEN '{{{{}}}}'::jsonb"
        f" ELSE jsonb_build_object('{name}', jsonb_strip_nulls(jsonb_build_object({ends}))) END)"
    )


_ENDS: Final = (("gte", "{since}"), ("lt", "{until}"))


def told(instant: str) -> str:
    """SQL of an instant in JSON, as text."""
    return f"""to_char({instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""

"""Groups that profit is told by: a select of what each earned, and how a group is told; the words all of them share."""

from dataclasses import dataclass
from typing import Final

import orjson

from domain.portfolio.entity import AMOUNTS, SUMS
from domain.portfolio.fragments import part
from domain.portfolio.queries_earning import union
from domain.segments.traits.queries import THREE_DIGITS

WORDS: Final = "upper(left({0}, 1)) || lower(replace(substr({0}, 2), '_', ' '))"
"""SQL of a word of a closed set as people write it."""
EQUAL: Final = "jsonb_build_object('eq', g.key)"


@dataclass(frozen=True, slots=True)
class Groups:
    """A select of key, customers and amounts, under g; and how each is told: its key, its label, and as JSON the
    CustomerFilter of its customers among those who were asked for.
    """

    grouped: str
    label: str
    where: str
    key: str = "g.key"
    joined: str = ""
    # Who was erased is in a group of their own, g.erased.
    erased: bool = False
    # Together they are all that was earned.
    adds_up: bool = False


def json_of(value: object) -> str:
    """SQL of a constant, as a template has it."""
    text = orjson.dumps(value).decode().replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{text}'::jsonb"


NOBODY: Final = json_of({"id": {"in": []}})
"""The filter of a group none of whose customers is left."""
EVERYBODY: Final = json_of({})
"""The filter of a group whose customers are all who were asked for."""


def filled(name: str, **said: str) -> str:
    """A statement of sql/grouping.sql, whose other names the reader fills in."""
    names = {name: f"{{{name}}}" for name in ("who", "amounts", "theirs", "forgotten", "in_k", "reads", "attribute")}
    told = ", ".join(f"coalesce(f.{name}, 0) AS {name}" for name in AMOUNTS)
    return part("grouping", name).format_map(
        {**names, "sums": SUMS, "told": told, "three_digits": THREE_DIGITS.format("c.at"), **said}
    )


def of_customers(members: str, enough: str = "", *, erased: bool = False) -> str:
    """Groups that customers are in: `members` selects customer_id and key.

    `erased`: and a group of what erased customers had earned, where no filter leaves anybody out.
    """
    return filled("of_customers", members=members, enough=enough, others=filled("of_erased") if erased else "")


def of_facts(
    facts: list[str], customers: str, *, nothing: str = "''", key: str = "f.key", joined: str = "", many: bool = False
) -> str:
    """Groups that facts are in, summed by f.key; `key` is made of that by what is joined. `nothing` is the key of what
    is of none, whose customers are all who were asked for. `many`: customers have very many rows.
    """
    each_once = filled("many_once" if many else "few_once", customers=customers)
    said = {"facts": union(facts), "each_once": each_once, "nothing": nothing, "key": key, "joined": joined}
    return filled("of_facts", **said)

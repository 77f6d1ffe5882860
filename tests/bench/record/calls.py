"""What is sent: touchpoints of known customers, each new; the same rows as a GraphQL request and for the floor."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import orjson

SEED, CUSTOMERS = 20260301, 20_000
STRAIGHT = "mutation ($rows: [TouchpointInput!]!) { touchpointsRecord(input: $rows) { created rejected } }"
STANDARD = STRAIGHT.replace(" } }", " } __typename }")
"""A field that no bulk mutation is: the whole operation goes the standard way."""
ONE = "mutation ($row: TouchpointInput!) { touchpointRecord(input: $row) { touchpoint { id } errors { message } } }"
_START = datetime(2025, 1, 1, tzinfo=UTC)
Row = dict[str, object]


@dataclass(slots=True)
class Rows:
    """New rows without end."""

    chance: random.Random
    numbers: Iterator[int]

    @classmethod
    def fresh(cls) -> Rows:
        return cls(random.Random(SEED), count())

    def some(self, many: int) -> list[Row]:
        return [self._one(next(self.numbers)) for _ in range(many)]

    def _one(self, number: int) -> Row:
        at = _START + timedelta(seconds=self.chance.randrange(365 * 86_400))
        return {
            "customer": _person(self.chance.randrange(CUSTOMERS)),
            "channel": self.chance.choice(("WEB", "MOBILE_APP", "EMAIL")),
            "kind": self.chance.choice(("VISIT", "VIEW", "SEARCH", "CLICK")),
            "occurredAt": at.isoformat(),
            "source": "shop",
            "externalId": f"t{number}",
            "subject": "Autumn shoes",
        }


def everybody() -> list[Row]:
    """A touchpoint each, by which the house gets to know them."""
    rows = Rows(random.Random(SEED + 1), count(10**9)).some(CUSTOMERS)
    return [row | {"customer": _person(number)} for number, row in enumerate(rows)]


def many(document: str, rows: list[Row]) -> bytes:
    return orjson.dumps({"query": document, "variables": {"rows": rows}})


def one(row: Row) -> bytes:
    return orjson.dumps({"query": ONE, "variables": {"row": row}})


def _person(number: int) -> Row:
    return {"identity": {"kind": "EXTERNAL_ID", "value": f"c{number}"}}

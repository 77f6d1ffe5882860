"""Imports in tests: rows in, what became of them out; and a fingerprint of everything that is stored."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.database import Database
from domain.query.asking import Keys, Occasion
from domain.transfer import Kind, Summary, import_records
from domain.vocabulary import AttributeType

CLAIMS = b"k" * 32
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
Given = dict[str, object]
_CHANGING = ["customer_mark", "job", "schedule", "worker_beat"]


@dataclass(frozen=True, slots=True)
class Brought:
    summary: Summary
    rejects: list[Given]

    @property
    def statuses(self) -> tuple[int, int, int, int]:
        """Created, updated, duplicates, rejected."""
        told = self.summary
        return told.created, told.updated, told.duplicates, told.rejected

    @property
    def faults(self) -> list[tuple[object, object, object]]:
        return [(one["line"], one["field"], one["code"]) for one in self.rejects]


Rows = bytes | Sequence[Mapping[str, object]]


async def bring(
    db: Database,
    kind: Kind,
    given: Rows,
    *,
    now: datetime = NOW,
    tombstones: bytes = b"",
    caller: Principal = OPERATOR,
) -> Brought:
    data = given if isinstance(given, bytes) else b"\n".join(orjson.dumps(one) for one in given)
    rejects = io.StringIO()
    summary = await import_records(
        db, kind, io.BytesIO(data), claims=CLAIMS, now=now, tombstones=tombstones, caller=caller, rejects=rejects
    )
    return Brought(summary, [orjson.loads(line) for line in rejects.getvalue().splitlines()])


def person(value: str = "1", source: str = "shop") -> Given:
    return {"identity": {"kind": "EXTERNAL_ID", "value": value, "source": source}}


def order(external_id: str = "o1", **changed: object) -> Given:
    """An order of three pens at 2.50 and one book at 10, in May 2025."""
    lines = [
        {"sku": "pen", "quantity": 3, "unitPrice": "2.50"},
        {"sku": "book", "quantity": 1, "unitPrice": "10"},
    ]
    about = {"source": "shop", "externalId": external_id, "orderedAt": "2025-05-05T12:00:00Z", "channel": "WEB"}
    return about | {"customer": person(), "lines": lines} | changed


def came_back(external_id: str = "r1", **changed: object) -> Given:
    """One pen, in June 2025."""
    about = {"source": "shop", "externalId": external_id, "returnedAt": "2025-06-06T12:00:00Z"}
    return about | {"customer": person(), "lines": [{"sku": "pen", "quantity": 1}]} | changed


async def with_products(db: Database) -> None:
    """A pen that costs 1, and a book of unknown cost."""
    pen = {"sku": "pen", "name": "Pen", "category": "Paper", "price": "3", "unitCost": "1"}
    await bring(db, Kind.PRODUCTS, [pen, {"sku": "book", "name": "Book"}])


async def fingerprint(db: Database) -> dict[str, str]:
    """A checksum of every table's rows; marks are left out, for they are the ledger's."""
    async with db.connection() as tx:
        tables = await tx.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
        )
        return {
            row[0]: await tx.fetchval(
                f"SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {row[0]} t"
            )
            for row in tables
            if row[0] not in _CHANGING
        }


async def declared(db: Database, *, personal: bool = True, **types: str) -> None:
    """Attributes by name and type."""
    occasion = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), Keys(b"", CLAIMS))
    async with db.transaction() as tx:
        for name, type_ in types.items():
            await declare(tx, Declaration(name, AttributeType(type_), personal), occasion=occasion)

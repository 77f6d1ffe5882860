"""Three people, what departments tell of them, and everything that is stored of it: worlds that can be compared."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import orjson
import pytest

from domain.database import Tx
from domain.errors import Fault
from domain.identity.commands_merging import merge
from domain.identity.commands_unmerging import unmerge
from domain.ids import Prefix, to_public
from domain.settings import Settings
from domain.tables import metadata
from domain.touchpoints.commands_retracting import retract
from domain.transfer import Kind
from domain.transfer.calls import record
from domain.vocabulary import RecordErrorPolicy, RecordStatus
from tests.support.importing import Given
from tests.support.occasions import NOW, occasion

PEOPLE = "ABC"
_FIRST = (
    "SELECT touchpoint_id FROM touchpoint WHERE recorded_for = $1 AND kind NOT IN ('PURCHASE', 'RETURN')"
    " ORDER BY touchpoint_id LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Rows of one kind about a person; `by` is how the person is named, None: by id."""

    kind: Kind
    who: str
    row: Given
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A merge of the second into the first, or its undoing."""

    merge: bool
    into: str
    gone: str


@dataclass(frozen=True, slots=True)
class Retraction:
    """The first touchpoint is taken back that a source told of the person."""

    who: str


Step = Deed | Turn | Retraction


def identity(who: str, kind: str = "EMAIL") -> Given:
    """What a person is known by."""
    number = PEOPLE.index(who)
    values = {"EMAIL": f"{who.lower()}@example.org", "PHONE": f"+4420794600{number:02}", "COOKIE": f"crumb {who}"}
    if kind == "EXTERNAL_ID":
        return {"kind": kind, "value": who, "source": "shop"}
    return {"kind": kind, "value": values[kind]}


class World:
    """What one connection's transaction holds. Each step has a moment of its own: its ids are always the same."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.ids: dict[str, UUID] = {}
        self.refused: list[tuple[Fault, ...]] = []

    async def begin(self) -> None:
        products: list[Given] = [
            {"sku": f"pen {who}", "name": "Pen", "category": "Paper", "unitCost": "1"} for who in PEOPLE
        ]
        await self._record(Kind.PRODUCTS, products, NOW)
        people: list[Given] = [
            {
                "identities": [identity(who), identity(who, "EXTERNAL_ID")],
                "recordedAt": "2024-01-01T00:00:00Z",
                "source": "shop",
                "givenName": who,
            }
            for who in PEOPLE
        ]
        await self._record(Kind.CUSTOMERS, people, NOW)
        for who in PEOPLE:
            found = "SELECT customer_id FROM customer_identity WHERE value = $1"
            self.ids[who] = await self.tx.fetchval(found, identity(who)["value"])

    async def take(self, step: Step, at: int) -> None:
        now = NOW + timedelta(minutes=1 + at)
        if isinstance(step, Turn):
            turn = merge if step.merge else unmerge
            with _ids():
                await turn(self.tx, self.ids[step.into], self.ids[step.gone], occasion=occasion(now))
            return
        if isinstance(step, Retraction):
            first: UUID | None = await self.tx.fetchval(_FIRST, self.ids[step.who])
            if first is not None:
                await retract(self.tx, first, occasion=occasion(now))
            return
        row = dict(step.row)
        if step.kind is Kind.CUSTOMERS:
            who = {"id": to_public(Prefix.CUSTOMER, self.ids[step.who])} if step.by is None else {}
            told = [] if step.by is None else [identity(step.who, step.by)]
            more = row.pop("identities", [])
            assert isinstance(more, list)
            row |= who | {"identities": told + more}
        else:
            row["customer"] = (
                {"id": to_public(Prefix.CUSTOMER, self.ids[step.who])}
                if step.by is None
                else {"identity": identity(step.who, step.by)}
            )
        await self._record(step.kind, [row], now)

    async def _record(self, kind: Kind, rows: Sequence[Given], now: datetime) -> None:
        moment, chosen = occasion(now), await Settings.load(self.tx)
        policy = RecordErrorPolicy.RECORD_GOOD_ROWS
        with _ids():
            told = await record(self.tx, kind, rows, occasion=moment, settings=chosen, policy=policy)
        self.refused += [one.faults for one in told if one.status is RecordStatus.REJECTED]

    async def survivor(self, who: str) -> UUID:
        found = "SELECT coalesce((SELECT survivor_id FROM customer_alias WHERE customer_id = $1), $1)"
        survivor: UUID = await self.tx.fetchval(found, self.ids[who])
        return survivor

    async def sound(self) -> None:
        """At any moment ids lead to somebody who stands, and what was recorded of anybody stands with them."""
        leads = {self.ids[who]: await self.survivor(who) for who in PEOPLE}
        for row in await self.tx.fetch("SELECT customer_id, merged_into FROM customer"):
            customer, into = row
            assert leads.get(customer, customer) == (into or customer)
            assert into is None or leads[into] == into
        for table in owned():
            rows = await self.tx.fetch(f"SELECT DISTINCT customer_id, recorded_for FROM {table}")
            assert all(leads.get(row[1], row[1]) == row[0] for row in rows), table
        merged = [one for one, survivor in leads.items() if one != survivor]
        for table in of_customers():
            if table not in ("customer", "customer_alias", "customer_merge", "audit_entry"):
                count = f"SELECT count(*) FROM {table} WHERE customer_id = ANY ($1::uuid[])"
                assert not await self.tx.fetchval(count, merged), table


def owned() -> list[str]:
    """Tables that say for whom their rows were recorded."""
    return sorted(table.name for table in metadata.tables.values() if "recorded_for" in table.c)


def of_customers() -> list[str]:
    return sorted(table.name for table in metadata.tables.values() if table.info.get("by") == "customer_id")


_BY_ID_ONLY = {"customer_mark", "customer_score_a", "customer_score_b", "customer_summary", "customer_tally"}
_NOT_OURS = {"settings", "schedule", "worker_beat"}


async def stored(tx: Tx) -> dict[str, list[str]]:
    """Everything that is stored, but for marks, scores and summaries, of which it tells whose there are.

    Left out: when a profile was last written, and months that add up to nothing.
    """
    found = {}
    for table in metadata.tables.values():
        if table.name in _NOT_OURS or table.name.startswith("audit"):
            continue
        columns = ["customer_id"] if table.name in _BY_ID_ONLY else [column.name for column in table.c]
        if table.name == "customer":
            columns.remove("updated_at")
        rows = await tx.fetch(f"SELECT to_jsonb(t) AS told FROM (SELECT {', '.join(columns)} FROM {table.name}) t")
        told = [row["told"] for row in rows]
        if table.name == "customer_month":
            told = [one for one in told if any(value for value in one.values() if isinstance(value, int | float))]
        found[table.name] = sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in told)
    return found


@contextmanager
def _ids() -> Iterator[None]:
    """Ids that are told by the moment alone, so that two worlds give a thing the same one."""
    made = 0

    def noise(count: int) -> bytes:
        nonlocal made
        drawn = b"".join((made + at).to_bytes(10, "big") for at in range(count // 10))
        made += count // 10
        return drawn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("domain.ids.os", SimpleNamespace(urandom=noise))
        yield

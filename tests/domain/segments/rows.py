"""What the reference reads: the rows of the stored tables as they are, put beside the customer whose they are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.database import Tx
from domain.segments.rule import told

Row = Mapping[str, Any]

_OF_CUSTOMERS = (
    *("customer_identity", "customer_score", "customer_summary", "customer_need", "customer_consent"),
    *("customer_attribute", "customer_next_action", "customer_order", "order_line", "order_payment"),
    *("order_return", "return_line", "touchpoint", "segment_listed", "campaign_contact"),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything that a rule can ask of, by table and customer."""

    customers: Mapping[UUID, Row]
    of: Mapping[str, Mapping[UUID, list[Row]]]
    products: Mapping[UUID, Row]
    campaigns: Mapping[UUID, Row]
    # Whom ids that were merged away lead to.
    aliases: Mapping[UUID, UUID]
    # Of those that are not put away, by their ids: the newest rule as JSON tells it; None where people keep the list.
    segments: Mapping[UUID, Any]

    def all(self, table: str, customer: UUID) -> list[Row]:
        return self.of[table].get(customer, [])

    def one(self, table: str, customer: UUID) -> Row:
        """The only row; without one, a row of nothing."""
        found = self.all(table, customer)
        assert len(found) <= 1, table
        return found[0] if found else defaultdict(lambda: None)

    def standing(self) -> set[UUID]:
        """Who was neither merged away nor erased."""
        return {
            id_
            for id_, customer in self.customers.items()
            if customer["merged_into"] is None and customer["erased_at"] is None
        }


async def read(tx: Tx) -> Rows:
    """By SELECT * of each table, and nothing cleverer; in an order, for what is drawn of them is drawn by place."""
    of = {}
    for table in _OF_CUSTOMERS:
        kept: dict[UUID, list[Row]] = defaultdict(list)
        for row in await tx.fetch(f"SELECT * FROM {table} t ORDER BY t::text"):
            kept[row["customer_id"]].append(dict(row.items()))
        of[table] = kept
    customers = {row["customer_id"]: dict(row.items()) for row in await tx.fetch("SELECT * FROM customer ORDER BY 1")}
    products = {row["product_id"]: dict(row.items()) for row in await tx.fetch("SELECT * FROM product ORDER BY 1")}
    campaigns = {row["campaign_id"]: dict(row.items()) for row in await tx.fetch("SELECT * FROM campaign")}
    versions = await tx.fetch("SELECT * FROM segment_version ORDER BY number")
    standing = {row["segment_id"] for row in await tx.fetch("SELECT * FROM segment") if row["archived_at"] is None}
    rules = {row["segment_id"]: told(row["rule"]) for row in versions if row["segment_id"] in standing}
    aliases = {row["customer_id"]: row["survivor_id"] for row in await tx.fetch("SELECT * FROM customer_alias")}
    return Rows(customers, of, products, campaigns, aliases, rules)


def within(moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
    """A half-open span."""
    return moment is not None and (start is None or start <= moment) and (end is None or moment < end)

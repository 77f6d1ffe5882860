"""A small house to ask about: rows with only what matters said, and questions asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from graphql import get_variable_values, parse, validate

from domain.access.principal import OPERATOR, Principal
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.query.asking import Keys, Occasion
from domain.query.plan import Plan
from domain.query.run import run
from domain.vocabulary import Role
from schema.execution import Prepared
from schema.root import graphql_schema
from schema.selection import plan

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
KEYS = Keys(bytes(range(64)), bytes(range(32)))
MASKED = Principal("analyst", Role.ANALYST)
TILL = Principal("till", Role.PARTNER, source="till")


def at(text: str) -> datetime:
    """An instant in UTC from its day, and its time where that matters."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked(
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    caller: Principal = OPERATOR,
    now: datetime = NOW,
    zone: str = "UTC",
    prepared: Prepared | None = None,
) -> Plan:
    """The plan of a question."""
    prepared = prepared or question(text)
    values = get_variable_values(graphql_schema, prepared.operation.variable_definitions or (), dict(variables or {}))
    assert not isinstance(values, list), values
    made = plan(prepared, values, schema=graphql_schema, occasion=Occasion(caller, now, ZoneInfo(zone), KEYS))
    assert made is not None
    assert made.whole
    return made


def question(text: str) -> Prepared:
    document = parse(text)
    wrong = validate(graphql_schema, document)
    assert not wrong, wrong
    operation: Any = document.definitions[0]
    return Prepared(document, operation)


@dataclass
class House:
    """Rows of one test, and who asks about them."""

    tx: Tx
    count: int = 0

    async def ask(self, text: str, variables: Mapping[str, Any] | None = None, **how: Any) -> Any:
        return orjson.loads(await run(self.tx, asked(text, variables, **how)))

    def id(self) -> UUID:
        self.count += 1
        return UUID(int=self.count)

    async def row(self, table: str, **values: object) -> None:
        names = ", ".join(values)
        slots = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        await self.tx.execute(f"INSERT INTO {table} ({names}) VALUES ({slots})", *values.values())

    async def customer(
        self, name: str | None = None, *, score: Mapping[str, object] | None = None, **said: Any
    ) -> UUID:
        id_ = self.id()
        told = {"created_at": at("2026-01-01"), "updated_at": at("2026-01-01"), "display_name": name}
        told |= {"display_name_fold": name.casefold() if name else None, "search_fold": (name or "").casefold()}
        await self.row("customer", customer_id=id_, **(told | said))
        scored = {"lifecycle_since": at("2026-01-01"), **(score or {})}
        await self.row("customer_score_a", customer_id=id_, **scored)
        return id_

    async def order(self, customer: UUID, day: str = "2026-01-10", total: str = "10", **said: Any) -> UUID:
        id_ = self.id()
        told = {"source": "shop", "external_id": f"O-{id_.int}", "ordered_at": at(day), "recorded_at": at(day)}
        told |= {"channel": "WEB", "trading_form": "E_COMMERCE", "currency": "USD", "recorded_for": customer}
        told |= {"total": Decimal(total), "total_in_currency": Decimal(total)}
        await self.row("customer_order", customer_id=customer, order_id=id_, **(told | said))
        return id_

    async def touchpoint(self, customer: UUID, day: str = "2026-01-10", **said: Any) -> UUID:
        id_ = self.id()
        told = {"source": "shop", "occurred_at": at(day), "recorded_at": at(day), "recorded_for": customer}
        told |= {"channel": "WEB", "kind": "VISIT", "function": "MARKETING", "direction": "INBOUND"}
        await self.row("touchpoint", customer_id=customer, touchpoint_id=id_, **(told | said))
        return id_

    async def product(self, sku: str, **said: Any) -> UUID:
        id_ = self.id()
        told = {"sku": sku, "name": sku, "name_fold": sku.casefold(), "created_at": NOW, "updated_at": NOW}
        await self.row("product", product_id=id_, **(told | said))
        return id_

    async def line(self, customer: UUID, order: UUID, product: UUID, quantity: int = 1, price: str = "5") -> None:
        self.count += 1
        total = Decimal(price) * quantity
        await self.row(
            "order_line", customer_id=customer, order_id=order, position=self.count, recorded_for=customer,
            product_id=product, quantity=quantity, unit_price=Decimal(price), total=total,
        )  # fmt: skip

    async def identity(self, customer: UUID, kind: str, value: str, source: str | None = None) -> None:
        scope = source or "" if kind == "EXTERNAL_ID" else ""
        await self.row(
            "customer_identity", customer_id=customer, kind=kind, scope=scope, value=value, recorded_for=customer,
            source=source, sources=[source] if source else [], first_seen_at=NOW, last_seen_at=NOW,
        )  # fmt: skip
        await self.row("identity_claim", value=value, kind=kind, scope=scope, customer_id=customer, claimed_at=NOW)

    async def names(self, where: str, **how: Any) -> list[str]:
        """The names of the customers that a filter finds, in alphabetical order."""
        text = f"{{ customers(where: {where}, orderBy: {{field: CREATED_AT}}) {{ nodes {{ id displayName }} }} }}"
        told = await self.ask(text, **how)
        return sorted(customer["displayName"] for customer in told["customers"]["nodes"])


def public(id_: UUID, prefix: Prefix = Prefix.CUSTOMER) -> str:
    return to_public(prefix, id_)

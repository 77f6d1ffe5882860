"""Rules drawn from the contract's CustomerFilter, with values that people, orders and touchpoints really have."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
)

from domain.ids import Prefix, to_public
from tests.domain.segments.rows import Row, Rows
from tests.schema.arguments import NOW

_TABLES: Final = {
    "CustomerFilter": ("customer", "customer_score", "customer_summary"),
    "IdentityFilter": ("customer_identity",),
    "OrderFilter": ("customer_order",),
    "OrderHistoryFilter": ("customer_order",),
    "TouchpointFilter": ("touchpoint",),
    "ProductFilter": ("product",),
    "NeedFilter": ("customer_need",),
    "ProfitabilityFilter": ("customer_score",),
    "ContactFilter": ("campaign_contact", "touchpoint"),
}
_COLUMNS: Final = {
    ("AcquisitionFilter", "source"): ("customer", "acquisition_source"),
    ("AcquisitionFilter", "at"): ("customer", "acquisition_at"),
    ("BoughtFilter", "at"): ("customer_order", "ordered_at"),
    ("OrderFilter", "offerCode"): ("customer_order", "offer_codes"),
    ("ContactFilter", "sentAt"): ("campaign_contact", "sent_at"),
    ("IdentityFilter", "value"): ("customer_identity", "value"),
}
_WHICH: Final = {"ProductFilter": Prefix.PRODUCT, "CustomerFilter": Prefix.CUSTOMER}
_DURATIONS: Final = ["P1D", "P7D", "P30D", "P3M", "P1Y", "P10Y", "P1M", "P365D", "P0D"]
_SHORTER: Final = [*_DURATIONS, "PT36H", "PT1S"]
_NAMES: Final = ["page", "seconds", "vip", "tags", "colour", "weight", "organic", "since", "nested", "gone"]
_DEEPEST: Final = 3
_SCALARS: Final = {"Int", "Float", "Decimal", "Boolean", "ID", "String", "DateTime", "Date"}
_NESTS: Final = ("all", "any", "not")


@dataclass(frozen=True, slots=True)
class Lore:
    """What the world holds, to ask of."""

    rows: Rows
    attributes: tuple[str, ...]
    campaigns: tuple[str, ...]

    def values(self, type_: str, field: str) -> list[Any]:
        """What stands in the column that the field asks of, as far as there is one of its name."""
        found: list[Any] = []
        for table, column in self._columns(type_, field):
            for row in self._all(table):
                value = row.get(column)
                found += value if isinstance(value, list) else [value]
        return [value for value in found if value is not None]

    def _columns(self, type_: str, field: str) -> list[tuple[str, str]]:
        if (type_, field) in _COLUMNS:
            return [_COLUMNS[type_, field]]
        column = re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", field)
        return [(table, column) for table in _TABLES.get(type_, ())]

    def _all(self, table: str) -> list[Row]:
        if table == "customer":
            return list(self.rows.customers.values())
        if table == "product":
            return list(self.rows.products.values())
        return [row for rows in self.rows.of[table].values() for row in rows]


@dataclass(slots=True)
class Drawing:
    """Draws one rule."""

    rng: Random
    lore: Lore

    def chance(self, percent: int) -> bool:
        return self.rng.randint(0, 99) < percent

    def draw(self, type_: GraphQLInputObjectType, of: tuple[str, str], depth: int = 0) -> dict[str, Any]:
        names = [name for name in sorted(type_.fields) if depth < _DEEPEST or name not in _NESTS]
        if type_.name == "CustomerFilter" and depth < 2 and self.chance(35):
            names = list(_NESTS)
        few = [1, 1, 1, 2, 2, 3] if depth else [0, 1, 1, 1, 2, 2]
        chosen = set(self.rng.sample(names, min(len(names), self.rng.choice(few))))
        chosen |= {name for name, field in type_.fields.items() if is_required_input_field(field)}
        if type_.name == "Period":
            chosen = self.rng.choice([{"last"}, {"from"}, {"until"}, {"from", "until"}])
        below = {name: of if _is_scalar(type_) else (type_.name, name) for name in chosen}
        return {name: self.value(type_.fields[name].type, name, below[name], depth + 1) for name in sorted(chosen)}

    def value(self, type_: GraphQLInputType, name: str, of: tuple[str, str], depth: int) -> Any:
        bare: Any = get_nullable_type(type_)
        if is_list_type(bare):
            count = 0 if self.chance(5) else self.rng.randint(1, 3)
            return [self.value(bare.of_type, name, of, depth) for _ in range(count)]
        if isinstance(bare, GraphQLEnumType):
            return self.rng.choice(sorted(bare.values))
        if isinstance(bare, GraphQLInputObjectType):
            return self.draw(bare, of, depth)
        return self.scalar(bare.name, name, of)

    def scalar(self, type_: str, name: str, of: tuple[str, str]) -> Any:
        held = [] if self.chance(15) else self.lore.values(*of)
        value = self.rng.choice(held) if held else None
        match type_:
            case "Boolean":
                return self.chance(50)
            case "ID":
                return self.id(of)
            case "Int":
                return value if isinstance(value, int) else self.rng.choice([-1, 0, 1, 2, 3, 5, 8, 21, 40, 66])
            case "Float":
                some = float(value) if isinstance(value, int | float | Decimal) else None
                return some if some is not None else self.rng.choice([0.0, 0.1, 0.35, 0.5, 0.7, 1.0, -1.5, 12.5])
            case "Decimal":
                sum_ = value if isinstance(value, Decimal) else Decimal(self.rng.choice(["0", "-5", "49.9", "100"]))
                return str(sum_ + Decimal(self.rng.choice(["0", "0", "0.01"])))
            case "Date":
                day = value if isinstance(value, date) else date(1985, 3, 5)
                return (day + timedelta(days=self.rng.choice([0, 0, 1, -400]))).isoformat()
            case "DateTime":
                near = NOW - timedelta(hours=self.rng.randint(-48, 24 * 800))
                moment = value if isinstance(value, datetime) else near
                return (moment + timedelta(seconds=self.rng.choice([0, 0, 1]))).isoformat()
            case "Duration":
                return self.rng.choice(_DURATIONS if of[1] in ("birthDate", "date") else _SHORTER)
        return self.text(name, of, value)

    def text(self, name: str, of: tuple[str, str], value: object) -> str:
        if name == "name" and of[0] == "AttributeFilter":
            return str(self.rng.choice([*self.lore.attributes, *_NAMES]))
        said = value if isinstance(value, str) else self.rng.choice(["", "%", "_", "a", "/A", "red", "SHOP", "É", "ß"])
        if name == "contains" and said:
            start = self.rng.randrange(len(said))
            said = said[start : start + self.rng.randint(1, 4)]
        elif name == "startsWith":
            said = said[: self.rng.randint(1, 4)]
        if name in ("contains", "startsWith"):
            said = self.rng.choice([said, said.upper(), said.lower()])
        return said

    def id(self, of: tuple[str, str]) -> str:
        if of[1] == "campaign":
            return self.rng.choice([*self.lore.campaigns, "cmp_" + "1" * 32])
        if of[1] in ("inSegment", "notInSegment"):
            return to_public(Prefix.SEGMENT, self.rng.choice(sorted(self.lore.rows.segments)))
        prefix = _WHICH[of[0]]
        ids = self.lore.rows.products if prefix is Prefix.PRODUCT else self.lore.rows.customers
        return to_public(prefix, self.rng.choice(sorted(ids)))


def _is_scalar(type_: GraphQLInputObjectType) -> bool:
    """Whether it compares one value of the field above it."""
    return type_.name.removesuffix("Filter") in _SCALARS

"""Values for arguments, drawn from what the database holds, so that filters and ids find something."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
_DURATIONS = ["P1D", "P7D", "P30D", "P3M", "P1Y", "PT36H", "P10Y"]
_DECIMALS = ["0", "0.01", "-5", "19.99", "49.9", "100", "1000.5", "99999999999999"]
_FLOATS = [0.0, 0.1, 0.35, 0.5, 0.7, 1.0, -1.5, 1e-9, 12.0]
_DEEPEST = 2
PREFIXES = {
    "customer": "cus_",
    "touchpoint": "tp_",
    "product": "prd_",
    "order": "ord_",
    "job": "job_",
    "campaign": "cmp_",
    "segment": "seg_",
    "inSegment": "seg_",
    "notInSegment": "seg_",
}


@dataclass(frozen=True, slots=True)
class Pool:
    """What the database holds, by kind of value."""

    ids: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def days(self) -> list[str]:
        return ["1960-03-10", "1985-03-05", "2004-02-29", "2025-01-31", "2026-06-01"]


def value_of(rng: Random, pool: Pool, name: str, type_: GraphQLInputType, depth: int = 0) -> Any:
    """A JSON value of that type."""
    bare: Any = get_nullable_type(type_)
    if is_list_type(bare):
        count = rng.randint(0 if rng.random() < 0.1 else 1, 2)
        return [value_of(rng, pool, name, bare.of_type, depth + 1) for _ in range(count)]
    if isinstance(bare, GraphQLEnumType):
        return rng.choice(sorted(bare.values))
    if isinstance(bare, GraphQLInputObjectType):
        return _object(rng, pool, bare, depth)
    return _scalar(rng, pool, name, bare.name)


def _object(rng: Random, pool: Pool, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
    names = sorted(type_.fields)
    if depth >= _DEEPEST:
        names = [name for name in names if not _recurs(type_, name)]
    chosen = set(rng.sample(names, min(len(names), rng.choice([1, 1, 1, 1, 2, 2, 3] if depth else [0, 1, 1, 1, 1, 2]))))
    chosen |= {name for name, field in type_.fields.items() if is_required_input_field(field)}
    if type_.name == "Period":
        chosen = rng.choice([{"last"}, {"from"}, {"until"}, {"from", "until"}])
    return {
        name: value_of(rng, pool, name, field.type, depth + 1) for name, field in type_.fields.items() if name in chosen
    }


def _recurs(type_: GraphQLInputObjectType, name: str) -> bool:
    return name in ("all", "any", "not") and type_.name == "CustomerFilter"


def _scalar(rng: Random, pool: Pool, name: str, type_: str) -> Any:
    match type_:
        case "Int":
            return rng.randint(-1, 12)
        case "Float":
            return rng.choice(_FLOATS)
        case "Boolean":
            return rng.random() < 0.5
        case "ID":
            return _id(rng, pool, name)
        case "Decimal":
            return rng.choice(_DECIMALS)
        case "Date":
            return rng.choice(pool.days)
        case "DateTime":
            return (NOW - timedelta(hours=rng.randint(-48, 24 * 800))).isoformat()
        case "Duration":
            return rng.choice(_DURATIONS)
        case _:
            return rng.choice(pool.words)


def _id(rng: Random, pool: Pool, name: str) -> str:
    """Mostly of the type that is asked for; name is an argument's or the root field's."""
    of = [id_ for id_ in pool.ids if id_.startswith(PREFIXES.get(name, ""))]
    return rng.choice(of if rng.random() < 0.95 else pool.ids)


def as_literal(value: object, type_: GraphQLNamedType | None = None) -> str:
    """The value as GraphQL writes it; enum values stand without quotes."""
    if isinstance(value, dict):
        fields = type_.fields if isinstance(type_, GraphQLInputObjectType) else {}
        parts = (f"{name}: {as_literal(held, _named(fields.get(name)))}" for name, held in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_literal(held, type_) for held in value) + "]"
    if isinstance(type_, GraphQLEnumType) and isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _named(field: Any) -> GraphQLNamedType | None:
    from graphql import get_named_type

    return get_named_type(field.type) if field is not None else None

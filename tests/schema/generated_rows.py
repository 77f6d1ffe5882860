"""Rows as hypothesis makes them from the schema's inputs: every type takes them, though the domain may not."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    get_nullable_type,
    is_required_input_field,
)
from hypothesis import strategies as st

from schema.root import graphql_schema

NOTHING = "0" * 32
_TEXTS = (
    *("shop", "till", "TEA", "POT", "NONE", "O-1", "O-2", "P-1", "ada@example.org", "bob@example.org", "+442079460018"),
    *("", " ", "x" * 256, "Ada", "Über", "en", "Europe/Berlin", "GB", "USD", "GBP", "size", "0171 2345", "%_\\"),
)
_MOMENTS = (
    *("2026-03-01T09:30:00Z", "2026-03-01t09:30:00z", "2026-03-01T11:30:00+02:00", "2026-05-31T23:59:59.999999Z"),
    *("2026-03-01T09:30:00.123456789Z", "0999-01-01T00:00:00Z", "2301-01-01T00:00:00Z", "2024-02-29T00:00:00-12:00"),
)
_ATTRIBUTES: list[Any] = [
    *({}, {"size": 5}, {"size": "big"}, {"size": None}, {"shoe": True}, {"page": {"at": [1, 2.5, None, "x"]}}),
    *(None, [], ["a"], "text", 7),
]
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "String": st.sampled_from(_TEXTS),
    "Int": st.sampled_from((-1, 0, 1, 2, 2.0, 9, 11, 2**31 - 1, -(2**31))),
    "Float": st.sampled_from((0, 1, 0.5, 1.5, -1.0)),
    "Boolean": st.booleans(),
    "Decimal": st.sampled_from(
        ("1.00", "+2.5", "0", "-0", "-1", "4", 5, "99999999999999.999999", "0.000001", "007.50", "12.345678")
    ),
    "DateTime": st.sampled_from(_MOMENTS),
    "Date": st.sampled_from(("1990-03-01", "2024-02-29", "2999-01-01", "0001-01-01")),
    "JSON": st.sampled_from(_ATTRIBUTES),
}
_LIKELY: dict[str, tuple[Any, ...]] = {
    "sku": ("TEA", "TEA", "TEA", "POT", "NONE", ""),
    "source": ("till", "till", "till", "shop", ""),
    "externalId": ("O-1", "O-2", "O-3", "O-4", "O-5", "O-6"),
    "orderExternalId": ("O-1", "O-1", "O-2"),
    "name": ("Tea", "Pot", "price"),
    "price": ("4", "4.00", 5, "0.000001"),
    "unitCost": ("1", "+2.5", "007.50", "-1"),
    "cost": ("1", "+2.5", "0", "-0", "-1"),
    "satisfaction": (0, 9, 10.0, 11),
    "recommendScore": (0, 9, 10.0, -1),
    "attributes": ({}, {"size": 5}, {"size": None}),
    "properties": ({}, {"page": {"at": [1, 2.0, None, "x"]}}, {"": ""}, None, ["a"]),
    "quantity": (1, 1, 2, 2.0, 9, 0),
    "unitPrice": ("4", "4.00", 5, "-1"),
    "occurredAt": _MOMENTS[:5],
    "orderedAt": _MOMENTS[:5],
    "returnedAt": _MOMENTS[:5],
    "paidAt": _MOMENTS[:5],
}
"""What most rows should be like, or nothing would be recorded."""
_KNOWN: list[dict[str, Any]] = [
    {"kind": "EMAIL", "value": "ada@example.org"},
    {"kind": "EMAIL", "value": " Bob@Example.org"},
    {"kind": "PHONE", "value": "+44 20 7946 0018", "verified": False},
    {"kind": "EXTERNAL_ID", "value": "L-1", "source": "till"},
    {"kind": "COOKIE", "value": "c-1", "source": None},
]


def rows(type_name: str, ids: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few rows of one input, most of their optional fields left out."""
    known = st.sampled_from((*ids, f"cus_{NOTHING}", f"tp_{NOTHING}", "", "x"))
    return st.lists(_object(graphql_schema.type_map[type_name], known), min_size=1, max_size=3)


def _field(name: str, type_: GraphQLInputType, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    if name in _LIKELY and not isinstance(get_nullable_type(type_), GraphQLInputObjectType):
        return st.sampled_from(_LIKELY[name])
    plain = get_nullable_type(type_)
    if name == "lines" and isinstance(plain, GraphQLList) and "Line" in str(plain):
        return st.lists(_value(plain.of_type, ids), min_size=1, max_size=2)
    return _value(type_, ids)


def _value(type_: GraphQLInputType, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = get_nullable_type(type_)
    if isinstance(plain, GraphQLList):
        return st.lists(_value(plain.of_type, ids), max_size=2)
    if isinstance(plain, GraphQLEnumType):
        return st.sampled_from(list(plain.values))
    if isinstance(plain, GraphQLInputObjectType):
        return _object(plain, ids)
    return ids if plain.name == "ID" else _SCALARS[plain.name]


def _object(type_: object, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    assert isinstance(type_, GraphQLInputObjectType)
    if type_.is_one_of:
        who: dict[str, st.SearchStrategy[Any]] = {"identity": _value(type_.fields["identity"].type, ids)}
        return st.one_of(st.fixed_dictionaries(who), st.fixed_dictionaries(who), st.fixed_dictionaries({"id": ids}))
    if type_.name == "IdentityInput":
        return st.one_of(st.sampled_from(_KNOWN), st.sampled_from(_KNOWN), _any_object(type_, ids))
    return _any_object(type_, ids)


def _any_object(type_: GraphQLInputObjectType, ids: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    needed = {key: _field(key, one.type, ids) for key, one in type_.fields.items() if is_required_input_field(one)}
    others = {key: one for key, one in type_.fields.items() if key not in needed}

    def some(names: set[str]) -> st.SearchStrategy[dict[str, Any]]:
        given = {}
        for key in sorted(names):  # a set has another order in each process, and so the examples would be others
            one = others[key]
            value = _field(key, one.type, ids)
            # What has a default may be left out, but not be null.
            given[key] = value if get_nullable_type(one.type) is not one.type else st.none() | value
        return st.fixed_dictionaries(needed | given)

    return (
        st.sets(st.sampled_from(sorted(others)), max_size=2).flatmap(some) if others else st.fixed_dictionaries(needed)
    )

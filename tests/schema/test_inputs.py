"""The inputs of the schema and the structs that rows are read into are the same: names, what may be null, types."""

import types
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
    get_nullable_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value
from msgspec import UnsetType

from domain.transfer import inputs
from domain.transfer.inputs import (
    CustomerUpsertInput,
    Input,
    MemberInput,
    OrderInput,
    ProductInput,
    ReturnInput,
    TouchpointInput,
)
from schema.bulk import BULK
from schema.root import graphql_schema

ROWS = (CustomerUpsertInput, OrderInput, ProductInput, ReturnInput, TouchpointInput)
SCALARS = {
    str: ("String", "ID"),
    bool: ("Boolean",),
    int: ("Int",),
    float: ("Float",),
    Decimal: ("Decimal",),
    datetime: ("DateTime",),
    date: ("Date",),
    dict: ("JSON",),
}
ONLY_IN_FILES = (MemberInput,)
"""What calls take otherwise: segmentMembersAdd has the list once, and then its customers."""
# Read as optional, so that a row without a customer is told so in the words that all rows are.
ASKED_FOR_BY_HAND = {("ContactInput", "customer"), ("TouchpointInput", "customer"), ("OrderInput", "customer")}


def structs() -> dict[str, type[Input]]:
    return {
        name: value
        for name, value in vars(inputs).items()
        if isinstance(value, type) and issubclass(value, Input) and value not in (Input, *ONLY_IN_FILES)
    }


def parts(type_: Any) -> list[Any]:
    """The alternatives of a type without null, UNSET and bounds."""
    if get_origin(type_) is Annotated:
        return parts(get_args(type_)[0])
    if get_origin(type_) in (Union, types.UnionType):
        return [found for one in get_args(type_) for found in parts(one)]
    return [] if type_ in (type(None), UnsetType) else [type_]


def names(type_: Any) -> tuple[str, ...]:
    """What the type may be called in the schema."""
    [one] = parts(type_)
    if get_origin(one) is list:
        [item] = (found[0] for found in (names(get_args(one)[0]),))
        return (f"[{item}!]",)
    if isinstance(one, type) and issubclass(one, msgspec.Struct | Enum):
        return (one.__name__,)
    return SCALARS[dict if get_origin(one) is dict else one]


def is_null(type_: Any) -> bool:
    if get_origin(type_) is Annotated:
        return is_null(get_args(type_)[0])
    return type(None) in get_args(type_)


def pairs() -> Iterator[tuple[str, msgspec.structs.FieldInfo, GraphQLInputField]]:
    for name, struct in structs().items():
        declared = graphql_schema.type_map[name]
        assert isinstance(declared, GraphQLInputObjectType)
        for field in msgspec.structs.fields(struct):
            yield name, field, declared.fields[field.encode_name]


def test_every_row_is_read_into_a_struct_of_its_name() -> None:
    assert graphql_schema.mutation_type is not None
    named = {get_named_type(graphql_schema.mutation_type.fields[name].args["input"].type).name for name in BULK}
    assert named == {row.__name__ for row in ROWS}
    assert named <= structs().keys()


@pytest.mark.parametrize("name", structs())
def test_an_input_has_the_fields_of_its_struct(name: str) -> None:
    declared = graphql_schema.type_map[name]
    assert isinstance(declared, GraphQLInputObjectType)
    assert set(declared.fields) == {field.encode_name for field in msgspec.structs.fields(structs()[name])}


def test_fields_have_the_same_types() -> None:
    other = [
        (name, field.encode_name, str(declared.type), names(field.type))
        for name, field, declared in pairs()
        if str(get_nullable_type(declared.type)) not in names(field.type)
    ]
    assert other == []


def test_fields_may_be_null_and_left_out_alike() -> None:
    other = []
    for name, field, declared in pairs():
        if (name, field.encode_name) in ASKED_FOR_BY_HAND:
            continue
        needed = isinstance(declared.type, GraphQLNonNull)
        may_be_left_out = not needed or coerce_default_value(declared) is not Undefined
        if needed == is_null(field.type) or may_be_left_out == field.required:
            other.append((name, field.encode_name, str(declared.type), field))
    assert other == []


def test_closed_sets_have_the_same_values() -> None:
    seen = 0
    for _, field, declared in pairs():
        type_ = get_nullable_type(declared.type)
        type_ = get_nullable_type(type_.of_type) if isinstance(type_, GraphQLList) else type_
        if isinstance(type_, GraphQLEnumType):
            [set_] = parts(field.type)
            assert set(type_.values) == {value.value for value in set_}
            seen += 1
    assert seen > 10


def test_what_names_one_thing_takes_one_name() -> None:
    """CustomerRef is @oneOf in the schema; its struct says so by a check of its own: see domain/transfer/refs.py."""
    declared = graphql_schema.type_map["CustomerRef"]
    assert isinstance(declared, GraphQLInputObjectType)
    assert declared.is_one_of

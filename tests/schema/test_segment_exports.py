"""What may stand in a segment's file: every single value of a customer, and nothing that is a list."""

from typing import cast

import pytest
from graphql import (
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)

from domain.catalog import ENTITIES
from domain.errors import ErrorCode, Refused
from domain.query.entity import STAFF
from domain.segments.exports.exporting import MOST_FIELDS, USUAL, chosen, exportables
from domain.vocabulary import Role
from schema.root import graphql_schema


def singles(type_: GraphQLObjectType, path: str = "", above: tuple[str, ...] = ()) -> set[str]:
    """The names of single values, as the schema has them."""
    found = set()
    for name, field in type_.fields.items():
        below: GraphQLOutputType = get_nullable_type(field.type)
        if isinstance(below, GraphQLList) or any(map(is_required_argument, field.args.values())):
            continue
        named = get_named_type(below)
        if is_leaf_type(named):
            found.add(path + name)
        elif _goes_on(named, (*above, type_.name)):
            found |= singles(cast("GraphQLObjectType", named), f"{path}{name}.", (*above, type_.name))
    return found


def _goes_on(named: object, above: tuple[str, ...]) -> bool:
    return (
        isinstance(named, GraphQLObjectType)
        and named.name not in above
        and len(above) <= 3
        and "pageInfo" not in named.fields
    )


def test_every_single_value_of_a_customer_can_be_asked_for() -> None:
    customer = cast("GraphQLObjectType", graphql_schema.get_type("Customer"))
    assert set(exportables(ENTITIES)) == singles(customer)


def test_the_usual_fields_are_there_for_whoever_may_ask() -> None:
    for role in STAFF:
        assert chosen(ENTITIES, list(USUAL), role) == USUAL == chosen(ENTITIES, None, role)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("emial", "near it are email"),
        ("profit", "profitability.profit"),
        ("lifetimeValue.predict", "lifetimeValue.predicted"),
        ("identities", "identities is a list"),
        ("identities.value", "identities.value is a list"),
        ("orders", "orders is a list"),
        ("reachableBy", "reachableBy is a list"),
        ("address.lines", "address.lines is a list"),
        ("churnRisk.reasons.factor", "churnRisk.reasons.factor is a list"),
        ("lifetimeValue", "is an object: name what of it, such as lifetimeValue."),
        ("address", "such as address.city"),
        ("", "is no field of a customer"),
        ("id.id", "is no field of a customer"),
        ("'; DROP TABLE customer; --", "is no field of a customer"),
    ],
)
def test_what_cannot_be_asked_for_is_told_with_what_can(name: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(ENTITIES, ["id", name], Role.MARKETER)
    [fault] = refused.value.faults
    assert (fault.code, fault.path) == (ErrorCode.INVALID, ("fields", "1"))
    assert said in fault.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        chosen(ENTITIES, ["id", "nope", "email", "id"], Role.ADMIN)
    assert [fault.path for fault in refused.value.faults] == [("fields", "1"), ("fields", "3")]
    with pytest.raises(Refused, match="names no field"):
        chosen(ENTITIES, [], Role.ADMIN)
    with pytest.raises(Refused, match="are more than"):
        chosen(ENTITIES, ["id"] * (MOST_FIELDS + 1), Role.ADMIN)

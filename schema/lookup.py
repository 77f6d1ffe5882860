"""How graphql-core finds values of mapped types on the standard way: by response key, in what the statement told.

Strawberry's own resolver sees no response key, so aliases of one relation with other arguments would collide: after
Strawberry has built the schema, the fields that the reader answers are given these resolvers instead.
"""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from domain.ids import prefix_of
from schema.connection import NODE_TYPES

_DEFINITION = "strawberry-definition"


class Typed(dict[str, Any]):
    """An object of an interface, with the name of its type."""

    name = ""


def declared(field: GraphQLField) -> StrawberryField | None:
    """What the field was declared as; None for GraphQL's own."""
    found = field.extensions.get(_DEFINITION)
    return found if isinstance(found, StrawberryField) else None


def is_mapped(field: GraphQLField) -> bool:
    """Whether the reader answers it: it was declared without a resolver."""
    found = declared(field)
    return found is not None and found.base_resolver is None


def mapped_types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType | GraphQLInterfaceType]:
    """Every type that the reader's root fields lead to."""
    assert schema.query_type is not None
    found: dict[str, GraphQLObjectType | GraphQLInterfaceType] = {}
    ahead: list[GraphQLNamedType] = [get_named_type(f.type) for f in schema.query_type.fields.values() if is_mapped(f)]
    while ahead:
        type_ = ahead.pop()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and type_.name not in found:
            found[type_.name] = type_
            ahead += [get_named_type(field.type) for field in type_.fields.values() if is_mapped(field)]
            ahead += schema.get_possible_types(type_) if isinstance(type_, GraphQLInterfaceType) else ()
    return found


def read_from_answer(schema: GraphQLSchema) -> None:
    """Gives every mapped field the resolver that looks its value up; those beside them, what was looked up for them."""
    assert schema.query_type is not None
    for field in _fields(schema):
        field.resolve = _by_response_key if is_mapped(field) else _from_there(field)
    schema.query_type.fields["node"].resolve = _node
    schema.query_type.fields["nodes"].resolve = _nodes
    for type_ in mapped_types(schema).values():
        if isinstance(type_, GraphQLObjectType):
            type_.is_type_of = None
        else:
            type_.resolve_type = _type_name


def _fields(schema: GraphQLSchema) -> Iterator[GraphQLField]:
    """Those of the roots that the reader answers, and all of the types that these lead to."""
    assert schema.query_type is not None
    yield from (field for field in schema.query_type.fields.values() if is_mapped(field))
    for type_ in mapped_types(schema).values():
        yield from type_.fields.values()


def _by_response_key(source: dict[str, Any], info: GraphQLResolveInfo[Any], /, **_: object) -> Any:
    return source[str(info.path.key)]


def _from_there(field: GraphQLField) -> Callable[..., Any]:
    """A resolver of its own goes on from what the statement told under its response key."""
    resolve = field.resolve
    assert resolve is not None

    def told(source: dict[str, Any], info: GraphQLResolveInfo[Any], /, **given: object) -> Any:
        return resolve(source[str(info.path.key)], info, **given)

    return told


def _node(source: dict[str, Any], info: GraphQLResolveInfo[Any], id: str) -> Any:
    return _typed(source[str(info.path.key)], id)


def _nodes(source: dict[str, Any], info: GraphQLResolveInfo[Any], ids: list[str]) -> Any:
    return [_typed(value, id_) for value, id_ in zip(source[str(info.path.key)], ids, strict=True)]


def _typed(value: dict[str, Any] | None, id_: str) -> Typed | None:
    prefix = prefix_of(id_)
    if value is None or prefix is None:
        return None
    typed = Typed(value)
    typed.name = NODE_TYPES[prefix]
    return typed


def _type_name(value: Typed, *_: object) -> str:
    return value.name

"""Variables' values: as graphql-core coerces them, but with what is declared looked up once a document."""

from collections.abc import Mapping
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, Undefined, get_variable_values
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import get_nullable_type, is_leaf_type
from graphql.utilities import coerce_input_value

_MOST_ERRORS = 20

Leaves = tuple[GraphQLVariableSignature, ...]


class Declaring(Protocol):
    """What declares variables, and keeps what was looked up of them."""

    operation: OperationDefinitionNode
    leaves: Leaves | None


def values_of(
    prepared: Declaring, given: Mapping[str, Any] | None, schema: GraphQLSchema
) -> VariableValues | list[GraphQLError]:
    """The coerced values, or everything that is wrong with them."""
    if prepared.leaves is None:
        prepared.leaves = _leaves(prepared.operation, schema)
    if prepared.leaves and given and (values := _simple(prepared.leaves, given)) is not None:
        return values
    definitions = prepared.operation.variable_definitions or ()
    return get_variable_values(schema, definitions, dict(given or {}), max_errors=_MOST_ERRORS)


def _leaves(operation: OperationDefinitionNode, schema: GraphQLSchema) -> Leaves:
    """What is declared, if all of it is scalars and closed sets; nothing otherwise."""
    found = [get_variable_signature(schema, node) for node in operation.variable_definitions or ()]
    leaves = [one for one in found if not isinstance(one, GraphQLError) and is_leaf_type(get_nullable_type(one.type))]
    return tuple(leaves) if len(leaves) == len(found) else ()


def _simple(leaves: Leaves, given: Mapping[str, Any]) -> VariableValues | None:
    """Of the usual case, in which every variable has a value and it is right; None: somebody else has to look."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature in leaves:
        name = signature.name
        value = given.get(name, Undefined)
        result = Undefined if value is Undefined else coerce_input_value(value, signature.type)
        if result is Undefined:
            return None
        sources[name] = VariableValueSource(signature, value)
        coerced[name] = result
    return VariableValues(sources, coerced)

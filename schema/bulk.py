"""The straight way in: a bulk mutation's rows go to the domain as they came, and its results out without graphql-core.

It takes operations of nothing but bulk mutations whose lists are variables; all others go the standard way, where
every row becomes an object first. What the two ways tell of rows that both can read is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    get_variable_values,
    located_error,
)
from graphql.execution.collect_fields import FieldDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from domain.query.asking import Given
from domain.transfer.kinds import Kind
from domain.vocabulary import RecordErrorPolicy
from schema.context import Context
from schema.fragments import fragments_in, roots_of
from schema.given import arguments, shape
from schema.records import record_rows
from schema.rows import Row

BULK: Mapping[str, Kind] = {
    "customersUpsert": Kind.CUSTOMERS,
    "touchpointsRecord": Kind.TOUCHPOINTS,
    "productsUpsert": Kind.PRODUCTS,
    "ordersRecord": Kind.ORDERS,
    "returnsRecord": Kind.RETURNS,
}
_MOST_ERRORS = 20
_KEPT = 16


class Wanted(NamedTuple):
    """A field that is asked of an object: a leaf, what is asked of each of its objects, or its type's name."""

    key: str
    name: str
    below: "tuple[Wanted, ...] | None" = None
    fixed: str | None = None


class Prepared(Protocol):
    """A document that keeps what was read of it."""

    document: DocumentNode
    operation: OperationDefinitionNode
    plans: dict[object, object]
    lists: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Call:
    """One bulk mutation of an operation."""

    key: str
    node: FieldNode
    rows: str
    policy: Given
    wanted: tuple[Wanted, ...]

    def policy_of(self, values: VariableValues) -> RecordErrorPolicy | None:
        said = self.policy.now(values.coerced)
        return None if said is None else RecordErrorPolicy(str(said))


@dataclass(frozen=True, slots=True)
class Bulk:
    """An operation that goes the straight way, with the values of one request."""

    calls: tuple[tuple[Call, RecordErrorPolicy], ...]
    lists: Mapping[str, list[Row]]
    values: VariableValues

    async def carry_out(self, context: Context) -> ExecutionResult:
        """As graphql-core would: calls in their order; what nobody expected ends the operation."""
        data: dict[str, Any] = {}
        for call, policy in self.calls:
            name = call.node.name.value
            try:
                payload = await record_rows(context, name, BULK[name], self.lists[call.rows], policy)
            except Exception as cause:
                return ExecutionResult(None, [located_error(cause, [call.node], [call.key])])
            data[call.key] = _told(payload, call.wanted)
        return ExecutionResult(data)


def straight(
    prepared: Prepared, given: Mapping[str, Any] | None, schema: GraphQLSchema
) -> Bulk | list[GraphQLError] | None:
    """The operation's calls with the rows as they came; what is wrong with its other variables; None: not this way."""
    if prepared.lists is None:
        prepared.lists = _lists(prepared)
    lists = {name: rows for name in prepared.lists if isinstance(rows := (given or {}).get(name), list)}
    if not lists or len(lists) < len(prepared.lists):
        return None
    others = [node for node in prepared.operation.variable_definitions or () if node.variable.name.value not in lists]
    values = get_variable_values(schema, others, dict(given or {}), max_errors=_MOST_ERRORS)
    if isinstance(values, list):
        return values
    calls = [(call, call.policy_of(values)) for call in _calls(prepared, values, schema)]
    said = tuple((call, policy) for call, policy in calls if policy is not None)
    return Bulk(said, lists, values) if len(said) == len(calls) else None


def _calls(prepared: Prepared, values: VariableValues, schema: GraphQLSchema) -> tuple[Call, ...]:
    """Read once for each shape of the other variables."""
    key = ("bulk", shape(values.coerced))
    kept = prepared.plans.get(key)
    if kept is None:
        if len(prepared.plans) >= _KEPT:
            prepared.plans.clear()
        kept = prepared.plans[key] = _read(prepared, values, schema)
    return cast("tuple[Call, ...]", kept)


def _read(prepared: Prepared, values: VariableValues, schema: GraphQLSchema) -> tuple[Call, ...]:
    fragments = fragments_in(prepared.document)
    operation, root = prepared.operation, schema.mutation_type
    assert root is not None
    grouped = collect_fields(schema, fragments, values, root, operation).grouped_field_set

    def wanted(type_: GraphQLObjectType, details: list[FieldDetails]) -> tuple[Wanted, ...]:
        found = collect_subfields(schema, fragments, values, operation, type_, details).grouped_field_set
        return tuple(one(type_, key, below) for key, below in found.items())

    def one(type_: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Wanted:
        name = details[0].node.name.value
        if name == "__typename":
            return Wanted(key, name, fixed=type_.name)
        below = get_named_type(type_.fields[name].type)
        return Wanted(key, name, wanted(below, details) if isinstance(below, GraphQLObjectType) else None)

    def call(key: str, details: list[FieldDetails]) -> Call:
        node = details[0].node
        policy = arguments(root.fields[node.name.value], node, values.coerced)["errorPolicy"]
        rows = _list_of(node)
        assert rows is not None
        assert isinstance(policy, Given)
        return Call(key, node, rows, policy, wanted(payload, details))

    payload = cast("GraphQLObjectType", schema.type_map["RecordsPayload"])
    return tuple(call(key, details) for key, details in grouped.items())


def _told(value: object, wanted: tuple[Wanted, ...]) -> dict[str, object]:
    told: dict[str, object] = {}
    for key, name, below, fixed in wanted:
        if below is not None:
            told[key] = [_told(item, below) for item in getattr(value, name)]
        else:
            told[key] = fixed or getattr(value, name)
    return told


def _lists(prepared: Prepared) -> tuple[str, ...]:
    """The variables that hold rows, if the operation has nothing but bulk mutations of such; nothing otherwise."""
    found = [_list_of(node) for node in roots_of(prepared.document, prepared.operation)]
    lists = dict.fromkeys(name for name in found if name is not None)
    return tuple(lists) if len(found) == sum(name is not None for name in found) else ()


def _list_of(node: FieldNode) -> str | None:
    """The variable that a bulk mutation takes its rows from."""
    if node.name.value not in BULK:
        return None
    [rows] = [argument.value for argument in node.arguments or () if argument.name.value == "input"]
    return rows.name.value if isinstance(rows, VariableNode) else None

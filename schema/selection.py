"""From a GraphQL selection to a Fetch: the only place that reads a document's tree for its meaning.

Fields are collected by graphql-core itself: fragments, aliases, equal response keys merged, @skip and @include. A
question is read once for each shape of its variables; after that, only its values are bound.
"""

from collections.abc import Mapping
from typing import Protocol

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from domain.access.principal import Principal
from domain.catalog import ENTITIES
from domain.errors import QuestionRefused
from domain.query.asking import Asked, Occasion, Tree
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import (
    Below,
    Count,
    Cursor,
    Edges,
    Fetch,
    Field,
    Fields,
    Found,
    Info,
    Leaf,
    Listed,
    Nodes,
    OneOfMany,
    Told,
    TypeName,
)
from domain.query.ids import by_id, nodes_asked, type_asked
from domain.query.paging import Asking, present, read_page, read_where
from domain.query.plan import Outline, Plan, Statements, since
from schema.fragments import fragments_in
from schema.given import arguments, shape
from schema.lookup import is_mapped

DEAREST = 10_000
"""Units that a question may cost where the operator has not said otherwise."""

KEPT, KEPT_OF_SHAPE = 32, 8
"""What is kept for one document: shapes of variables times kinds of callers, and outlines of each."""

SMALL = 100
"""Values of a question whose outline is kept; larger ones are read anew each time."""

STATEMENTS = Statements(ENTITIES)


class Prepared(Protocol):
    """A valid document, the operation asked of it, and room for what is kept beside it."""

    @property
    def document(self) -> DocumentNode: ...
    @property
    def operation(self) -> OperationDefinitionNode: ...
    @property
    def plans(self) -> dict[object, object]: ...


def plan(
    prepared: Prepared, values: VariableValues, *, schema: GraphQLSchema, occasion: Occasion, dearest: int = DEAREST
) -> Plan | None:
    """One statement for all root fields that the catalog has; None where it has none of them.

    Raises QuestionRefused (NOT_ALLOWED, INVALID, BAD_CURSOR, TOO_COSTLY) before any SQL.
    """
    variables, caller = values.coerced, occasion.principal
    key = (caller.role, caller.reads_personal_data, dearest, shape(variables) if variables else None)
    kept = prepared.plans.get(key, ())
    assert isinstance(kept, tuple)
    for outline in kept:
        if outline.serves(variables, occasion):
            made: Plan = outline.bind(variables, occasion)
            return made
    outline = _outline(prepared, values, schema, occasion, dearest)
    if outline is None:
        return None
    if len(outline.bindings) <= SMALL:
        _keep(prepared.plans, key, (outline, *kept))
    return outline.bind(variables, occasion)


def _keep(plans: dict[object, object], key: object, outlines: tuple[Outline, ...]) -> None:
    """The oldest of a shape goes first; a document asked in too many shapes starts anew."""
    if len(plans) >= KEPT and key not in plans:
        plans.clear()
    plans[key] = outlines[:KEPT_OF_SHAPE]


def _outline(
    prepared: Prepared, values: VariableValues, schema: GraphQLSchema, occasion: Occasion, dearest: int
) -> Outline | None:
    if prepared.operation.operation is not OperationType.QUERY or schema.query_type is None:
        return None
    fragments = fragments_in(prepared.document)
    asked = Asked(occasion)
    selector = Selector(schema, fragments, values, prepared.operation, asked)
    fields, whole = selector.roots(schema.query_type)
    if not fields:
        return None
    then = since(tuple(asked.seals), values.coerced, occasion)
    if then is not occasion and then != occasion:  # cursors keep an earlier now: what it decides is decided again
        asked.occasion = then
        asked.forget()
        fields, whole = selector.roots(schema.query_type)
    return STATEMENTS.outline(asked, fields, dearest=dearest, whole=whole)


class Unmapped(Exception):
    """A field that the catalog does not have: a resolver of its own answers it."""


def _leaf(name: str, type_: GraphQLOutputType) -> Leaf:
    """A column, with what its type promises of it."""
    return Leaf(name, isinstance(type_, GraphQLNonNull), isinstance(get_nullable_type(type_), GraphQLEnumType))


class Selector:
    """Reads the selections of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDetails],
        values: VariableValues,
        operation: OperationDefinitionNode,
        asked: Asked,
    ) -> None:
        self.schema, self.fragments, self.values, self.operation, self.asked = (
            schema,
            fragments,
            values,
            operation,
            asked,
        )
        # Whether the statement is the whole answer: no resolver goes on from it.
        self.whole = True

    @property
    def caller(self) -> Principal:
        return self.asked.occasion.principal

    def roots(self, root: GraphQLObjectType) -> tuple[Fields, bool]:
        """The root fields that the catalog has, and whether these are all, down to the last field below them."""
        grouped = collect_fields(self.schema, self.fragments, self.values, root, self.operation).grouped_field_set
        found, self.whole = [], True
        for key, details in grouped.items():
            try:
                found.append((key, self.field(ENTITIES["Query"], root, key, details)))
            except Unmapped:
                self.whole = False
        return tuple(found), self.whole

    def object(self, entity: str, details: list[FieldDetails]) -> Fields:
        """What is selected of an entity's row."""
        type_ = self.schema.get_type(entity)
        assert isinstance(type_, GraphQLObjectType)
        grouped = self.below(type_, details)
        return tuple((key, self.field(ENTITIES[entity], type_, key, below)) for key, below in grouped.items())

    def below(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> GroupedFieldSet:
        found = collect_subfields(self.schema, self.fragments, self.values, self.operation, type_, details)
        return found.grouped_field_set

    def field(self, entity: Entity, type_: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field:
        name = details[0].node.name.value
        if name == "__typename":
            return TypeName(type_.name)
        column, relation = entity.columns.get(name), entity.relations.get(name)
        if column is None and relation is None:
            raise Unmapped(name)
        declared = column or relation
        assert declared is not None
        if self.caller.role not in (declared.roles or entity.roles):
            place = f"{entity.name}.{name}" if entity.name != "Query" else name
            raise QuestionRefused("NOT_ALLOWED", f"{place} may not be read by a {self.caller.role}", (key,))
        if relation is None:
            self.whole = self.whole and is_mapped(type_.fields[name])
            return _leaf(name, type_.fields[name].type)
        given = arguments(type_.fields[name], details[0].node, self.values.coerced)
        return self._related(entity, name, relation, type_, details, given)

    def _related(
        self,
        entity: Entity,
        name: str,
        relation: Relation,
        type_: GraphQLObjectType,
        details: list[FieldDetails],
        given: Mapping[str, Tree],
    ) -> Field:
        if relation.shape is Shape.NODE:
            return self._node(details, given)
        if relation.shape is Shape.NODES:
            return self._nodes(details, given)
        if relation.shape is Shape.PAGE:
            asking = read_page(self.asked, f"{entity.name}.{name}", relation, ENTITIES[relation.entity], given)
            connection = get_named_type(type_.fields[name].type)
            assert isinstance(connection, GraphQLObjectType)
            return self._list(name, relation, connection, details, asking)
        found = relation.find(self.asked, given) if relation.find else None
        if relation.of:
            return self._together(name, relation, details, given, found)
        return Below(name, Fetch(relation.entity, self.object(relation.entity, details), found))

    def _together(
        self, name: str, relation: Relation, details: list[FieldDetails], given: Mapping[str, Tree], found: Found | None
    ) -> Field:
        """What is asked of many rows together: those that `where` holds of, over the period `over`."""
        where = read_where(self.asked, ENTITIES[relation.of], given)
        around, self.asked.over = self.asked.over, present(given, "over")
        fields = self.object(relation.entity, details)
        self.asked.over = around
        return Below(name, Fetch(relation.entity, fields, found, where))

    def _node(self, details: list[FieldDetails], given: Mapping[str, Tree]) -> Field:
        entity = type_asked(self.asked, ENTITIES, given)
        if entity is None:
            return Leaf("nothing")
        return Below("node", Fetch(entity.name, self.object(entity.name, details), by_id(self.asked, entity, given)))

    def _nodes(self, details: list[FieldDetails], given: Mapping[str, Tree]) -> Field:
        ids, types, entities, rows = nodes_asked(self.asked, ENTITIES, given)
        fetches = [
            (str(entity.prefix), Fetch(entity.name, self.object(entity.name, details), by_id(self.asked, entity)))
            for entity in entities
        ]
        return OneOfMany(ids, types, tuple(fetches), rows)

    def _list(
        self,
        name: str,
        relation: Relation,
        connection: GraphQLObjectType,
        details: list[FieldDetails],
        asking: Asking,
    ) -> Listed:
        parts: list[tuple[str, Told]] = []
        for key, below in self.below(connection, details).items():
            parts.append((key, self._part(relation, connection, below)))
        fetch = Fetch(relation.entity, (), asking.found, asking.where)
        return Listed(name, fetch, asking.page, tuple(parts), asking.rows)

    def _part(self, relation: Relation, connection: GraphQLObjectType, details: list[FieldDetails]) -> Told:
        name = details[0].node.name.value
        if name == "__typename":
            return TypeName(connection.name)
        if name == "nodes":
            return Nodes(self.object(relation.entity, details))
        if name == "totalCount":
            return Count()
        type_ = get_named_type(connection.fields[name].type)
        assert isinstance(type_, GraphQLObjectType)
        below = self.below(type_, details)
        if name == "pageInfo":
            return Info(tuple((key, self._told(type_, fields)) for key, fields in below.items()))
        return Edges(tuple((key, self._edge(relation, type_, fields)) for key, fields in below.items()))

    def _told(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> str | TypeName:
        name = details[0].node.name.value
        return TypeName(type_.name) if name == "__typename" else name

    def _edge(
        self, relation: Relation, edge: GraphQLObjectType, details: list[FieldDetails]
    ) -> Nodes | Cursor | TypeName:
        name = details[0].node.name.value
        if name == "__typename":
            return TypeName(edge.name)
        return Cursor() if name == "cursor" else Nodes(self.object(relation.entity, details))

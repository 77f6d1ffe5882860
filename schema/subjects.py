"""The subjects of payloads and events: what is asked of them is judged before the deed, and read after it."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast
from uuid import UUID

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)
from graphql.execution.collect_fields import FieldDetails, collect_fields
from graphql.execution.values import VariableValues

from domain.catalog import ENTITIES
from domain.query.asking import Asked, Given, Occasion
from domain.query.fetch import Below, Fetch
from domain.query.ids import by_id
from domain.query.plan import Outline, Plan
from schema.given import shape
from schema.selection import DEAREST, KEPT, SMALL, STATEMENTS, Prepared, Selector, fragments_of

Subjects = Mapping[tuple[str, str], Outline]
"""By the response keys of the mutation and of its payload's field."""

_KEY_NAME = "the subject's key"
_KEY = Given(None, (_KEY_NAME,))


class Reading(Protocol):
    """What of a request is needed to read a subject."""

    @property
    def occasion(self) -> Occasion: ...
    @property
    def subjects(self) -> Subjects: ...


def subjects(prepared: Prepared, values: VariableValues, *, schema: GraphQLSchema, occasion: Occasion) -> Subjects:
    """Raises QuestionRefused where the caller may not read what is asked below a payload: then nothing is done."""
    caller = occasion.principal
    key = ("subjects", caller.role, caller.reads_personal_data, shape(values.coerced) if values.coerced else None)
    kept = cast("Subjects | None", prepared.plans.get(key))
    if kept is not None and all(one.serves(values.coerced, occasion) for one in kept.values()):
        return kept
    found = dict(_read(prepared, values, schema, occasion))
    if sum(len(one.bindings) for one in found.values()) <= SMALL:
        if len(prepared.plans) >= KEPT:
            prepared.plans.clear()
        prepared.plans[key] = found
    return found


def _read(
    prepared: Prepared, values: VariableValues, schema: GraphQLSchema, occasion: Occasion
) -> Iterator[tuple[tuple[str, str], Outline]]:
    root, operation = schema.mutation_type, prepared.operation
    assert root is not None
    nodes = (node for node in prepared.document.definitions if isinstance(node, FragmentDefinitionNode))
    fragments = fragments_of(nodes)
    for key, details in collect_fields(schema, fragments, values, root, operation).grouped_field_set.items():
        field = root.fields.get(details[0].node.name.value)
        payload = get_named_type(field.type) if field else None
        if not isinstance(payload, GraphQLObjectType):
            continue
        selector = Selector(schema, fragments, values, operation, Asked(occasion))
        for below, asked in selector.below(payload, details).items():
            name = asked[0].node.name.value
            type_ = get_nullable_type(payload.fields[name].type) if name in payload.fields else None
            if isinstance(type_, GraphQLObjectType) and type_.name in ENTITIES:
                selector.asked = Asked(occasion)
                yield (key, below), _outline(selector, type_.name, asked)


def plan_subject(info: GraphQLResolveInfo[Any], reading: Reading, entity: str, key: UUID) -> Plan:
    """What is asked of a payload's subject, as it was judged."""
    path = tuple(map(str, info.path.as_list()))
    outline = reading.subjects.get((path[0], path[-1])) if len(path) == 2 else None
    if outline is None:
        return plan_below(info, entity, key, occasion=reading.occasion)
    return _bind(outline, key, info.variable_values.coerced, reading.occasion)


def plan_below(info: GraphQLResolveInfo[Any], entity: str, key: UUID, *, occasion: Occasion) -> Plan:
    """What is selected below a payload's or an event's field, of one row; its answer is that object, or null."""
    fragments = fragments_of(info.fragments.values())
    selector = Selector(info.schema, fragments, info.variable_values, info.operation, Asked(occasion))
    details = [FieldDetails(node, None) for node in info.field_nodes]
    return _bind(_outline(selector, entity, details), key, info.variable_values.coerced, occasion)


def _outline(selector: Selector, entity: str, details: list[FieldDetails]) -> Outline:
    """The statement of one row, whose key is not known yet."""
    asked = selector.asked
    fetch = Fetch(entity, selector.object(entity, details), by_id(asked, ENTITIES[entity], _KEY))
    return STATEMENTS.outline(asked, (("below", Below("node", fetch)),), dearest=DEAREST, alone=True)


def _bind(outline: Outline, key: UUID, variables: Mapping[str, object], occasion: Occasion) -> Plan:
    return outline.bind({**variables, _KEY_NAME: key}, occasion)

"""The subjects of payloads and events: what is asked of them is judged before the deed, and read after it."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast
from uuid import UUID

from graphql import (
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
from domain.query.fetch import Below, Fetch, Found
from domain.query.ids import by_id
from domain.query.plan import Outline, Plan
from schema.fragments import fragments_in, fragments_of
from schema.given import shape
from schema.selection import DEAREST, KEPT, SMALL, STATEMENTS, Prepared, Selector

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
    asked = _payloads(prepared, values, schema)
    if not asked:
        return {}  # before a thousand rows are looked at for their shape
    caller = occasion.principal
    key = ("subjects", caller.role, caller.reads_personal_data, shape(values.coerced) if values.coerced else None)
    kept = cast("Subjects | None", prepared.plans.get(key))
    if kept is not None and all(one.serves(values.coerced, occasion) for one in kept.values()):
        return kept
    found = dict(_read(prepared, asked, values, schema, occasion))
    if sum(len(one.bindings) for one in found.values()) <= SMALL:
        if len(prepared.plans) >= KEPT:
            prepared.plans.clear()
        prepared.plans[key] = found
    return found


def _payloads(
    prepared: Prepared, values: VariableValues, schema: GraphQLSchema
) -> dict[str, tuple[GraphQLObjectType, list[FieldDetails]]]:
    """The mutations whose payload has a subject, by response key."""
    root = schema.mutation_type
    assert root is not None
    found = {}
    fragments = fragments_in(prepared.document)
    for key, details in collect_fields(schema, fragments, values, root, prepared.operation).grouped_field_set.items():
        field = root.fields.get(details[0].node.name.value)
        payload = get_named_type(field.type) if field else None
        if isinstance(payload, GraphQLObjectType) and any(_subject(payload, name) for name in payload.fields):
            found[key] = payload, details
    return found


def _subject(payload: GraphQLObjectType, name: str) -> str | None:
    """The entity that a payload's field tells of."""
    type_ = get_nullable_type(payload.fields[name].type) if name in payload.fields else None
    return type_.name if isinstance(type_, GraphQLObjectType) and type_.name in ENTITIES else None


def _read(
    prepared: Prepared,
    asked: Mapping[str, tuple[GraphQLObjectType, list[FieldDetails]]],
    values: VariableValues,
    schema: GraphQLSchema,
    occasion: Occasion,
) -> Iterator[tuple[tuple[str, str], Outline]]:
    fragments = fragments_in(prepared.document)
    for key, (payload, details) in asked.items():
        selector = Selector(schema, fragments, values, prepared.operation, Asked(occasion))
        for below, fields in selector.below(payload, details).items():
            entity = _subject(payload, fields[0].node.name.value)
            if entity is not None:
                selector.asked = Asked(occasion)
                yield (key, below), _outline(selector, entity, fields)


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


def plan_told(
    info: GraphQLResolveInfo[Any],
    entity: str,
    source: str,
    told: Mapping[str, tuple[str, object]],
    *,
    occasion: Occasion,
) -> Plan:
    """What is selected below an event's field, of a row that stands nowhere: `source` makes it of what is told."""
    fragments = fragments_of(info.fragments.values())
    selector = Selector(info.schema, fragments, info.variable_values, info.operation, Asked(occasion))
    details = [FieldDetails(node, None) for node in info.field_nodes]
    slots = tuple((name, selector.asked.slot(type_, Given(value))) for name, (type_, value) in told.items())
    outline = _outline(selector, entity, details, Found(source=source, slots=slots))
    return outline.bind(info.variable_values.coerced, occasion)


def _outline(selector: Selector, entity: str, details: list[FieldDetails], found: Found | None = None) -> Outline:
    """The statement of one row: the one that is found, or the one whose key is not known yet."""
    asked = selector.asked
    found = found or by_id(asked, ENTITIES[entity], _KEY)
    fetch = Fetch(entity, selector.object(entity, details), found)
    return STATEMENTS.outline(asked, (("below", Below("node", fetch)),), dearest=DEAREST, alone=True)


def _bind(outline: Outline, key: UUID, variables: Mapping[str, object], occasion: Occasion) -> Plan:
    return outline.bind({**variables, _KEY_NAME: key}, occasion)

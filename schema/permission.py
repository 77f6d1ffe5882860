"""Who may ask a root field that a resolver answers: declared with the field, enforced before anything runs.

What the reader answers has its roles in the domain's entities; schema/selection.py enforces those.
"""

from collections.abc import Mapping
from functools import cache
from math import ceil
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues
from graphql.language import DocumentNode

from domain.access.principal import Principal
from domain.errors import QuestionRefused
from domain.vocabulary import Role
from schema.context import Context
from schema.errors import NOT_ALLOWED, RATE_LIMITED, TOO_COSTLY
from schema.fields import ALONE, ROLES
from schema.fragments import fragments_in
from schema.lookup import declared


def roles_of(field: GraphQLField) -> frozenset[Role] | None:
    """Who may ask it; None where the reader decides."""
    found = declared(field)
    said: Mapping[Any, Any] = (found.metadata or {}) if found else {}
    roles: frozenset[Role] | None = said.get(ROLES)
    return roles


def _is_alone(field: GraphQLField) -> bool:
    """Whether a request may ask it only once."""
    found = declared(field)
    return bool(found and found.metadata and found.metadata.get(ALONE))


@cache
def _says_roles(root: GraphQLObjectType) -> bool:
    """Whether any field of this root has roles of its own."""
    return any(map(roles_of, root.fields.values()))


def check_root_fields(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    values: VariableValues,
    caller: Principal,
) -> None:
    """Refuses the whole request where the caller may not ask one of its root fields, or not so often."""
    root = schema.get_root_type(operation.operation)
    if root is None or not _says_roles(root):
        return
    asked: Mapping[str, Any] = collect_fields(schema, fragments_in(document), values, root, operation).grouped_field_set
    lonely: set[str] = set()
    for response_key, details in asked.items():
        field = schema.get_field(root, details[0].node.name.value)
        roles = roles_of(field) if field else None
        if roles is not None and caller.role not in roles:
            allowed = ", ".join(sorted(roles))
            raise QuestionRefused(NOT_ALLOWED, f"{details[0].node.name.value} is for {allowed}.", (response_key,))
        if field and _is_alone(field):
            if (name := details[0].node.name.value) in lonely:
                raise QuestionRefused(TOO_COSTLY, f"{name} may be asked once a request", (response_key,))
            lonely.add(name)


def check_lookups(context: Context, count: int) -> None:
    """Refuses who looks up more people by what they are known by than anybody does who is not trying values out."""
    caller = context.principal
    if context.lookups is None:
        return
    wait = context.lookups.take(caller.key_id or caller.name, count, context.now)
    if wait is not None:
        raise QuestionRefused(
            RATE_LIMITED,
            f"customerByIdentity may be asked {context.lookups.a_minute} times a minute with one key:"
            f" ask again in {ceil(wait.total_seconds())} seconds, and keep the ids that were found",
            ("customerByIdentity",),
        )

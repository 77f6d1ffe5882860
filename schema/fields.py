"""How fields, arguments and closed sets are declared: what they are called and what a reader is told about them.

Fields of types that the reader answers have no resolver: the answer comes from one statement (see execution.py).
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions.field_extension import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.unset import UNSET

from domain.vocabulary import Role
from schema.once import ToldOnce

ROLES, ALONE = "roles", "alone"

EVERYONE = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})


def field(description: str | None = None, *arguments: StrawberryArgument, name: str | None = None) -> Any:
    """A field that the reader answers, or one of an input that may not be left out."""
    made = strawberry.field(description=description, name=name)
    if arguments:
        made.arguments = list(arguments)
    return made


def optional(description: str | None = None, *, name: str | None = None) -> Any:
    """A field of an input that may be left out."""
    return strawberry.field(description=description, name=name, default=UNSET)


def argument(
    name: str, type_: object, description: str | None = None, *, default: object = UNSET
) -> StrawberryArgument:
    return StrawberryArgument(name, name, StrawberryAnnotation(type_), description=description, default=default)


def mutation(roles: frozenset[Role], description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A deed, and who may do it; enforced before anything of the request runs."""
    return _resolved(roles, description)


def question(
    roles: frozenset[Role], description: str, *, alone: bool = False
) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A root question that a resolver answers, and who may ask it. Alone: once a request."""
    return _resolved(roles, description, alone=alone)


def below(description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """The subject of a payload; who may do the deed may ask for it, as far as the reader shows it."""
    return _resolved(EVERYONE, description)


def resolved(resolver: Callable[..., Any], description: str) -> Any:
    """A field of a type that the reader answers, with a resolver of its own. The entity has a column of its name: what
    that tells of the row (such as its id) is the resolver's `root`, whatever else of the row is asked for.
    """
    return strawberry.field(resolver=resolver, description=description)


def secret(description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """A value of a payload that is told once: a replay of the request has null in its place, so it is nullable."""
    return _resolved(EVERYONE, description, extensions=[ToldOnce()])


def subscription(roles: frozenset[Role], description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Events as they happen, and who may listen."""
    return _resolved(roles, description, is_subscription=True)


def _resolved(
    roles: frozenset[Role],
    description: str,
    *,
    is_subscription: bool = False,
    alone: bool = False,
    extensions: Sequence[FieldExtension] = (),
) -> Callable[[Callable[..., Any]], StrawberryField]:
    def declare(resolver: Callable[..., Any]) -> StrawberryField:
        made = strawberry.field(
            resolver=resolver,
            description=description,
            is_subscription=is_subscription,
            metadata={ROLES: roles, ALONE: alone},
            extensions=list(extensions),
        )
        assert isinstance(made, StrawberryField)
        return made

    return declare


def closed_set(values: type[StrEnum], description: str, *, name: str | None = None, **told: str) -> None:
    """A closed set of the domain as a GraphQL enum; `told` says what a value means where its name does not."""
    made = strawberry.enum(values, name=name, description=description)
    definition = vars(made)["__strawberry_definition__"]
    assert isinstance(definition, StrawberryEnumDefinition)
    for value in definition.values:
        value.description = told.pop(value.name, None)
    if told:
        raise LookupError(f"{values.__name__} has no {', '.join(told)}")

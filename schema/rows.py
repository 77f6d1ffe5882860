"""Strawberry's inputs back to plain rows: what was given, by the contract's names; what was left out is not there."""

from typing import Any

from strawberry import UNSET
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

Row = dict[str, Any]
_Names = tuple[tuple[str, str], ...]
_kept: dict[object, _Names | None] = {}


def row_of(given: object) -> Row:
    """One input as a row; null stays null, values stay what they were coerced to."""
    names = _names(type(given))
    assert names is not None, "no input"
    return {name: _plain(value) for name, own in names if (value := getattr(given, own)) is not UNSET}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if _names(type(value)) is None else row_of(value)


def _names(type_: type) -> _Names | None:
    """The fields' names outside and inside; None where the type is none of the inputs."""
    if type_ not in _kept:
        definition = vars(type_).get("__strawberry_definition__")
        _kept[type_] = _outside(definition) if isinstance(definition, StrawberryObjectDefinition) else None
    return _kept[type_]


def _outside(definition: StrawberryObjectDefinition) -> _Names:
    return tuple((one.graphql_name or to_camel_case(one.python_name), one.python_name) for one in definition.fields)

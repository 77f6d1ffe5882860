"""Declared attributes, pure: whether a value fits its declaration, and the column that filters look in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from domain.folding import order_key
from domain.vocabulary import AttributeType

LONGEST_TEXT = 10_000
LONGEST_NAME = 255
REMEDY = "is not declared: declare it with attributeDeclare first"
_WANTED = {
    AttributeType.STRING: "a text",
    AttributeType.NUMBER: "a number",
    AttributeType.BOOLEAN: "true or false",
    AttributeType.DATE: "a day such as 2026-03-01",
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an attribute holds, and whether it may be shown to all."""

    name: str
    type: AttributeType
    personal: bool
    description: str | None = None


Declared = Mapping[str, Declaration]


class Typed(NamedTuple):
    """A value in the column of its type; the others are null."""

    text: str | None = None
    fold: str | None = None
    number: float | None = None
    boolean: bool | None = None
    day: date | None = None


def fault(declared: Declared, name: str, value: object) -> str | None:
    """Why the value cannot be stated, with the remedy; None where it can. Null clears whatever is declared."""
    declaration = declared.get(name)
    if declaration is None:
        return REMEDY
    if value is None or typed(declaration.type, value) is not None:
        return None
    return f"was declared as {declaration.type}: give {_WANTED[declaration.type]}"


def typed(type_: AttributeType, value: object) -> Typed | None:
    """The value as the filters know it; None where it is none of the type."""
    if type_ is AttributeType.STRING and isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return Typed(text=value, fold=order_key(value))
    if type_ is AttributeType.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if type_ is AttributeType.BOOLEAN and isinstance(value, bool):
        return Typed(boolean=value)
    if type_ is AttributeType.DATE and isinstance(value, str):
        day = _day(value)
        return None if day is None else Typed(day=day)
    return None


def read(type_: AttributeType, text: str) -> object:
    """A CSV's cell as a value of the type; the text itself where it is none."""
    if type_ is AttributeType.BOOLEAN:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if type_ is AttributeType.NUMBER:
        try:
            return int(text) if text.strip().lstrip("-").isdigit() else float(text)
        except ValueError:
            return text
    return text


def _number(value: int | float) -> Typed | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return Typed(number=number) if math.isfinite(number) else None


def _day(text: str) -> date | None:
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

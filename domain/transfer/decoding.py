"""One line of NDJSON or one row of a CSV becomes an input; what is wrong is told by field, reason and remedy."""

import re
from typing import Generic, TypeVar

import msgspec

from domain.errors import ErrorCode
from domain.transfer.inputs import Input
from domain.transfer.refs import MISSING
from domain.transfer.scalars import Unfit

_PLACED = re.compile(r"(?P<text>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_TYPES = re.compile(r"Expected `(?P<wanted>[\w |]+)`, got `(?P<got>\w+)`")
_NUL = (b"\\u0000", b"\x00")
I = TypeVar("I", bound=Input)  # noqa: E741


class Decoder(Generic[I]):
    """Strict decoding into one struct. Raises Unfit with the first fault, a missing customer before all others."""

    def __init__(self, input_: type[I]) -> None:
        self._input = input_
        self._decoder = msgspec.json.Decoder(input_)
        self._needs_customer = "customer" in input_.__struct_fields__ and input_.__name__ != "ReturnInput"

    def line(self, raw: bytes) -> I:
        if _NUL[0] in raw or _NUL[1] in raw:
            self._refuse_nul(raw)
        try:
            return self._decoder.decode(raw)
        except UnicodeDecodeError as error:
            raise Unfit("", "is not UTF-8") from error
        except msgspec.ValidationError as error:
            self._customer_first(raw)
            raise _told(error) from error
        except msgspec.DecodeError as error:
            raise Unfit("", "is no JSON object on one line") from error

    def row(self, nested: dict[str, object]) -> I:
        if self._needs_customer and "customer" not in nested:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)
        try:
            return msgspec.convert(nested, self._input, strict=False)
        except msgspec.ValidationError as error:
            raise _told(error) from error

    def _customer_first(self, raw: bytes) -> None:
        given = msgspec.json.decode(raw)
        if self._needs_customer and isinstance(given, dict) and given.get("customer") is None:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)

    def _refuse_nul(self, raw: bytes) -> None:
        try:
            given: object = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unfit("", "is no JSON object on one line") from error
        if (where := _nul_in(given)) is not None:
            raise Unfit(where, "has a NUL character")


def _nul_in(value: object, path: str = "") -> str | None:
    """The path of the first text with a NUL; keys are texts too."""
    if isinstance(value, str):
        return path if "\x00" in value else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        at = f"{path}.{key}".lstrip(".")
        if isinstance(key, str) and "\x00" in key:
            return path
        if (found := _nul_in(item, at)) is not None:
            return found
    return None


def _told(error: msgspec.ValidationError) -> Unfit:
    """msgspec's message in the words of the house, without the value that it quotes."""
    placed = _PLACED.fullmatch(str(error))
    assert placed
    text, path = placed["text"], _dotted(placed["path"] or "")
    if named := _NAMED.fullmatch(text):
        field = f"{path}.{named['name']}".lstrip(".")
        if named["what"].startswith("missing"):
            return Unfit(field, "is missing", ErrorCode.REQUIRED)
        return Unfit(field, "is no field of this input: look for a slip of the pen")
    if types := _TYPES.fullmatch(text):
        return Unfit(path, f"must be {types['wanted']}, not {types['got']}")
    if text.startswith("Invalid enum value"):
        return Unfit(path, "is none of the contract's values")
    if text.startswith(("Expected `str` of length", "Expected `int` ", "Expected `float` ")):
        return Unfit(path, f"must be {text.removeprefix('Expected ')}".replace("`", ""), ErrorCode.OUT_OF_RANGE)
    if "timezone" in text:
        return Unfit(path, "must say its time zone, such as 2026-03-01T09:30:00Z")
    if "RFC3339" in text or "date" in text:
        return Unfit(path, "is no moment that a calendar has: write it as 2026-03-01T09:30:00Z")
    return Unfit(path, "cannot be read: see the contract for its type")


def _dotted(path: str) -> str:
    return re.sub(r"\[(\d+|\.\.\.)\]", r".\1", path).strip(".")

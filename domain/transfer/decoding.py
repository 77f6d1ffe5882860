"""One line of NDJSON or one row of a CSV becomes an input; what is wrong is told by field, reason and remedy."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Generic, TypeVar, cast

import msgspec
import orjson

from domain.errors import ErrorCode
from domain.transfer.inputs import Input, Word
from domain.transfer.refs import MISSING
from domain.transfer.scalars import Unfit

_PLACED = re.compile(r"(?P<text>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_TYPES = re.compile(r"Expected `(?P<wanted>[\w |]+)`, got `(?P<got>\w+)`")
_NUL = (b"\\u0000", b"\x00")
_BOUND = re.compile(r"Expected `(?P<of>str|int|float|array)`(?: of length)? (?P<sign>[<>]=?) (?P<most>\S+)")
_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
    "decimal": "a number in quotes",
    "datetime": "a moment",
    "date": "a day",
}
_SIGNS = {">=": "at least", "<=": "at most", "<": "less than", ">": "more than"}
_NO_LINE = "is no JSON object on one line"
_ANY_JSON = frozenset({"properties", "attributes"})
_BIGGEST = 2**53
_SURROGATE = re.compile(r"[\ud800-\udfff]")
NOT_OWN = "is another's: a partner writes for its own source"
I = TypeVar("I", bound=Input)  # noqa: E741


class Decoder(Generic[I]):
    """Strict decoding into one struct. Raises Unfit with the first fault, a missing customer before all others."""

    def __init__(self, input_: type[I], source: str | None = None) -> None:
        """`source` is whose a partner's rows are: filled in where it is left out, another's is refused."""
        self._source = source
        self._input = input_ if source is None else _of_source(input_, source)
        self._decoder = msgspec.json.Decoder(self._input)
        self._needs_customer = "customer" in input_.__struct_fields__ and input_.__name__ != "ReturnInput"

    def line(self, raw: bytes) -> I:
        if _NUL[0] in raw or _NUL[1] in raw:
            self._refuse_nul(raw)
        try:
            return self._own(self._decoder.decode(raw))
        except UnicodeDecodeError as error:
            raise Unfit("", "is not UTF-8") from error
        except msgspec.ValidationError as error:
            self._customer_first(raw)
            raise _told(error) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise Unfit("", _NO_LINE) from error

    def row(self, nested: dict[str, object]) -> I:
        if self._needs_customer and "customer" not in nested:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)
        try:
            return self._own(msgspec.convert(nested, self._input, strict=False))
        except msgspec.ValidationError as error:
            raise _told(error) from error

    def mapping(self, given: Mapping[str, object]) -> I:
        """From values as JSON gives them, or as GraphQL has read them already."""
        if not isinstance(given, Mapping):
            raise Unfit("", "must be an object with the fields of the contract")
        _refuse_odd_values(given)
        if self._needs_customer and given.get("customer") is None:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)
        if self._source is not None and given.get("source") is None:
            given = {**given, "source": self._source}
        return self._own(self._read(given))

    def _read(self, given: Mapping[str, object]) -> I:
        """Of several faults the same one is told, in whatever order the fields are given."""
        try:
            return msgspec.convert(given, self._input)
        except msgspec.ValidationError:
            try:
                return msgspec.convert(_canonical(given), self._input)
            except msgspec.ValidationError as error:
                raise _told(error) from error

    def _own(self, given: I) -> I:
        """Raises Unfit where a partner writes for another source than its own."""
        if self._source is None or not hasattr(given, "source"):
            return given
        if given.source is None:
            given.source = self._source
        if given.source != self._source:
            raise Unfit("source", NOT_OWN, ErrorCode.NOT_ALLOWED)
        return given

    def _customer_first(self, raw: bytes) -> None:
        given = _any_json(raw)
        if self._needs_customer and isinstance(given, dict) and given.get("customer") is None:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)

    def _refuse_nul(self, raw: bytes) -> None:
        if (where := _nul_in(_any_json(raw))) is not None:
            raise Unfit(where, "has a NUL character")


def _any_json(raw: bytes) -> object:
    """The line as whatever JSON it is. Raises Unfit for what is none, nested without end, or has endless numbers."""
    try:
        given: object = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unfit("", _NO_LINE) from error
    return given


@lru_cache(maxsize=256)
def _of_source(input_: type[I], source: str) -> type[I]:
    """The input as a partner gives it: its own source need not be said."""
    if "source" not in input_.__struct_fields__:
        return input_
    fields = [("source", Word | None, source)]
    made = msgspec.defstruct(
        input_.__name__, fields, bases=(input_,), kw_only=True, forbid_unknown_fields=True, rename="camel"
    )
    return cast("type[I]", made)


def _refuse_odd_values(given: Mapping[str, object]) -> None:
    """Raises Unfit for what cannot be stored as it is, naming the field; what has nothing of that costs one look."""
    try:
        if _NUL[0] not in orjson.dumps(given, default=str, option=orjson.OPT_STRICT_INTEGER):
            return
    except TypeError:
        pass  # a lone surrogate, a huge number, or a value that no input takes: told with its field
    if (where := _odd_in(given)) is not None:
        raise Unfit(where, "has a NUL character or half of a surrogate pair")
    if (where := _huge_in(given)) is not None:
        reason = "is a whole number beyond 2^53, which others would round: send text"
        raise Unfit(where, reason, ErrorCode.OUT_OF_RANGE)


def _canonical(value: object) -> object:
    """With its fields in order, and whole numbers written as such; what is any JSON stays as it is."""
    if isinstance(value, Mapping):
        return {name: value[name] if name in _ANY_JSON else _canonical(value[name]) for name in sorted(value)}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [_canonical(item) for item in value] if isinstance(value, list) else value


def _huge_in(value: object, path: str = "") -> str | None:
    """The path of the first number that is not read exactly everywhere."""
    if isinstance(value, int) and abs(value) > _BIGGEST:
        return path
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    found = (_huge_in(item, f"{path}.{key}".lstrip(".")) for key, item in items)
    return next((one for one in found if one is not None), None)


def _nul_in(value: object) -> str | None:
    return _odd_in(value, only_nul=True)


def _odd_in(value: object, path: str = "", *, only_nul: bool = False) -> str | None:
    """The path of the first text that cannot be stored; keys are texts too."""
    if isinstance(value, str):
        return path if _is_odd(value, only_nul) else None
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(key, str) and _is_odd(key, only_nul):
            return path
        if (found := _odd_in(item, f"{path}.{key}".lstrip("."), only_nul=only_nul)) is not None:
            return found
    return None


def _is_odd(text: str, only_nul: bool) -> bool:
    return "\x00" in text or (not only_nul and _SURROGATE.search(text) is not None)


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
        if types["got"] == "null":
            return Unfit(path, "is null and may not be", ErrorCode.REQUIRED)
        wanted = " or ".join(_WORDS.get(one, one) for one in types["wanted"].split(" | "))
        return Unfit(path, f"must be {wanted}, not {_WORDS.get(types['got'], types['got'])}")
    if text.startswith("Invalid enum value"):
        return Unfit(path, "is none of the contract's values")
    if bound := _BOUND.fullmatch(text):
        many = bound["of"] == "array"
        return Unfit(path, _beyond(bound), ErrorCode.LIMIT_EXCEEDED if many else ErrorCode.OUT_OF_RANGE)
    if "timezone" in text:
        return Unfit(path, "must say its time zone, such as 2026-03-01T09:30:00Z")
    if text.endswith("date"):
        return Unfit(path, "is no day that a calendar has: write it as 2026-03-01")
    if "RFC3339" in text or "date" in text:
        return Unfit(path, "is no moment that a calendar has: write it as 2026-03-01T09:30:00Z")
    return Unfit(path, "cannot be read: see the contract for its type")


def _beyond(bound: "re.Match[str]") -> str:
    """A text too short or too long, a list with too many items, a number out of its range."""
    if bound["of"] == "array":
        return f"has more than {bound['most']} items: say less at a time"
    if bound["of"] != "str":
        return f"must be {_WORDS[bound['of']]} of {_SIGNS[bound['sign']]} {bound['most']}"
    if bound["sign"] == ">=":
        return "is empty: leave it out"
    return f"is longer than {bound['most']} characters"


def _dotted(path: str) -> str:
    return re.sub(r"\[(\d+|\.\.\.)\]", r".\1", path).strip(".")

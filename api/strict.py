"""JSON as it must be: UTF-8, no NaN, no key twice, nested no deeper and integers no longer than they may be.

orjson does nearly all of it. Keys that stand twice are found by counting: the keys in the text against the keys that
came out of it. Only where the two differ, or a huge number shows, is the text read again, slowly and exactly.
"""

import json
import re
from typing import Final

import orjson

DEEPEST: Final = 64
_HUGE: Final = 2.0**63
"""orjson turns integers beyond 64 bits into floats without a word."""

_KEY: Final = re.compile(rb'"[ \t\r\n]*:')


class NotStrict(ValueError):
    """What is wrong with the text, in a sentence that repeats nothing of it."""


def loads(text: bytes | str) -> object:
    """The value, or NotStrict."""
    octets = text.encode() if isinstance(text, str) else text
    try:
        value: object = orjson.loads(octets)
    except orjson.JSONDecodeError as error:
        raise NotStrict(f"is not JSON: {error.msg} at byte {error.pos}") from None
    if _keys_told(octets) != _keys(value, DEEPEST):
        _EXACT.decode(octets.decode())
    return value


def _keys_told(octets: bytes) -> int:
    """How many keys the text holds, at least: a string with a quote before a colon counts too much."""
    if b'" ' in octets or b'"\n' in octets or b'"\t' in octets or b'"\r' in octets:
        return len(_KEY.findall(octets))
    return octets.count(b'":')


def _keys(value: object, deeper: int) -> float:
    """How many keys the value has in all, NaN where a number asks for a closer look; NotStrict if it nests too deep."""
    if type(value) is dict:
        count: float = len(value)
        inside: list[object] = list(value.values())
    elif type(value) is list:
        count, inside = 0, value
    else:
        return float("nan") if _huge(value) else 0
    if deeper <= 0:
        raise NotStrict(f"nests deeper than {DEEPEST} levels")
    for inner in inside:
        kind = type(inner)
        if kind is dict or kind is list or kind is float:
            count += _keys(inner, deeper - 1)
    return count


def _huge(value: object) -> bool:
    return type(value) is float and abs(value) >= _HUGE


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise NotStrict("names a key twice in one object")


def _short(digits: str) -> None:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise NotStrict("holds an integer beyond 64 bits")


_EXACT: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_short)

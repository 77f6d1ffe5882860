"""Whether two servers gave the same answer, however each shapes it.

The floor tells it as ours does, so those are compared as JSON. PostGraphile nests less and tells ids, amounts and
instants in its own way: then objects are flattened into their parents, nulls dropped, and values brought to one form.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

_ID = re.compile(r"(?:[a-z]+_)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})")
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")
_SETS_OF_ONE = {"purchasing", "profitability"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT.*")


def data(answer: bytes) -> Any:
    told = orjson.loads(answer)
    assert "errors" not in told, answer[:500]
    return told["data"]


def plain(value: Any) -> Any:
    """The value without the shape that a server gave it."""
    match value:
        case {"nodes": list(nodes), **rest}:
            return [plain(node) for node in nodes] if not rest else [*map(plain, nodes), plain(rest["pageInfo"])]
        case dict():
            return _flat(value)
        case list():
            return [plain(item) for item in value]
        case str():
            return _scalar(value)
        case _:
            return value


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, item in value.items():
        # A set of one row is that row.
        inner = plain(item[0] if name in _SETS_OF_ONE and isinstance(item, list) else item)
        if isinstance(inner, dict):
            assert not told.keys() & inner.keys(), f"{name} would hide {told.keys() & inner.keys()}"
            told |= inner
        elif inner is not None:
            told[name] = inner
    return told


def _scalar(text: str) -> object:
    if found := _ID.fullmatch(text):
        return "".join(found.groups())
    if _AMOUNT.fullmatch(text):
        return Decimal(text).normalize()
    return datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else text

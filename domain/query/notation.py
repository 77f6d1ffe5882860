"""JSON as the statement writes it: literal text and SQL in turn, put together by `concat`.

Measured against row_to_json and json_agg over the same rows, this costs Postgres a third less: no row is formed, and
no value's type is looked up, for every object anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from domain.query.entity import Kind

_MOST_ARGUMENTS = 90
"""Postgres takes a hundred arguments a call."""


@dataclass(frozen=True, slots=True)
class Text:
    """A part that is the same for every row."""

    text: str

    @property
    def sql(self) -> str:
        return "'" + self.text.replace("'", "''") + "'"


Json: TypeAlias = tuple[Text | str, ...]
"""Parts in order: text as it stands, or SQL whose value is JSON text and never null."""

NULL: Json = (Text("null"),)


def string(text: str) -> Json:
    """A constant; of letters that need no escaping, such as the name of a type."""
    return (Text(f'"{text}"'),)


def an_object(members: Iterable[tuple[str, Json]]) -> Json:
    """An object by response keys, which are GraphQL names and need no escaping."""
    parts: list[Text | str] = []
    for key, value in members:
        parts += (Text(f'{"," if parts else "{"}"{key}":'), *value)
    return (*parts, Text("}")) if parts else (Text("{}"),)


def a_list(of: str, rows: str, *, order: str = "") -> str:
    """The aggregate of JSON texts of rows; null where there are none, which `concat` passes over."""
    return f"SELECT string_agg({of}, ','{order}) FROM {rows}"


def written(json: Json) -> str:
    """One SQL expression of it, of type text."""
    parts: list[str] = []
    text = ""
    for part in json:
        if isinstance(part, Text):
            text += part.text
            continue
        parts += [Text(text).sql] if text else []
        parts.append(part)
        text = ""
    parts += [Text(text).sql] if text else []
    while len(parts) > _MOST_ARGUMENTS:
        chunks = [parts[at : at + _MOST_ARGUMENTS] for at in range(0, len(parts), _MOST_ARGUMENTS)]
        parts = [f"concat({', '.join(chunk)})" for chunk in chunks]
    return f"concat({', '.join(parts)})"


def value(kind: Kind, sql: str, *, sure: bool = False, plain: bool = False) -> Json:
    """A column's value by its kind. Sure: it is never null. Plain: a text that needs no escaping."""
    if kind in (Kind.MONEY, Kind.ID) or (plain and kind is Kind.TEXT):
        text = money(sql) if kind is Kind.MONEY else sql
        return (Text('"'), text, Text('"')) if sure else (f"""coalesce('"' || {text} || '"', 'null')""",)
    if kind in (Kind.INT, Kind.FLOAT, Kind.BOOL, Kind.JSON):
        return (f"coalesce(({sql})::text, 'null')",)
    return (f"coalesce(to_json({sql}), 'null')",)


def mask(kind: Kind, sql: str) -> Json:
    """What is told of a value that may not be read: that there is one, or nothing."""
    if kind is Kind.TEXT:
        return (f"""CASE WHEN {sql} IS NOT NULL THEN '"***"' ELSE 'null' END""",)
    if kind is Kind.LINES:
        return (f"""CASE WHEN cardinality({sql}) > 0 THEN '["***"]' ELSE '[]' END""",)
    return (Text("{}"),) if kind is Kind.JSON else NULL


def money(sql: str) -> str:
    """An amount as text: exact, with two decimals at least and no zeros after them."""
    return f"CASE WHEN {sql} = round({sql}, 2) THEN round({sql}, 2)::text ELSE trim_scale({sql})::text END"

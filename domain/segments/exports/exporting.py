"""A segment as a file: which fields of a customer may stand in it, and its lines. Nothing here asks the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, TypeAlias

import orjson

from domain import files
from domain.errors import ErrorCode, Fault, Refused
from domain.query.asking import Asked, Given, Occasion
from domain.query.compile import Catalog, compile_statement
from domain.query.entity import EVERYONE, Kind, Relation, Shape
from domain.query.fetch import Below, Fetch, Field, Fields, Leaf, OneOfMany, Sight
from domain.query.ids import by_id
from domain.query.plan import Outline
from domain.vocabulary import ExportFormat, Role

_SCORES = ("lifecycleStage", "valueTier", "rfm.recency", "rfm.frequency", "rfm.monetary", "rfm.label")
_VALUES = ("churnRisk.probability", "churnRisk.band", "lifetimeValue.historic", "lifetimeValue.predicted")
USUAL: Final = (
    *("id", "kind", "displayName", "givenName", "familyName", "email", "phone"),
    *_SCORES,
    *_VALUES,
    *("lifetimeValue.total", "profitability.profit"),
)
"""What stands in a file where nobody says otherwise: identities, names and scores."""

MOST_FIELDS: Final = 100
_DEEPEST: Final = 3
_OBJECTS: Final = frozenset({"attributes", "parameters"})
"""JSON that is one value, not a list."""

IDS, TYPES = "ids", "types"
"""The variables of the statement: the customers of one batch."""

Tree: TypeAlias = "dict[str, Tree]"


@dataclass(frozen=True, slots=True)
class Exportable:
    """A field by its dotted name: what it holds, and who may read it."""

    kind: Kind
    roles: frozenset[Role]


def exportables(catalog: Catalog) -> dict[str, Exportable]:
    """Every single value of a customer, by its name; those below single objects by dotted names."""
    return dict(_below(catalog, "Customer", "", EVERYONE, ()))


def _below(
    catalog: Catalog, name: str, path: str, roles: frozenset[Role], above: tuple[str, ...]
) -> Iterator[tuple[str, Exportable]]:
    entity = catalog[name]
    for key, column in entity.columns.items():
        if column.kind is not Kind.LINES and (column.kind is not Kind.JSON or key in _OBJECTS):
            yield path + key, Exportable(column.kind, roles & (column.roles or entity.roles))
    for key, relation in entity.relations.items():
        if _is_single(relation) and len(above) < _DEEPEST and relation.entity not in (*above, name):
            seen = roles & (relation.roles or entity.roles)
            yield from _below(catalog, relation.entity, f"{path}{key}.", seen, (*above, name))


def _is_single(relation: Relation) -> bool:
    return relation.shape in (Shape.PART, Shape.ONE)


def chosen(catalog: Catalog, fields: Sequence[str] | None, role: Role) -> tuple[str, ...]:
    """The fields that are asked for, or the usual ones. Raises Refused with everything that is wrong with them."""
    if fields is None:
        return USUAL
    if not fields:
        raise Refused(Fault.invalid("names no field: leave it out for the usual ones", "fields"))
    if len(fields) > MOST_FIELDS:
        raise Refused(Fault(ErrorCode.LIMIT_EXCEEDED, f"are more than {MOST_FIELDS}", ("fields",)))
    known = exportables(catalog)
    faults = []
    for at, name in enumerate(fields):
        fault = _fault(catalog, known, name, role)
        if fault is None and name in fields[:at]:
            fault = f"{name} is named twice"
        if fault:
            faults.append(Fault.invalid(fault, "fields", str(at)))
    if faults:
        raise Refused(*faults)
    return tuple(fields)


def _fault(catalog: Catalog, known: Mapping[str, Exportable], name: str, role: Role) -> str | None:
    if name in known and role in known[name].roles:
        return None
    if any(one.startswith(f"{name}.") for one in known):
        below = sorted(one for one in known if one.startswith(f"{name}."))
        return f"{name} is an object: name what of it, such as {', '.join(below[:3])}"
    if _is_list(catalog, name):
        return f"{name} is a list, and a row has room for one value: ask for it over customers"
    near = get_close_matches(name, known, n=3, cutoff=0.6) or _ending_alike(known, name)
    return f"{name} is no field of a customer" + (f"; near it are {', '.join(near)}" if near else "")


def _ending_alike(known: Mapping[str, Exportable], name: str) -> list[str]:
    """profit is perhaps profitability.profit."""
    last = name.rpartition(".")[2].casefold()
    return [one for one in known if one.rpartition(".")[2].casefold() == last][:3]


def _is_list(catalog: Catalog, name: str) -> bool:
    entity = catalog["Customer"]
    *path, last = name.split(".")
    for step in path:
        relation = entity.relations.get(step)
        if relation is None or not _is_single(relation):
            return relation is not None
        entity = catalog[relation.entity]
    return last in entity.columns or last in entity.relations


def outline(catalog: Catalog, names: Sequence[str], sight: Sight, occasion: Occasion) -> Outline:
    """The statement that reads the rows of some customers, for a caller who sees so much."""
    asked = Asked(occasion)
    ids = asked.slot("uuid[]", Given(None, (IDS,)))
    types = asked.slot("text[]", Given(None, (TYPES,)))
    fetch = Fetch("Customer", _fields(catalog, asked, "Customer", _tree(names)), by_id(asked, catalog["Customer"]))
    every: Fields = (("rows", OneOfMany(ids, types, (("cus", fetch),), 0)),)
    statement = compile_statement(catalog, every, sight, alone=True)
    return Outline.of(statement, asked, 0, whole=True)


def _tree(names: Sequence[str]) -> Tree:
    root: Tree = {}
    for name in names:
        held = root
        for step in name.split("."):
            held = held.setdefault(step, {})
    return root


def _fields(catalog: Catalog, asked: Asked, name: str, tree: Tree) -> Fields:
    found: list[tuple[str, Field]] = []
    for key, below in tree.items():
        if not below:
            found.append((key, Leaf(key)))
            continue
        relation = catalog[name].relations[key]
        inner = _fields(catalog, asked, relation.entity, below)
        found.append((key, Below(key, Fetch(relation.entity, inner, relation.find and relation.find(asked, {})))))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Lines:
    """How the rows of a file are written: CSV for spreadsheets, or a flat object a line, by the names of the fields."""

    format: ExportFormat
    names: Sequence[str]
    kinds: Sequence[Kind]

    @property
    def heading(self) -> bytes:
        return files.csv_line(self.names) if self.format is ExportFormat.CSV else b""

    def written(self, told: bytes) -> tuple[bytes, int]:
        """What the statement told of a batch, as lines; and how many."""
        paths = [name.split(".") for name in self.names]
        rows = [row for row in orjson.loads(told) if row is not None]
        return b"".join(self._line([_at(row, path) for path in paths]) for row in rows), len(rows)

    def _line(self, values: Sequence[object]) -> bytes:
        if self.format is ExportFormat.NDJSON:
            return orjson.dumps(dict(zip(self.names, values, strict=True))) + b"\n"
        return files.csv_line(map(_cell, self.kinds, values))


def _at(row: Mapping[str, object], path: Sequence[str]) -> object:
    """Below what is not there, nothing is."""
    value: object = row
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _cell(kind: Kind, value: object) -> object:
    """An amount is no text, so that -5.00 stays a number; nothing is an empty cell."""
    if value is None:
        return None
    if kind is Kind.MONEY:
        return Decimal(str(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value

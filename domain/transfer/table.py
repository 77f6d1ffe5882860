"""The documented columns of each kind's CSV, and a row as the nested input that it stands for.

An empty cell is left out; lists part their items with |; `attributes.NAME` and `properties.NAME` are texts by name.
"""

import csv
from collections.abc import Iterable, Iterator

from domain.errors import Fault, Refused
from domain.transfer.kinds import Kind
from domain.transfer.reading import LONGEST_LINE
from domain.transfer.scalars import Cell, Unfit

Path = tuple[str, ...]
_CUSTOMER: dict[str, Path] = {
    "customer": ("customer", "identity", "value"),
    "customerId": ("customer", "id"),
    "identityKind": ("customer", "identity", "kind"),
    "identitySource": ("customer", "identity", "source"),
}
_TOLD = 80
"""So much of a wrong column's name is told: what is no header may be anything."""
_LISTS = {("offerCodes",), ("address", "lines")}


def _same(names: str, *above: str) -> dict[str, Path]:
    return {name: (*above, name) for name in names.split()}


COLUMNS: dict[Kind, dict[str, Path]] = {
    Kind.PRODUCTS: _same("sku name kind category supplier price unitCost discontinuedAt"),
    Kind.CUSTOMERS: _same("id kind displayName givenName familyName source recordedAt")
    | {"email": ("EMAIL",), "phone": ("PHONE",), "externalId": ("EXTERNAL_ID",)}
    | _same("recipient lines postalCode city region country", "address")
    | _same("birthDate gender language timeZone occupation sector householdSize incomeBand", "demographics")
    | {f"acquisition{name.title()}": ("acquisition", name) for name in ("channel", "source", "at", "campaign")},
    Kind.ORDERS: _CUSTOMER
    | _same("source externalId orderedAt channel tradingForm handledBy currency exchangeRate discount shipping")
    | _same("dueAt paidAt promisedAt shippedAt deliveredAt cancelledAt offerCodes campaign")
    | _same("sku quantity unitPrice unitCost", "lines"),
    Kind.RETURNS: _CUSTOMER
    | _same("source externalId orderExternalId returnedAt reason refund")
    | _same("sku quantity unitAmount", "lines"),
    Kind.TOUCHPOINTS: _CUSTOMER
    | _same("channel kind function direction occurredAt source externalId subject campaign orderExternalId sku")
    | _same("caseNumber handledBy competitor cost durationSeconds satisfaction recommendScore"),
    Kind.MEMBERS: _CUSTOMER | _same("segment remove source"),
}
_OPEN = {Kind.PRODUCTS: "attributes", Kind.CUSTOMERS: "attributes", Kind.TOUCHPOINTS: "properties"}


class Table:
    """A CSV file's rows with the numbers of the lines that they begin on. Raises Refused for an unknown column."""

    def __init__(self, kind: Kind, lines: Iterable[tuple[int, bytes]]) -> None:
        self._kind = kind
        self._begins = 0
        csv.field_size_limit(LONGEST_LINE)
        self._reader = csv.reader(self._texts(lines), strict=True)
        header = self._header()
        self._paths = [self._path(name.strip()) for name in header]

    def rows(self) -> Iterator[tuple[int, "dict[str, object] | Unfit"]]:
        """A row as nested input, or why it cannot be read."""
        while True:
            self._begins = 0
            try:
                cells = next(self._reader, None)
            except csv.Error:
                yield self._begins, Unfit("", "is no row of a CSV: look at its quotation marks")
                continue
            except UnicodeDecodeError:
                yield self._begins, Unfit("", "is not UTF-8")
                continue
            if cells is None:
                return
            if cells:
                yield self._begins, self._nested(cells)

    def _texts(self, lines: Iterable[tuple[int, bytes]]) -> Iterator[str]:
        return _Lines(self, iter(lines))

    def read(self, number: int) -> None:
        """A line of the file is handed to the reader: the row begins with the first one."""
        self._begins = self._begins or number

    def _header(self) -> list[str]:
        try:
            header = next(self._reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Refused(Fault.invalid("the first line is no header of a CSV")) from error
        if not header:
            raise Refused(Fault.invalid("the file is empty"))
        header[0] = header[0].removeprefix("\ufeff")
        if len(set(header)) < len(header):
            raise Refused(Fault.invalid("names a column twice", "header"))
        return header

    def _path(self, name: str) -> Path:
        columns, free = COLUMNS[self._kind], _OPEN.get(self._kind)
        if name in columns:
            return columns[name]
        head, _, tail = name.partition(".")
        if tail and head == free:
            return head, tail
        if ";" in name or "\t" in name:
            raise Refused(
                Fault.invalid("has columns that are parted by semicolons or tabs: part them by commas", "header")
            )
        known = ", ".join(columns) + (f", {free}.NAME" if free else "")
        raise Refused(Fault.invalid(f"is no column of {self._kind}; the columns are: {known}", name[:_TOLD]))

    def _nested(self, cells: list[str]) -> dict[str, object] | Unfit:
        if len(cells) != len(self._paths):
            return Unfit("", "has not as many cells as the header has columns")
        nested: dict[str, object] = {}
        for path, cell in zip(self._paths, cells, strict=True):
            if not cell:
                continue
            if "\x00" in cell:
                return Unfit(path[-1], "has a NUL character")
            _put(nested, path, self._value(path, cell))
        return shaped(nested, self._kind)

    def _value(self, path: Path, cell: str) -> object:
        """An attribute's cell is read later, as the type that it was declared with."""
        if self._kind is Kind.CUSTOMERS and path[0] == "attributes":
            return Cell(cell)
        return cell.split("|") if path in _LISTS else cell


class _Lines(Iterator[str]):
    """Texts for the csv reader; an iterator of its own, so that one bad line does not end it."""

    def __init__(self, table: Table, lines: Iterator[tuple[int, bytes]]) -> None:
        self._table, self._lines = table, lines

    def __next__(self) -> str:
        number, raw = next(self._lines)
        self._table.read(number)
        return raw.decode() + "\n"


def _put(nested: dict[str, object], path: Path, cell: object) -> None:
    place = nested
    for step in path[:-1]:
        below = place.setdefault(step, {})
        assert isinstance(below, dict)
        place = below
    place[path[-1]] = cell


def shaped(nested: dict[str, object], kind: Kind) -> dict[str, object]:
    """The row's single line as a list, identities with their kinds."""
    if isinstance(customer := nested.get("customer"), dict) and isinstance(named := customer.get("identity"), dict):
        named.setdefault("kind", "EXTERNAL_ID")
        if "value" not in named:
            nested.pop("customer")
    if "lines" in nested:
        nested["lines"] = [nested["lines"]]
    if kind is Kind.CUSTOMERS:
        known = [name for name in ("EMAIL", "PHONE", "EXTERNAL_ID") if name in nested]
        if known:
            nested["identities"] = [{"kind": name, "value": nested.pop(name)} for name in known]
    return nested

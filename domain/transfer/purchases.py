"""Orders of a file as purchase days, without a database: read as an import reads them, kept in three numbers.

A customer is whom the lines name; that several names are one person is not known here."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import blake2b
from typing import Final

import numpy as np

from domain.access.principal import OPERATOR
from domain.analytics.judging.purchase_days import PurchaseDays
from domain.errors import ErrorCode
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import OrderInput
from domain.transfer.intake import Lines, form_of
from domain.transfer.kinds import Form, Kind
from domain.transfer.reading import Source, Stream
from domain.transfer.refs import Who, who
from domain.transfer.scalars import Unfit, dated
from domain.transfer.stage import at_least_one
from domain.transfer.table import Table

_ROWS_A_TELLING: Final = 5_000
_CANCELLED: Final = -1


@dataclass(slots=True)
class Orders:
    """What a file told: rows, how many were refused and why, and the orders that stand, each with customer and day."""

    rows: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    _numbers: dict[Who, int] = field(default_factory=dict)
    _claims: "array[int]" = field(default_factory=lambda: array("q"))
    _customers: "array[int]" = field(default_factory=lambda: array("q"))
    _days: "array[int]" = field(default_factory=lambda: array("q"))
    _bad: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, given: OrderInput) -> None:
        """Raises Unfit, and then keeps nothing of the order."""
        if not given.lines:
            raise Unfit("lines", "is empty: an order has at least one line", ErrorCode.REQUIRED)
        for line in given.lines:
            at_least_one(line.quantity, "lines.quantity")
        day = dated(given.ordered_at, "orderedAt").astimezone(UTC).toordinal()
        named = who(given.customer, given.source, OPERATOR)._replace(verified=False, identity_source=None)
        self._claims.append(_claim(given.source, given.external_id))
        self._customers.append(self._numbers.setdefault(named, len(self._numbers)))
        self._days.append(_CANCELLED if given.cancelled_at else day)

    def refuse(self, fault: Unfit, nested: dict[str, object] | None) -> None:
        """One bad row of a CSV refuses its whole order."""
        self.refused += 1
        path = [step for step in fault.field.split(".") if not step.isdigit()]
        self.reasons[f"{'.'.join(path)} {fault.reason}".strip()] += 1
        source, external_id = (nested or {}).get("source"), (nested or {}).get("externalId")
        if isinstance(source, str) and isinstance(external_id, str):
            self._bad.append(_claim(source, external_id))

    def purchase_days(self) -> PurchaseDays:
        """An order that is told twice is the one that was told first; a cancelled one counts in nothing."""
        claims = np.array(self._claims, dtype=np.int64)
        claims, first = np.unique(claims, return_index=True)
        stands = ~np.isin(claims, np.array(self._bad, dtype=np.int64))
        customer, day = (np.array(kept, dtype=np.int64)[first] for kept in (self._customers, self._days))
        stands &= day != _CANCELLED
        return PurchaseDays.of(customer[stands], day[stands])


def read_orders(stream: Stream, progress: Callable[[int], None] = lambda read: None) -> Orders:
    """NDJSON or CSV, plain or compressed. Raises Refused where the file as a whole cannot be read."""
    source, orders = Source(stream), Orders()
    form, lines = form_of(source)
    decoder = Decoder(OrderInput)
    for nested, read in _rows(lines) if form is Form.CSV else _lines(lines):
        orders.rows += 1
        try:
            orders.add(decoder.line(read) if isinstance(read, bytes) else decoder.row(_fit(read)))
        except Unfit as fault:
            orders.refuse(fault, nested)
        if orders.rows % _ROWS_A_TELLING == 0:
            progress(source.bytes_read)
    progress(source.bytes_read)
    return orders


def _lines(lines: Lines) -> Iterator[tuple[None, bytes]]:
    return ((None, raw) for _, raw in lines if raw and not raw.isspace())


def _rows(lines: Lines) -> Iterator[tuple[dict[str, object] | None, dict[str, object] | Unfit]]:
    return ((None if isinstance(row, Unfit) else row, row) for _, row in Table(Kind.ORDERS, lines).rows())


def _fit(row: dict[str, object] | Unfit) -> dict[str, object]:
    if isinstance(row, Unfit):
        raise row
    return row


def _claim(source: str, external_id: str) -> int:
    named = f"{source}\x00{external_id}".encode(errors="surrogatepass")
    return int.from_bytes(blake2b(named, digest_size=8).digest(), "big", signed=True)

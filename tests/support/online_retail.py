"""Online Retail (Chen, UCI Machine Learning Repository, CC BY 4.0) as our inputs: products, orders and returns.

Every one of its 541,909 lines becomes a row of the orders or of the returns CSV. Times are taken as UTC. An invoice
whose lines stand under two minutes is ordered at the first of them. NDJSON holds the same invoices as whole inputs.
"""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

SOURCE = "online_retail"
LINES, WITHOUT_CUSTOMER, REVENUE = 541_909, 135_080, "8911407.904"
_ORDER = ["source", "externalId", "orderedAt", "channel", "customer", "sku", "quantity", "unitPrice"]
_RETURN = ["source", "externalId", "returnedAt", "customer", "sku", "quantity", "unitAmount"]


@dataclass(slots=True)
class Invoice:
    number: str
    at: str
    customer: str
    lines: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def is_return(self) -> bool:
        return self.number.startswith("C")


def rows(data: Path) -> Iterator[dict[str, str]]:
    with gzip.open(data / "online_retail.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def invoices(data: Path) -> list[Invoice]:
    found: dict[str, Invoice] = {}
    for row in rows(data):
        number = row["InvoiceNo"]
        at = row["InvoiceDate"].replace(" ", "T") + "Z"
        invoice = found.setdefault(number, Invoice(number, at, row["CustomerID"]))
        quantity = int(row["Quantity"])
        price = row["UnitPrice"]
        invoice.lines.append((row["StockCode"], -quantity if invoice.is_return else quantity, price))
    return list(found.values())


def products(data: Path) -> bytes:
    names: dict[str, str] = {}
    for row in rows(data):
        names[row["StockCode"]] = row["Description"].strip() or names.get(row["StockCode"], "") or row["StockCode"]
    return b"\n".join(orjson.dumps({"sku": sku, "name": name}) for sku, name in names.items())


def orders_csv(found: list[Invoice]) -> bytes:
    table = [
        (SOURCE, one.number, one.at, "WEB", one.customer, sku, quantity, price)
        for one in found
        if not one.is_return
        for sku, quantity, price in one.lines
    ]
    return _csv(_ORDER, table)


def returns_csv(found: list[Invoice]) -> bytes:
    table = [
        (SOURCE, one.number, one.at, one.customer, sku, quantity, price)
        for one in found
        if one.is_return
        for sku, quantity, price in one.lines
    ]
    return _csv(_RETURN, table)


def orders_ndjson(found: list[Invoice]) -> bytes:
    return b"\n".join(orjson.dumps(_order(one)) for one in found if not one.is_return and one.customer)


def _order(one: Invoice) -> dict[str, object]:
    lines = [{"sku": sku, "quantity": quantity, "unitPrice": price} for sku, quantity, price in one.lines]
    customer = {"identity": {"kind": "EXTERNAL_ID", "value": one.customer}}
    head = {"source": SOURCE, "externalId": one.number, "orderedAt": one.at, "channel": "WEB"}
    return head | {"customer": customer, "lines": lines}


def _csv(header: list[str], table: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(table)
    return out.getvalue().encode()

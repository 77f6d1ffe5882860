"""The CDNOW sample (Fader & Hardie) as our inputs: one product, one order a line of the file, unit costs of 0.

A line is one order of one unit at its dollars; several lines of a customer on one day are one purchase.
"""

from pathlib import Path

import orjson

SOURCE, SKU = "cdnow", "CD"
CUSTOMERS, LINES = 2_357, 6_919


def products() -> bytes:
    return orjson.dumps({"sku": SKU, "name": "Compact disc", "category": "Music"})


def orders(data: Path) -> bytes:
    lines = (data / "cdnow_sample.txt").read_text().splitlines()
    return b"\n".join(
        orjson.dumps(_order(number, line.split())) for number, line in enumerate(lines, 1) if line.strip()
    )


def _order(number: int, fields: list[str]) -> dict[str, object]:
    master, _, day, _, dollars = fields
    return {
        "source": SOURCE,
        "externalId": f"{number}",
        "orderedAt": f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z",
        "channel": "WEB",
        "customer": {"identity": {"kind": "EXTERNAL_ID", "value": master}},
        "lines": [{"sku": SKU, "quantity": 1, "unitPrice": dollars, "unitCost": "0"}],
    }

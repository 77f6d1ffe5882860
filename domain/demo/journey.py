"""The Complete Journey as our inputs: what the files hold becomes customers, products, orders and touchpoints."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median_low

import zstandard

from domain.demo.assumptions import Assumptions


@dataclass(frozen=True, slots=True)
class Mailing:
    """A campaign of the data, by its number there."""

    number: str
    name: str
    channel: str
    starts_at: datetime
    days: int


SOURCE = "complete_journey"
_DATA = Path(__file__).parent / "data"
_FOUR, _CENT = Decimal("0.0001"), Decimal("0.01")
Input = dict[str, object]
Record = dict[str, str]


def rows(name: str) -> Iterator[Record]:
    """The rows of a bundled file."""
    with (_DATA / f"{name}.csv.zst").open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        yield from csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline=""))


@dataclass(slots=True)
class Left:
    """What the converter left out or changed, to be told."""

    of_no_quantity: int = 0
    as_one_unit: int = 0
    unknown_products: int = 0


@dataclass(slots=True)
class Journey:
    """The baskets, read once; `shift` moves every date."""

    assumed: Assumptions
    shift: timedelta
    left: Left = field(default_factory=Left)
    baskets: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    prices: dict[str, Decimal] = field(default_factory=dict)
    """What one of a product usually costs; of what is measured, such as gasoline, far less than a cent."""
    amounts: dict[str, Decimal] = field(default_factory=dict)
    """What is usually paid for it at a time."""
    known: dict[str, Record] = field(default_factory=dict)
    households: set[str] = field(default_factory=set)

    def read(self) -> None:
        prices, amounts = defaultdict[str, list[Decimal]](list), defaultdict[str, list[Decimal]](list)
        for row in rows("transactions"):
            self.households.add(row["household_id"])
            if row["quantity"] == "0":
                self.left.of_no_quantity += 1
                continue
            self.baskets[row["basket_id"]].append(row)
            usual = Decimal(row["sales_value"]) + Decimal(row["retail_disc"])
            prices[row["product_id"]].append(usual / int(row["quantity"]))
            amounts[row["product_id"]].append(usual)
        self.prices = {sku: median_low(of) for sku, of in prices.items()}
        self.amounts = {sku: median_low(of) for sku, of in amounts.items()}
        self.known = {row["product_id"]: row for row in rows("products")}

    def products(self) -> Iterator[Input]:
        """Those that were bought; of a few the data tells nothing but the number."""
        for sku, usual in self.prices.items():
            # Sold by measure: a filling is one of it, as on the lines.
            price = (usual if usual >= _CENT else self.amounts[sku]).quantize(_CENT)
            about: Input = {"price": str(price), "unitCost": self._cost(sku, price)}
            row = self.known.get(sku)
            if row is None:
                self.left.unknown_products += 1
                yield {"sku": sku, "name": f"Product {sku}"} | about
                continue
            names = (row["product_type"] or row["product_category"] or f"Product {sku}", row["package_size"])
            described = {"brand": row["brand"], "range": row["product_category"], "package": row["package_size"]}
            yield {
                "sku": sku,
                "name": " ".join(" ".join(names).split()),
                "category": row["department"],
                "supplier": f"Manufacturer {row['manufacturer_id']}",
                "attributes": {name: value for name, value in described.items() if value},
            } | about

    def customers(self) -> Iterator[Input]:
        """Every household that went shopping or was written to, with demographics where the data has them."""
        told = {row["household_id"]: row for row in rows("households")}
        met = self.households | {row["household_id"] for row in rows("campaign_contacts")} | set(told)
        began = (datetime(2017, 1, 1, tzinfo=UTC) + self.shift).isoformat()
        for number in sorted(met, key=int):
            named = {"identities": [_identity(number)], "kind": "HOUSEHOLD", "displayName": f"Household {number}"}
            yield named | {"source": SOURCE, "recordedAt": began} | _demographics(told.get(number))

    def orders(self) -> Iterator[Input]:
        for number, lines in self.baskets.items():
            at = min(datetime.fromisoformat(row["transaction_timestamp"]) for row in lines)
            moment = (at.replace(tzinfo=UTC) + self.shift).isoformat()
            about = {"source": SOURCE, "externalId": number, "customer": _customer(lines[0]["household_id"])}
            how = {"channel": "IN_PERSON", "tradingForm": "RETAIL", "handledBy": f"store {lines[0]['store_id']}"}
            times = {"orderedAt": moment, "paidAt": moment}
            yield about | how | times | {"lines": [self._line(row) for row in lines]}

    def campaigns(self) -> Iterator[Mailing]:
        """As the data tells of each: mailed on its first day, answered until its last."""
        for row in rows("campaigns"):
            days = (datetime.fromisoformat(row["end_date"]) - datetime.fromisoformat(row["start_date"])).days
            yield Mailing(
                number=row["campaign_id"],
                name=f"Campaign {row['campaign_id']} ({row['campaign_type']})",
                channel=self.assumed.campaign_channel[row["campaign_type"]],
                starts_at=datetime.fromisoformat(self._moment(row["start_date"], self.assumed.mailing_hour)),
                days=days + 1,
            )

    def touchpoints(self, campaigns: dict[str, str]) -> Iterator[Input]:
        """Who was sent which campaign, and which coupons came back; `campaigns` are public ids by the data's number."""
        found = {row["campaign_id"]: row for row in rows("campaigns")}
        for row in rows("campaign_contacts"):
            campaign = found[row["campaign_id"]]
            yield {
                "customer": _customer(row["household_id"]),
                "channel": self.assumed.campaign_channel[campaign["campaign_type"]],
                "kind": "CAMPAIGN_SENT",
                "occurredAt": self._moment(campaign["start_date"], self.assumed.mailing_hour),
                "source": SOURCE,
                "externalId": f"sent {row['campaign_id']} {row['household_id']}",
                "campaign": campaigns[row["campaign_id"]],
            }
        for row in rows("coupon_redemptions"):
            yield {
                "customer": _customer(row["household_id"]),
                "channel": "IN_PERSON",
                "kind": "CAMPAIGN_RESPONSE",
                "occurredAt": self._moment(row["redemption_date"], self.assumed.redemption_hour),
                "source": SOURCE,
                "externalId": "redeemed " + " ".join(row.values()),
                "campaign": campaigns[row["campaign_id"]],
                "properties": {"coupon": row["coupon_upc"]},
            }

    def _line(self, row: Record) -> Input:
        amount = Decimal(row["sales_value"])
        quantity = int(row["quantity"])
        price = (amount / quantity).quantize(_FOUR)
        sku = row["product_id"]
        if price * quantity == amount:
            return {"sku": sku, "quantity": quantity, "unitPrice": str(price)}
        # What one of the product costs is not what this one costs: it may be two jars, or a full tank.
        self.left.as_one_unit += 1
        cost = self._cost(sku, self.prices[sku] * quantity)
        return {"sku": sku, "quantity": 1, "unitPrice": str(amount), "unitCost": cost}

    def _cost(self, sku: str, price: Decimal) -> str:
        row = self.known.get(sku, {})
        share = self.assumed.cost_share(row.get("product_type", ""), row.get("department", ""))
        return str((price * share).quantize(_CENT))

    def _moment(self, day: str, hour: int) -> str:
        local = datetime.fromisoformat(day).replace(hour=hour) + self.shift
        return local.replace(tzinfo=self.assumed.zone).astimezone(UTC).isoformat()


BANDS = {
    "ageBand": "Age in years, as a band.",
    "homeOwnership": "Whether the home is owned or rented.",
    "maritalStatus": "Whether the householders are married.",
    "householdComposition": "Adults and children, in words.",
    "kids": "How many children live in the household.",
}
"""Attributes of a household that have no field of their own."""


def _identity(household: str) -> Input:
    return {"kind": "EXTERNAL_ID", "value": household, "source": SOURCE}


def _customer(household: str) -> Input:
    return {"identity": _identity(household)}


def _demographics(row: Record | None) -> Input:
    """An age band is no birth date: it stays an attribute, as the rest that has no field of its own."""
    if row is None:
        return {}
    bands = {
        "ageBand": row["age"],
        "homeOwnership": row["home_ownership"],
        "maritalStatus": row["marital_status"],
        "householdComposition": row["household_comp"],
        "kids": row["kids_count"],
    }
    size = int(row["household_size"].removesuffix("+"))
    return {
        "demographics": {"incomeBand": row["income"], "householdSize": size},
        "attributes": {name: value for name, value in bands.items() if value},
    }

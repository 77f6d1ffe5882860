"""Data sets at hand: the CDNOW sample as the papers cut it (calibration to 1997-09-30, the following 39 weeks held
out), Online Retail to August, and the first half of the Complete Journey."""

import csv
import gzip
from datetime import date
from pathlib import Path

import numpy as np

from domain.analytics.judging.purchase_days import Known, PurchaseDays
from domain.analytics.models.histories import Ints
from tests.support import online_retail

UNTIL, END = date(1997, 9, 30), date(1998, 6, 30)


def cdnow(data: Path) -> Known:
    found = [line.split() for line in (data / "cdnow_sample.txt").read_text().splitlines()]
    customer = np.array([int(fields[0]) for fields in found])
    day = np.array([date.fromisoformat(fields[2]).toordinal() for fields in found])
    return PurchaseDays.of(customer, day).known(UNTIL.toordinal(), END.toordinal())


def complete_journey(data: Path) -> Known:
    """The households' baskets, fitted to the first half of the year."""
    with gzip.open(data / "complete_journey" / "transactions.csv.gz", "rt", encoding="utf-8", newline="") as file:
        baskets = [(int(row["household_id"]), row["transaction_timestamp"][:10]) for row in csv.DictReader(file)]
    days = PurchaseDays.of(*_pairs(baskets))
    return days.known(days.first + (days.last - days.first) // 2, days.last)


def online_retail_until_august(data: Path) -> Known:
    """Cleaned as usual, calibrated to 2011-08-31."""
    days = PurchaseDays.of(*_pairs(online_retail_purchases(data)))
    return days.known(date(2011, 8, 31).toordinal(), days.last)


def online_retail_purchases(data: Path) -> list[tuple[int, str]]:
    """Customer present, no return, quantity and price above 0 (data/README.md)."""
    return [
        (int(row["CustomerID"]), row["InvoiceDate"][:10])
        for row in online_retail.rows(data)
        if row["CustomerID"]
        and not row["InvoiceNo"].startswith("C")
        and int(row["Quantity"]) > 0
        and float(row["UnitPrice"]) > 0
    ]


def _pairs(bought: list[tuple[int, str]]) -> tuple[Ints, Ints]:
    different = sorted(set(bought))
    days = [date.fromisoformat(day).toordinal() for _, day in different]
    return np.array([customer for customer, _ in different]), np.array(days)

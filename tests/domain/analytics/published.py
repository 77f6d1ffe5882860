"""The CDNOW sample as the papers cut it: calibration to 1997-09-30, the following 39 weeks held out."""

from datetime import date
from pathlib import Path

import numpy as np

from domain.analytics.purchase_days import Known, PurchaseDays

UNTIL, END = date(1997, 9, 30), date(1998, 6, 30)


def cdnow(data: Path) -> Known:
    found = [line.split() for line in (data / "cdnow_sample.txt").read_text().splitlines()]
    customer = np.array([int(fields[0]) for fields in found])
    day = np.array([date.fromisoformat(fields[2]).toordinal() for fields in found])
    return PurchaseDays.of(customer, day).known(UNTIL.toordinal(), END.toordinal())

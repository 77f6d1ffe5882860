"""What the organization has settled: base currency, time zone, horizons and assumptions; one row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from domain.access.principal import OPERATOR
from domain.database import Tx
from domain.query.asking import Keys, Occasion


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that decisions need, as one frozen value."""

    base_currency: str
    time_zone: str
    horizon_months: int
    churn_horizon_days: int
    discount_rate: float
    assumed_margin: Decimal
    rate_card: tuple[tuple[str, str | None, Decimal], ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def of_the_house(self, now: datetime) -> Occasion:
        """The house itself asks: it may read everything, and is handed no cursor."""
        return Occasion(OPERATOR, now, self.zone, Keys(b"", b""))

    @classmethod
    async def load(cls, tx: Tx) -> Self:
        row = await tx.fetchrow(
            "SELECT base_currency, time_zone, horizon_months, churn_horizon_days, discount_rate, assumed_margin,"
            " rate_card FROM settings"
        )
        if row is None:
            raise LookupError("the settings row is missing: run `rapport migrate`")
        card = tuple((rate["channel"], rate.get("kind"), Decimal(rate["cost"])) for rate in row["rate_card"])
        values = {name: value for name, value in row.items() if name not in ("rate_card", "assumed_margin")}
        return cls(**values, assumed_margin=Decimal(str(row["assumed_margin"])), rate_card=card)

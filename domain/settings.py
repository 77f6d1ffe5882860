"""What the organization has settled: base currency, time zone, horizons and assumptions; one row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

from domain import columns
from domain.database import Tx


class SettingsRow(SQLModel, table=True):
    """Exactly one row, made by the first migration; it also keeps the fingerprint of the deployment's secret."""

    __tablename__ = "settings"
    __table_args__ = (columns.REFERENCE,)

    singleton: int = columns.small(key=True)
    base_currency: str = columns.words(personal=False, default="'USD'")
    time_zone: str = columns.words(personal=False, default="'UTC'")
    horizon_months: int = columns.small(default="12")
    churn_horizon_days: int = columns.small(default="180")
    discount_rate: float = columns.real(default="0.1")
    assumed_margin: float = columns.real(default="0.3")
    global_holdout_share: float = columns.real(default="0")
    frequency_cap: dict[str, object] | None = columns.json(personal=False, null=True)
    quiet_hours: dict[str, object] | None = columns.json(personal=False, null=True)
    # [{"channel", "kind" or null, "cost"}]
    rate_card: list[object] = columns.json(personal=False, default="'[]'")
    secret_fingerprint: str | None = columns.words(personal=False, null=True)
    updated_at: datetime = columns.instant()


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

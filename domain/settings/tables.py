"""What is stored of the settings; apart from them, because a table's declaration takes a second to import."""

from datetime import datetime

from sqlmodel import SQLModel

from domain import columns


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

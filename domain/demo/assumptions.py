"""The demo's assumptions, read from the one visible file."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

FILE = Path(__file__).parent / "assumptions.toml"


@dataclass(frozen=True, slots=True)
class Assumptions:
    base_currency: str
    time_zone: str
    shares: dict[str, Decimal]
    campaign_channel: dict[str, str]
    campaign_goal: str
    campaign_response: str
    mailing_hour: int
    redemption_hour: int
    rates: list[dict[str, str]]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def mailing_cost(self, channel: str) -> str:
        """What it costs to send a campaign's contact over the channel."""
        costs = {(rate["channel"], rate.get("kind")): rate["cost"] for rate in self.rates}
        return costs.get((channel, "CAMPAIGN_SENT")) or costs.get((channel, None)) or "0"

    def cost_share(self, *names: str) -> Decimal:
        """Of the first of these names that anything is said of: what it is, then where it is sold."""
        return next((self.shares[name] for name in names if name in self.shares), self.shares["default"])


def assumptions() -> Assumptions:
    stated = tomllib.loads(FILE.read_text())
    return Assumptions(
        base_currency=stated["base_currency"],
        time_zone=stated["time_zone"],
        shares={department: Decimal(share) for department, share in stated["unit_cost_share"].items()},
        campaign_channel=stated["campaign_channel"],
        campaign_goal=stated["campaign"]["goal"],
        campaign_response=stated["campaign"]["response"],
        mailing_hour=stated["hours"]["mailing"],
        redemption_hour=stated["hours"]["redemption"],
        rates=stated["rate"],
    )

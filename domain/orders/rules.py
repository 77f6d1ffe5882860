"""Decisions on orders: how it was traded where nobody says, which dates cannot be, what goods of unknown cost cost."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from domain.clock import day_of
from domain.settings import Settings
from domain.vocabulary import Channel, TradingForm

_ONLINE = {Channel.WEB, Channel.EMAIL, Channel.MOBILE_APP, Channel.SOCIAL, Channel.CHAT}
_FORMS = dict.fromkeys(_ONLINE, TradingForm.E_COMMERCE)
_FORMS |= {Channel.IN_PERSON: TradingForm.RETAIL, Channel.PARTNER: TradingForm.WHOLESALE}
DATES: Final = {
    "dueAt": "due_at",
    "promisedAt": "promised_at",
    "shippedAt": "shipped_at",
    "deliveredAt": "delivered_at",
    "cancelledAt": "cancelled_at",
}
"""What is told of an order as it goes on: the contract's names, and their columns."""
CAME_BACK: Final = "is of an order of which something came back: what was returned cannot be called off"
_LATER_THAN = {
    "dueAt": ("orderedAt",),
    "promisedAt": ("orderedAt",),
    "shippedAt": ("orderedAt",),
    "deliveredAt": ("orderedAt", "shippedAt"),
    "cancelledAt": ("orderedAt",),
}


def trading_form(channel: Channel) -> TradingForm:
    """The form that a channel usually has; calls, letters and television sell directly."""
    return _FORMS.get(channel, TradingForm.DIRECT)


def assumed_cost_share(settings: Settings) -> Decimal:
    """The share of the price that goods of unknown cost are taken to cost."""
    return 1 - settings.assumed_margin


def impossible_date(dates: Mapping[str, datetime | None], zone: ZoneInfo) -> tuple[str, str] | None:
    """The first date that lies on a day before one that it has to follow, and that one; many tell only days."""
    for name, others in _LATER_THAN.items():
        late = dates.get(name)
        for other in others:
            early = dates.get(other)
            if late and early and late < early and day_of(late, zone) < day_of(early, zone):
                return name, other
    return None


def wrong_change(
    dates: Mapping[str, datetime | None], changes: Mapping[str, object], zone: ZoneInfo
) -> tuple[str, str] | None:
    """The first changed date that is impossible among all dates as they would be, and why."""
    wrong = impossible_date(dates, zone)
    if wrong is None or not changes.keys() & set(wrong):
        return None
    late, early = wrong
    return (late, f"lies before {early}") if late in changes else (early, f"lies after {late}")

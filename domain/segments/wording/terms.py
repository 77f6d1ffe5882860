"""The words that rules are told in: what fields and values are called, and how moments and spans of time are said."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from domain.clock import Duration

SUBJECTS: Final[Mapping[str, str]] = {
    "email": "e-mail address",
    "phone": "phone number",
    "displayName": "name",
    "probabilityAlive": "probability of still being a customer",
    "rfmRecency": "RFM recency",
    "rfmFrequency": "RFM frequency",
    "rfmMonetary": "RFM monetary value",
    "orderCount": "number of orders",
    "productCount": "number of different products bought",
    "categoryCount": "number of different categories bought",
    "discountShare": "share of orders with a discount",
    "overdue": "overdue amount",
    "recommendScore": "latest recommendation score",
    "openCases": "number of open cases",
    "minStrength": "strength",
    "function": "department",
    "handledBy": "handler",
    "sku": "SKU",
}
"""Fields whose name in words is not what a reader would say."""

MOMENTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "birthDate": ("birth date is", "birth date is not known", "birth date is known"),
    "createdAt": ("was first recorded", "has no time of first recording", "has a time of first recording"),
    "lifecycleSince": (
        "entered the lifecycle stage",
        "time of entering the lifecycle stage is not known",
        "time of entering the lifecycle stage is known",
    ),
    "firstOrderAt": ("first order was", "has no first order", "has a first order"),
    "lastOrderAt": ("last order was", "has no last order", "has a last order"),
    "nextOrderExpectedAt": ("next order is expected", "no next order is expected", "a next order is expected"),
    "lastTouchpointAt": ("last touchpoint was", "has no last touchpoint", "has a last touchpoint"),
    "at": ("ordered", "time of ordering is not known", "time of ordering is known"),
    "orderedAt": ("ordered", "time of ordering is not known", "time of ordering is known"),
    "dueAt": ("due", "without a due date", "with a due date"),
    "paidAt": ("paid", "not paid", "paid"),
    "deliveredAt": ("delivered", "not delivered", "delivered"),
    "occurredAt": ("happened", "time is not known", "time is known"),
    "sentAt": ("sent", "not sent", "sent"),
}
"""Of a moment: what its time stands after, and what is said where there is none, or one."""

PAST: Final[Mapping[str, str]] = {"next order is expected": "next order was expected"}
"""What stands in their place before a time that has passed."""

ACQUIRED: Final = ("was acquired", "time of acquisition is not known", "time of acquisition is known")

FLAGS: Final[Mapping[str, tuple[str, str]]] = {
    "verified": ("verified", "not verified"),
    "late": ("late", "not late"),
    "cancelled": ("cancelled", "not cancelled"),
    "discontinued": ("no longer sold", "still sold"),
    "responded": ("answered in time", "not answered in time"),
}
"""Yes and no."""

_SPELLED: Final[Mapping[str, str]] = {
    "EMAIL": "e-mail",
    "SMS": "SMS",
    "TV": "TV",
    "E_COMMERCE": "e-commerce",
}

OVER: Final[Mapping[str, str]] = {
    "WEB": "on the web",
    "EMAIL": "by e-mail",
    "PHONE": "by phone",
    "SMS": "by SMS",
    "MOBILE_APP": "in the mobile app",
    "DIRECT_MAIL": "by direct mail",
    "IN_PERSON": "in person",
    "TV": "on TV",
    "SOCIAL": "on social media",
    "CHAT": "by chat",
    "PARTNER": "through a partner",
    "OTHER": "over other channels",
}
"""How a channel reaches somebody."""

_DAYS: Final[Mapping[str, str]] = {"Y": "year", "M": "month", "D": "day"}
_CLOCK: Final[Mapping[str, str]] = {"H": "hour", "M": "minute", "S": "second"}


def spoken(name: str) -> str:
    """averageOrderValue becomes average order value."""
    known = SUBJECTS.get(name)
    return known or re.sub(r"(?<=[a-z])([A-Z])", lambda found: f" {found[1].lower()}", name)


def one_of_a_set(value: str) -> str:
    """AT_RISK becomes at risk."""
    return _SPELLED.get(value) or value.replace("_", " ").lower()


def number(value: int | float | str) -> str:
    """Written out: 0.000001, never 1e-06."""
    return value if isinstance(value, str) else format(Decimal(repr(value)).normalize(), "f")


def moment(text: str) -> str:
    """2026-03-01 09:30 UTC."""
    told = datetime.fromisoformat(text).astimezone(UTC)
    exact = "minutes" if not (told.second or told.microsecond) else "auto"
    return f"{told.replace(tzinfo=None).isoformat(' ', exact)} UTC"


def spoken_duration(text: str) -> str:
    """P1Y6M becomes 1 year 6 months."""
    days, _, clock = Duration.parse(text).told[1:].partition("T")
    told = [*_parts(days, _DAYS), *_parts(clock, _CLOCK)]
    return " ".join(told) or "0 days"


def _parts(text: str, words: Mapping[str, str]) -> list[str]:
    return [f"{n} {words[unit]}{'' if n == '1' else 's'}" for n, unit in re.findall(r"(\d+)([A-Z])", text)]


def span(text: str) -> str:
    """As it stands after last or next: 90 days, but the last year, not the last 1 year."""
    told = spoken_duration(text)
    return told.removeprefix("1 ") if told.startswith("1 ") and told.count(" ") == 1 else told


def listed(items: list[str], word: str = "or") -> str:
    """a, b or c."""
    return f"{', '.join(items[:-1])} {word} {items[-1]}" if len(items) > 1 else "".join(items)

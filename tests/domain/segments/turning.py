"""Rules that turn with facts, with the clock, and with days."""

from decimal import Decimal

from domain.clock import Duration
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus
from tests.domain.segments import campaigning


def _span(text: str) -> Duration:
    return Duration.parse(text)


def _recent(days: int, count: int = 1) -> dict[str, object]:
    within = {"occurredAt": {"within": _span(f"P{days}D")}, "kind": ["CALL"]}
    return {"touchpoints": {"where": within, "count": {"gte": count}}}


RULES: list[dict[str, object]] = [
    _recent(7),
    _recent(30, 2),
    {"not": _recent(14)},
    {"orders": {"where": {"orderedAt": {"within": _span("P20D")}}}},
    {"orders": {"total": {"gte": 3}}, "lastTouchpointAt": {"olderThan": _span("P10D")}},
    {"bought": {"product": {"category": {"eq": "Paper"}}, "at": {"olderThan": _span("P5D")}}},
    {"any": [{"touchpoints": {"count": {"lt": 1}}}, {"country": {"eq": "GB"}}]},
    {"createdAt": {"within": _span("P15D")}},
    {"orders": {"where": {"late": True}}},
    {"profitability": {"over": {"last": _span("P20D")}, "profit": {"gte": Decimal("2")}}},
    {"consent": {"channel": Channel.SMS, "purpose": ConsentPurpose.MARKETING, "status": ConsentStatus.GRANTED}},
    {"any": [{"birthDate": {"anniversaryAhead": _span("P6D")}}, {"age": {"gte": 40}}]},
    {"attributes": [{"name": "renewal", "date": {"within": _span("P9D")}}]},
    {"acquisition": {"at": {"olderThan": _span("P12D")}}},
    {"orders": {"where": {"deliveredAt": {"olderThan": _span("P3D")}, "total": {"gte": 3}}}},
    {"bought": {"product": {"discontinued": True}}},
    {"touchpoints": {"where": {"properties": [{"name": "until", "date": {"ahead": _span("P4D")}}]}}},
    *campaigning.RULES,
]

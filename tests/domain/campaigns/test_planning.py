"""What a campaign may be said to be: each wrong value is told by its place, all of them at once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.campaigns.planning import check_together, checked
from domain.clock import Duration
from domain.errors import Refused

MAY = datetime(2026, 5, 1, tzinfo=UTC)
PRODUCT, SEGMENT = "prd_" + "1" * 32, "seg_" + "1" * 32
WEEK = Duration.parse("P7D")


def variant(key: str = "a", share: float = 1, *channels: str) -> dict[str, Any]:
    return {"key": key, "share": share, "templates": [{"channel": one, "body": "Hi"} for one in channels]}


def faults(given: dict[str, Any], *, new: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        check_together(checked(given, new=new))
    return [(fault.code, ".".join(fault.path[1:])) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "value", "code", "place"),
    [
        ("key", "Spring Sale", "INVALID", ""),
        ("name", "  ", "INVALID", ""),
        ("name", "x" * 256, "OUT_OF_RANGE", ""),
        ("goal", None, "INVALID", ""),
        ("steps", None, "INVALID", ""),
        ("segments", ["cus_" + "1" * 32], "INVALID", "0"),
        ("steps", [{}] * 21, "OUT_OF_RANGE", ""),
        ("steps", [{}, {"unitCost": Decimal("-0.01")}], "OUT_OF_RANGE", "1.unitCost"),
        ("steps", [{"delay": Duration.parse("P11Y")}], "OUT_OF_RANGE", "0.delay"),
        ("variants", [variant("a", 0.5), variant("b", 0.4)], "INVALID", ""),
        ("variants", [variant("a", 0.5), variant("a", 0.5)], "INVALID", "1.key"),
        ("variants", [variant("a", 0), variant("b", 1)], "OUT_OF_RANGE", "0.share"),
        ("variants", [variant("a", 1, "EMAIL", "SMS", "EMAIL")], "INVALID", "0.templates.2.channel"),
        ("variants", [{**variant(), "templates": [{"channel": "SMS", "body": " "}]}], "INVALID", "0.templates.0.body"),
        ("offer", {"key": "x", "name": ""}, "INVALID", "name"),
        ("offer", {"key": "x", "name": "X", "product": "x"}, "INVALID", "product"),
        ("offer", {"key": "x", "name": "X", "discountPercent": 101.0}, "OUT_OF_RANGE", "discountPercent"),
        (
            "offer",
            {"key": "x", "name": "X", "discountPercent": 10.0, "discountAmount": Decimal(1)},
            "INVALID",
            "discountAmount",
        ),
        ("holdoutShare", 1.0, "OUT_OF_RANGE", ""),
        ("holdoutShare", -0.1, "OUT_OF_RANGE", ""),
        ("response", {"kind": "PRODUCT_ORDER", "window": WEEK}, "REQUIRED", "product"),
        ("response", {"kind": "CLICK", "product": PRODUCT, "window": WEEK}, "INVALID", "product"),
        ("response", {"kind": "CLICK", "window": Duration.parse("P0D")}, "OUT_OF_RANGE", "window"),
        ("frequencyCap", {"contacts": 0, "per": WEEK}, "OUT_OF_RANGE", "contacts"),
        ("budget", Decimal("-1"), "OUT_OF_RANGE", ""),
        ("fixedCost", Decimal("-1"), "OUT_OF_RANGE", ""),
    ],
)
def test_what_is_wrong_is_told_by_its_place(name: str, value: object, code: str, place: str) -> None:
    assert faults({name: value}) == [(code, f"{name}.{place}".strip("."))]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = faults({"name": "", "goal": None, "holdoutShare": 2.0}, new=True)
    assert sorted(found) == [
        ("INVALID", "name"),
        ("OUT_OF_RANGE", "holdoutShare"),
        ("REQUIRED", "goal"),
        ("REQUIRED", "key"),
    ]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"startsAt": MAY, "endsAt": MAY}, "endsAt"),
        ({"segments": [SEGMENT], "excludedSegments": [SEGMENT]}, "excludedSegments.0"),
        (
            {"steps": [{"channel": "EMAIL"}], "variants": [variant("a", 1, "EMAIL", "SMS")]},
            "variants.0.templates.1.channel",
        ),
    ],
)
def test_what_contradicts_the_rest_is_told(given: dict[str, Any], place: str) -> None:
    assert [where for _, where in faults(given)] == [place]


def test_shares_of_thirds_are_one_and_a_step_of_any_channel_takes_every_template() -> None:
    thirds = [variant(key, 0.333_333_3, "SMS") for key in "abc"]
    told = checked({"variants": thirds, "steps": [{}], "fixedCost": Decimal("100.50")}, new=False)
    check_together(told)
    assert told["steps"] == [{"channel": None, "delay": "P0D", "unitCost": "0"}]
    assert told["fixedCost"] == "100.5"

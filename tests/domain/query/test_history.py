"""Earlier scores of a customer: the newest first, of a span of time, for staff; of nobody who refuses profiling."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.errors import QuestionRefused
from domain.ids import Prefix, to_public
from tests.domain.query.world import MASKED, NOW, TILL, House

DAY = timedelta(days=1)


async def seen(house: House, of: UUID, *days_ago: int, **said: Any) -> None:
    for days in days_ago:
        await house.row(
            "score_snapshot", customer_id=of, as_of=NOW - days * DAY, **{"lifecycle_stage": "ACTIVE", **said}
        )


async def told(house: House, of: UUID, arguments: str = "", what: str = "asOf", **how: Any) -> list[Any]:
    id_ = to_public(Prefix.CUSTOMER, of)
    answer = await house.ask(f'{{ customer(id: "{id_}") {{ scoreHistory{arguments} {{ {what} }} }} }}', **how)
    found: list[Any] = answer["customer"]["scoreHistory"]
    return [row["asOf"][:10] for row in found] if what == "asOf" else found


def days(*days_ago: int) -> list[str]:
    return [(NOW - ago * DAY).date().isoformat() for ago in days_ago]


async def test_the_newest_come_first_and_twelve_where_nothing_is_said(house: House) -> None:
    of, other = await house.customer(), await house.customer()
    await seen(house, of, *range(1, 16))
    await seen(house, other, 3)
    assert await told(house, of) == days(*range(1, 13))
    assert await told(house, of, "(first: 250)") == days(*range(1, 16))
    assert await told(house, of, "(first: 2)") == days(1, 2)
    assert await told(house, of, "(first: 0)") == []
    assert await told(house, of, "(first: null)") == days(*range(1, 13))


@pytest.mark.parametrize("first", [-1, 251])
async def test_more_than_a_page_is_refused(house: House, first: int) -> None:
    of = await house.customer()
    with pytest.raises(QuestionRefused, match="from 0 to 250"):
        await told(house, of, f"(first: {first})")


async def test_a_period_is_half_open_and_may_be_open_at_either_end(house: House) -> None:
    of = await house.customer()
    await seen(house, of, 0, 1, 2, 3, 4)
    begin, end = ((NOW - ago * DAY).isoformat() for ago in (3, 1))
    assert await told(house, of, f'(over: {{from: "{begin}", until: "{end}"}})') == days(2, 3)
    assert await told(house, of, f'(over: {{from: "{begin}", until: "{end}"}}, first: 1)') == days(2)
    assert await told(house, of, f'(over: {{from: "{begin}"}})') == days(0, 1, 2, 3)
    assert await told(house, of, f'(over: {{until: "{end}"}})') == days(2, 3, 4)
    assert await told(house, of, '(over: {last: "P2D"})') == days(1, 2)
    assert await told(house, of, "(over: {})") == days(0, 1, 2, 3, 4)
    assert await told(house, of, "(over: null)") == days(0, 1, 2, 3, 4)
    with pytest.raises(QuestionRefused, match="stands alone"):
        await told(house, of, f'(over: {{last: "P2D", from: "{begin}"}})')


async def test_what_was_not_known_is_null(house: House) -> None:
    of = await house.customer()
    await seen(house, of, 2, lifecycle_stage="PROSPECT")
    await seen(house, of, 1, rfm=155, churn_probability=0.1, lifetime_value=-3, value_tier="UNPROFITABLE")
    what = "rfm { recency frequency monetary label } churnProbability lifetimeValue lifecycleStage valueTier"
    assert await told(house, of, what=what, caller=MASKED) == [
        {
            "rfm": {"recency": 1, "frequency": 5, "monetary": 5, "label": "Cannot lose them"},
            "churnProbability": 0.1,
            "lifetimeValue": "-3.00",
            "lifecycleStage": "ACTIVE",
            "valueTier": "UNPROFITABLE",
        },
        {
            "rfm": None,
            "churnProbability": None,
            "lifetimeValue": None,
            "lifecycleStage": "PROSPECT",
            "valueTier": None,
        },
    ]


async def test_partners_see_no_history(house: House) -> None:
    of = await house.customer()
    with pytest.raises(QuestionRefused, match="scoreHistory"):
        await told(house, of, caller=TILL)


@pytest.mark.parametrize(
    ("status", "holds", "count"),
    [("DENIED", True, 0), ("WITHDRAWN", True, 0), ("GRANTED", True, 1), ("WITHDRAWN", False, 1)],
)
async def test_who_refuses_to_be_profiled_has_no_history(house: House, status: str, holds: bool, count: int) -> None:
    of, other = await house.customer(), await house.customer()
    for one in (of, other):
        await seen(house, one, 1)
    await house.row(
        "customer_consent", customer_id=of, consent_id=house.id(), channel="EMAIL", purpose="PROFILING", status=status,
        recorded_at=NOW, recorded_for=of, holds=holds,
    )  # fmt: skip
    assert len(await told(house, of)) == count
    assert len(await told(house, other)) == 1


async def test_the_history_of_who_was_merged_is_not_the_survivors(house: House) -> None:
    of, gone = await house.customer(), await house.customer()
    await seen(house, of, 1)
    await seen(house, gone, 2)
    await house.row("customer_alias", customer_id=gone, survivor_id=of, merged_at=NOW)
    await house.tx.execute("UPDATE customer SET merged_into = $1 WHERE customer_id = $2", of, gone)
    assert await told(house, of) == days(1)
    assert (await told(house, gone)) == days(1), "the old id leads to the survivor"

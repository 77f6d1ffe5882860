"""How a customer likes each channel: said, used and answered, against plain Python; one and many agree."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.advice.shrinkage import Prior
from domain.customers.commands_summarising import summarise
from domain.vocabulary import Channel
from tests.domain.advice.answers import Event, Told, channels, happen
from tests.domain.query.test_allowance import one
from tests.domain.query.world import NOW, House, at

WHAT = "channelPreferences { channel stated affinity touches lastTouchAt responseRate }"
SOME = ("EMAIL", "WEB", "PHONE", "DIRECT_MAIL")
_days = st.dates(date(2024, 6, 1), date(2026, 3, 14)).map(str)
_months = st.dictionaries(
    st.tuples(st.dates(date(2024, 1, 1), date(2026, 3, 1)).map(lambda day: day.replace(day=1)), st.sampled_from(SOME)),
    st.integers(1, 9),
    max_size=5,
)
_events = st.lists(
    st.builds(
        Event, st.sampled_from(["CAMPAIGN_SENT"] * 2 + ["CAMPAIGN_RESPONSE", "ORDER"]), _days, st.sampled_from(SOME)
    ),
    max_size=8,
    unique_by=lambda event: event.day,
)
_stated = st.dictionaries(st.sampled_from([*SOME, "TV"]), st.booleans(), max_size=3)


async def month(
    house: House, customer: UUID, channel: str, touches: int, day: str = "2026-03-01", contacts: int = 0
) -> None:
    await house.row(
        "customer_month", customer_id=customer, month=at(day).date(), channel=channel, category="",
        touches=touches, contacts=contacts,
    )  # fmt: skip


async def state(house: House, customer: UUID, stated: Mapping[str, bool]) -> None:
    for channel, preferred in stated.items():
        await house.row(
            "customer_preference", customer_id=customer, channel=channel, preferred=preferred, recorded_at=NOW
        )


async def refuse_profiling(house: House, customer: UUID, status: str = "DENIED") -> None:
    await house.row(
        "customer_consent", customer_id=customer, consent_id=house.id(), channel="EMAIL", purpose="PROFILING",
        status=status, recorded_at=NOW, recorded_for=customer, holds=True,
    )  # fmt: skip


async def rate(house: House, topic: str, channel: str, prior: Prior, name: str = "", **said: Any) -> None:
    values = {"customers": 100, "trials": 1_000, "successes": 100, "low": 0.0, "high": 1.0, "as_of": NOW}
    await house.row(
        "response_rate", topic=topic, channel=channel, name=name, rate=prior.rate, strength=prior.strength,
        **(values | said),
    )  # fmt: skip


async def told(house: House, customer: UUID) -> list[Told]:
    rows = (await one(house, customer, WHAT))["channelPreferences"]
    names = ("channel", "stated", "affinity", "touches", "responseRate")
    return [Told(*(row[name] for name in names)) for row in rows]


def alike(found: list[Told], expected: list[Told]) -> None:
    assert [(a.channel, a.stated, a.touches) for a in found] == [(a.channel, a.stated, a.touches) for a in expected]
    assert [a.affinity for a in found] == pytest.approx([a.affinity for a in expected])
    assert [a.rate is None for a in found] == [a.rate is None for a in expected]
    rates = [(a.rate, b.rate) for a, b in zip(found, expected, strict=True) if a.rate is not None]
    assert [a for a, _ in rates] == pytest.approx([b for _, b in rates])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(months=_months, events=_events, stated=_stated, known=st.booleans())
async def test_what_is_told_is_what_plain_python_finds(
    house: House, months: dict[tuple[date, str], int], events: list[Event], stated: dict[str, bool], known: bool
) -> None:
    savepoint = house.tx.transaction()
    await savepoint.start()
    try:
        priors: Any = {}
        if known:
            touch = {str(c): Prior((1 + at_) / 78, 6.5) for at_, c in enumerate(Channel)}
            reply = {str(c): Prior((1 + at_) / 100, 12.0 + at_) for at_, c in enumerate(Channel)}
            for name in Channel:
                await rate(house, "TOUCH", name, touch[name])
                await rate(house, "CHANNEL", name, reply[name])
            priors = {"touch": touch, "reply": reply}
        ada = await house.customer("Ada")
        await happen(house, ada, events, {})
        for (day, channel), touches in months.items():
            await month(house, ada, channel, touches, str(day))
        await state(house, ada, stated)
        found = await told(house, ada)
        expected = channels(months, events, stated, NOW, **priors)
        alike(found, expected)
        assert not found or sum(row.affinity for row in found) == pytest.approx(1)
        await summarise(house.tx, [ada], now=NOW)
        stored = await house.tx.fetchval("SELECT preferred_channel FROM customer_summary WHERE customer_id = $1", ada)
        fits = expected and (expected[0].stated or (expected[0].stated is None and expected[0].is_used))
        assert stored == (expected[0].channel if fits else None)
    finally:
        await savepoint.rollback()


async def test_what_campaigns_sent_is_ours_and_no_liking(house: House) -> None:
    ada = await house.customer("Ada")
    await month(house, ada, "WEB", 6)
    await month(house, ada, "EMAIL", 10, contacts=10)
    assert [(row.channel, row.touches) for row in await told(house, ada)] == [("WEB", 6)]
    bob = await house.customer("Bob")
    assert await told(house, bob) == []


async def test_half_a_year_halves_what_a_touch_weighs(house: House) -> None:
    for channel in ("WEB", "PHONE"):
        await rate(house, "TOUCH", channel, Prior(1e-9, 1e-9))
    ada = await house.customer("Ada")
    await month(house, ada, "WEB", 4, "2025-09-01")
    await month(house, ada, "PHONE", 2, "2026-03-01")
    assert [row.affinity for row in await told(house, ada)] == pytest.approx([0.5, 0.5])


async def test_a_rate_is_null_where_the_channel_never_asked(house: House) -> None:
    ada = await house.customer("Ada")
    await month(house, ada, "WEB", 4)
    await happen(house, ada, [Event("CAMPAIGN_SENT", "2026-03-01", "EMAIL")], {})
    rates = {row.channel: row.rate for row in await told(house, ada)}
    assert rates["WEB"] is None
    assert rates["EMAIL"] == pytest.approx(0.02)


async def test_what_may_still_be_answered_is_no_answer_and_no_silence_yet(house: House) -> None:
    """By the day alone, as in the base rates: what was answered at once is left out as long."""
    silent, quick = await house.customer("Ada"), await house.customer("Bob")
    await happen(house, silent, [Event("CAMPAIGN_SENT", "2026-02-14")], {})  # 29 days before now
    await happen(house, quick, [Event("CAMPAIGN_SENT", "2026-02-14"), Event("CAMPAIGN_RESPONSE", "2026-02-15")], {})
    for person in (silent, quick):
        assert [row.rate for row in await told(house, person)] == pytest.approx([0.02])
        await happen(house, person, [Event("CAMPAIGN_SENT", "2026-02-13")], {})  # 30 days
        (email,) = await told(house, person)
        assert email.rate is not None
        assert email.rate < 0.02


async def test_what_was_said_wins_and_what_was_refused_is_last(house: House) -> None:
    people = {}
    for name, stated in (("Ada", {"EMAIL": True}), ("Bob", {"WEB": False}), ("Cleo", {}), ("Dora", {"WEB": False})):
        people[name] = await house.customer(name)
        if name != "Dora":
            await month(house, people[name], "WEB", 6)
            await month(house, people[name], "PHONE", 3)
        await state(house, people[name], stated)
    await summarise(house.tx, list(people.values()), now=NOW)
    assert [row.channel for row in await told(house, people["Ada"])] == ["EMAIL", "WEB", "PHONE"]
    assert [row.channel for row in await told(house, people["Bob"])] == ["PHONE", "WEB"]
    found = {channel: await house.names(f"{{preferredChannel: [{channel}]}}") for channel in ("EMAIL", "PHONE", "WEB")}
    assert found == {"EMAIL": ["Ada"], "PHONE": ["Bob"], "WEB": ["Cleo"]}


async def test_who_refuses_to_be_profiled_gets_nobody_elses_rate_and_no_own(house: House) -> None:
    ada = await house.customer("Ada")
    await month(house, ada, "WEB", 6)
    await month(house, ada, "PHONE", 3)
    await happen(house, ada, [Event("CAMPAIGN_SENT", "2026-03-01", "PHONE")], {})
    await refuse_profiling(house, ada)
    found = await told(house, ada)
    assert [row.affinity for row in found] == [0.5, 0.5]
    assert [row.rate for row in found] == [None, None]
    await summarise(house.tx, [ada], now=NOW)
    assert await house.tx.fetchval("SELECT preferred_channel FROM customer_summary") is None


async def test_what_happened_ages_ago_weighs_nothing_and_breaks_nothing(house: House) -> None:
    ada = await house.customer("Ada")
    await house.tx.execute("INSERT INTO customer_month (customer_id, month, channel, category, touches) VALUES"
                           " ($1, '0001-01-01', 'WEB', '', 3)", ada)  # fmt: skip
    await happen(house, ada, [Event("CAMPAIGN_SENT", "0001-01-02"), Event("CAMPAIGN_RESPONSE", "0001-01-03")], {})
    found = await told(house, ada)
    assert [(row.channel, round(row.affinity, 9)) for row in found] == [("EMAIL", 0.5), ("WEB", 0.5)]
    assert found[0].rate == pytest.approx(0.02)

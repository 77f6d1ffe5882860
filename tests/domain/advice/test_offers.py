"""How offers were answered, against plain Python: what is received, credited once, shrunk, best first."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.advice.shrinkage import ASSUMED, Prior, shrunk
from tests.domain.advice.answers import Event, answered, campaign, happen, is_over, weight
from tests.domain.advice.test_channels import rate, refuse_profiling
from tests.domain.query.test_allowance import one
from tests.domain.query.world import MASKED, NOW, House

WHAT = "offerAffinities { offer received responded affinity }"
_days = st.dates(date(2025, 6, 1), date(2026, 3, 14)).map(str)
_events = st.lists(
    st.builds(
        Event,
        st.sampled_from(["CAMPAIGN_SENT"] * 3 + ["CAMPAIGN_RESPONSE", "ORDER"]),
        _days,
        st.sampled_from(["EMAIL", "SMS"]),
        st.sampled_from([None, None, "ten off", "gift"]),
        st.sampled_from([None, "spring", "autumn"]),
    ),
    max_size=10,
    unique_by=lambda event: event.day,
)


def offers(events: list[Event], known: dict[str, Prior], told: frozenset[str]) -> list[tuple[str, int, int, float]]:
    seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for contact, hit in answered(events, told):
        if contact.name is not None:
            seen[contact.name].append((weight(contact, NOW) * is_over(contact, NOW), hit))
    rows = []
    for name, contacts in seen.items():
        trials, successes = sum(w for w, _ in contacts), sum(w for w, hit in contacts if hit)
        affinity = shrunk(successes, trials, known.get(name, ASSUMED))
        rows.append((name, len(contacts), sum(hit for _, hit in contacts), affinity))
    return sorted(rows, key=lambda row: (-round(row[3], 12), -row[1], row[0]))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=_events, known=st.booleans(), is_told=st.booleans())
async def test_what_is_told_is_what_plain_python_finds(
    house: House, events: list[Event], known: bool, is_told: bool
) -> None:
    savepoint = house.tx.transaction()
    await savepoint.start()
    try:
        priors = {"spring": Prior(0.25, 8.0), "gift": Prior(0.5, 3.0)} if known else {}
        for name, prior in priors.items():
            await rate(house, "OFFER", "", prior, name, is_told=is_told)
        keys = {key: await campaign(house, key) for key in ("spring", "autumn")}
        ada = await house.customer("Ada")
        await happen(house, ada, events, keys)
        rows = (await one(house, ada, WHAT))["offerAffinities"]
        expected = offers(events, priors, frozenset(priors) if is_told else frozenset())
        assert [tuple(row.values())[:3] for row in rows] == [row[:3] for row in expected]
        assert [row["affinity"] for row in rows] == pytest.approx([row[3] for row in expected])
    finally:
        await savepoint.rollback()


async def test_an_order_answers_the_last_contact_only_and_within_thirty_days(house: House) -> None:
    ada = await house.customer("Ada")
    days = [("2026-01-01", "old"), ("2026-01-20", "new"), ("2026-02-01", "ten")]
    events = [Event("CAMPAIGN_SENT", day, offer=offer) for day, offer in days]
    await happen(house, ada, [*events, Event("ORDER", "2026-01-25"), Event("ORDER", "2026-03-04")], {})
    rows = {row["offer"]: row["responded"] for row in (await one(house, ada, WHAT))["offerAffinities"]}
    assert rows == {"old": 0, "new": 1, "ten": 0}


async def test_where_responses_are_recorded_an_order_stands_for_none(house: House) -> None:
    await rate(house, "OFFER", "", Prior(0.1, 10), "ten", is_told=True)
    ada = await house.customer("Ada")
    await happen(house, ada, [Event("CAMPAIGN_SENT", "2026-03-01", offer="ten"), Event("ORDER", "2026-03-02")], {})
    assert [row["responded"] for row in (await one(house, ada, WHAT))["offerAffinities"]] == [0]


async def test_what_few_received_is_masked_and_who_refuses_is_told_nothing(house: House) -> None:
    spring = await campaign(house, "spring")
    await rate(house, "OFFER", "", Prior(0.1, 10), "known")
    ada = await house.customer("Ada")
    sent: list[Any] = [{"offer": "known"}, {"offer": "Ada's own"}, {"campaign": "spring"}]
    await happen(
        house, ada, [Event("CAMPAIGN_SENT", f"2026-03-0{n + 1}", **s) for n, s in enumerate(sent)], {"spring": spring}
    )
    names = {row["offer"] for row in (await one(house, ada, WHAT))["offerAffinities"]}
    assert names == {"known", "Ada's own", "spring"}
    masked = {row["offer"] for row in (await one(house, ada, WHAT, caller=MASKED))["offerAffinities"]}
    assert masked == {"known", "***", "spring"}
    await refuse_profiling(house, ada, "WITHDRAWN")
    assert (await one(house, ada, WHAT))["offerAffinities"] == []

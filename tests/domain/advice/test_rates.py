"""The night's base rates out of everybody's contacts, touches and cases, against plain Python."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.advice import shrinkage
from domain.advice.commands_rating import make_rates
from domain.advice.shrinkage import ASSUMED, GROUP_STRENGTH, Prior, Sums
from domain.vocabulary import Channel
from tests.domain.advice.answers import Event, answered, campaign, happen
from tests.domain.advice.test_channels import month
from tests.domain.advice.test_shrinkage import sums
from tests.domain.query.world import NOW, House, at


async def rates(house: House) -> dict[tuple[str, str, str], Any]:
    await make_rates(house.tx, now=NOW)
    return {tuple(row[:3]): row for row in await house.tx.fetch("SELECT * FROM response_rate")}


def drawn(rng: Random) -> list[Event]:
    """A life of contacts; things of one life happen on different days."""
    days = rng.sample(range(600), rng.randint(1, 9))
    kinds = ["CAMPAIGN_SENT"] * 3 + ["CAMPAIGN_RESPONSE", "ORDER"]
    return [
        Event(rng.choice(kinds), str((NOW - timedelta(days=day)).date()), rng.choice(["EMAIL", "SMS"]), offer=offer)
        for day in days
        for offer in [rng.choice(["ten", "gift", None])]
    ]


async def test_contacts_are_counted_by_channel_offer_and_how_the_customer_stood(house: House) -> None:
    rng = Random(3)
    lives = [drawn(rng) for _ in range(40)]
    for life in lives:
        await happen(house, await house.customer(), life, {})
    hit_names = {one.name for life in lives for one, hit in answered([e for e in life if e.kind != "ORDER"]) if hit}
    told = frozenset(name for name in hit_names if name is not None)
    found = await rates(house)

    groups: dict[tuple[str, str, str], dict[int, list[bool]]] = {}
    for number, life in enumerate(lives):
        orders = [e.when for e in life if e.kind == "ORDER"]
        for contact, hit in answered(life, told):
            before = [when for when in orders if when < contact.when]
            late = bool(before) and max(before) < contact.when - timedelta(days=180)
            standing = "SILENT" if late else "CURRENT" if before else "PROSPECT"
            is_over = contact.when <= NOW - timedelta(days=30)
            keys = [("ALL", "", ""), ("CHANNEL", contact.channel, ""), ("STANDING", contact.channel, standing)]
            for key in [*keys, *([("OFFER", "", contact.name)] if contact.name else [])]:
                tried = groups.setdefault(key, {})
                if is_over:
                    tried.setdefault(number, []).append(hit)
    counted = {key: sums([len(h) for h in own.values()], [sum(h) for h in own.values()]) for key, own in groups.items()}
    assert {key for key in found if key[0] in ("ALL", "STANDING", "OFFER")} == {
        key for key in counted if key[0] != "CHANNEL"
    }
    everybody = shrinkage.of_group(counted["ALL", "", ""], ASSUMED)
    for key, expected in counted.items():
        row = found[key]
        over = found["CHANNEL", key[1], ""]["rate"] if key[0] == "STANDING" else everybody.rate
        lean = Prior(ASSUMED.rate if key[0] == "ALL" else over, GROUP_STRENGTH)
        assert (row["customers"], row["trials"], row["successes"]) == expected[:3]
        assert row["rate"] == pytest.approx(shrinkage.shrunk(expected.successes, expected.trials, lean))
        assert row["strength"] == pytest.approx(shrinkage.strength(expected))
        assert row["low"] <= row["rate"] <= row["high"]
        assert row["is_told"] == (key[0] == "OFFER" and key[2] in told)
    assert found["CHANNEL", "TV", ""]["rate"] == pytest.approx(everybody.rate)


async def test_what_may_still_be_answered_and_what_was_answered_as_soon_count_for_nothing(house: House) -> None:
    """By when it went out, not by what came of it: the one of 13 February was cut short, and its 30 days are over."""
    for number in range(10):
        ada, answers = await house.customer(), number < 3
        for sent, bought in (("2026-01-10", "2026-01-12"), ("2026-02-13", "2026-02-15"), ("2026-02-14", "2026-02-16")):
            await happen(house, ada, [Event("CAMPAIGN_SENT", sent)] + [Event("ORDER", bought)] * answers, {})
    for _ in range(7):  # answered within the window that is open, or not yet
        bob = await house.customer()
        await happen(house, bob, [Event("CAMPAIGN_SENT", "2026-03-01"), Event("ORDER", "2026-03-02")], {})
        await happen(house, await house.customer(), [Event("CAMPAIGN_SENT", "2026-03-14")], {})
    found = await rates(house)
    for key in (("ALL", "", ""), ("CHANNEL", "EMAIL", "")):
        assert (found[key]["customers"], found[key]["trials"], found[key]["successes"]) == (10, 20, 3)


async def test_a_new_sender_has_what_is_customary_until_the_first_window_is_over(house: House) -> None:
    for number in range(6):
        replies = [Event("CAMPAIGN_RESPONSE", "2026-03-02", offer="ten")] * (number < 3)
        await happen(house, await house.customer(), [Event("CAMPAIGN_SENT", "2026-03-01", offer="ten"), *replies], {})
    found = await rates(house)
    for key in (("ALL", "", ""), ("CHANNEL", "EMAIL", ""), ("STANDING", "EMAIL", "PROSPECT"), ("OFFER", "", "ten")):
        row = found[key]
        assert (row["customers"], row["trials"], row["successes"], row["rate"]) == (0, 0, 0, ASSUMED.rate)
        assert row["low"] < row["rate"] < row["high"]
    assert found["OFFER", "", "ten"]["is_told"]
    assert found["TOUCH", "EMAIL", ""]["successes"] == 3  # that it was answered over it is known


async def test_with_no_contact_at_all_what_is_customary_is_assumed(house: House) -> None:
    found = await rates(house)
    assert found["CHANNEL", "EMAIL", ""]["rate"] == ASSUMED.rate
    assert found["RECOVERY", "", ""]["rate"] == 0.5
    assert found["TOUCH", "WEB", ""]["rate"] == pytest.approx(1 / 12)
    assert found["PURCHASE", "", ""]["amount"] is None


async def test_an_offer_that_fewer_than_five_received_is_not_named(house: House) -> None:
    for number in range(5):
        ada = await house.customer()
        await happen(house, ada, [Event("CAMPAIGN_SENT", "2026-03-01", offer="ten")], {})
        if number < 4:
            await happen(house, ada, [Event("CAMPAIGN_SENT", "2026-03-02", offer="of four")], {})
    assert {key[2] for key in await rates(house) if key[0] == "OFFER"} == {"ten"}


async def test_shares_of_touches_and_what_one_costs(house: House) -> None:
    lives: list[dict[str, int]] = [{"WEB": 3, "PHONE": 1}, {"WEB": 5}, {"PHONE": 2, "EMAIL": 6}]
    for life in lives:
        ada = await house.customer()
        for channel, touches in life.items():
            await month(house, ada, channel, touches)
    await house.tx.execute("UPDATE customer_month SET cost_to_serve = 1.5 * touches, orders = 1, revenue = 10"
                           " WHERE channel = 'PHONE'")  # fmt: skip
    found = await rates(house)
    whole = [sum(life.values()) for life in lives]
    expected, strength = shrinkage.shares(
        [
            Sums(
                3, sum(whole), sum(life.get(c, 0) for life in lives), sum(n * n for n in whole),
                sum(life.get(c, 0) ** 2 / n for life, n in zip(lives, whole, strict=True)),
            ) if c in ("WEB", "PHONE", "EMAIL") else Sums(0, 0, 0, 0, 0)
            for c in Channel
        ]
    )  # fmt: skip
    told = [found["TOUCH", channel, ""] for channel in Channel]
    assert [row["rate"] for row in told] == pytest.approx(expected)
    assert [row["strength"] for row in told] == pytest.approx([strength] * len(Channel))
    assert found["TOUCH", "PHONE", ""]["amount"] == Decimal("1.5")
    assert found["PURCHASE", "", ""]["amount"] == Decimal(10)


async def test_a_case_made_good_where_its_customer_bought_again_within_ninety_days(house: House) -> None:
    async def case(day: str, bought: str | None) -> UUID:
        ada = await house.customer()
        await house.touchpoint(ada, day, kind="CASE_RESOLVED", case_number="C")
        if bought:
            await house.order(ada, bought)
        return ada

    for day, bought in (("2025-06-01", "2025-07-01"), ("2025-06-01", "2025-09-01"), ("2025-06-01", None)):
        await case(day, bought)
    await case("2026-03-01", "2026-03-02")
    found = (await rates(house))["RECOVERY", "", ""]
    assert (found["trials"], found["successes"]) == (3, 1)
    assert found["rate"] == pytest.approx((1 + 0.5 * 2) / (3 + 2))


async def test_what_is_made_anew_replaces_what_was_and_keeps_who_reads_waiting_for_nothing(house: House) -> None:
    await campaign(house, "spring")
    first, second = await rates(house), await rates(house)
    assert {key: tuple(row) for key, row in first.items()} == {key: tuple(row) for key, row in second.items()}
    assert {row["as_of"] for row in second.values()} == {at("2026-03-15T12:00")}

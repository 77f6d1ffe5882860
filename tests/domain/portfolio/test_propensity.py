"""How groups answered what was sent to them, against plain Python, scipy and what the night keeps."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from domain.advice import shrinkage
from domain.advice.commands_rating import make_rates
from domain.advice.shrinkage import ASSUMED, GROUP_STRENGTH, Prior
from domain.database import Tx
from domain.portfolio.fragments import filled, part
from tests.domain.advice.answers import Event, answered
from tests.domain.portfolio.mailing import GOALS, KEYS, OFFERS, Mailing
from tests.domain.portfolio.shop import PERIODS, period, within
from tests.domain.query.world import MASKED, NOW, at

_WHAT = "group { key label where } contacted responded responseRate interval { low high level }"
_ASK = f"""query ($where: CustomerFilter, $over: Period, $by: ResultDimension!, $goal: CampaignGoal,
  $channel: Channel) {{ portfolio(where: $where, over: $over) {{
  responsePropensity(by: $by, goal: $goal, channel: $channel) {{ {_WHAT} }} }} }}"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"
Key = Callable[[Mailing, int, Event], str | None]
_KEYS: Mapping[str, Key] = {
    "CHANNEL": lambda mailing, number, event: event.channel,
    "OFFER": lambda mailing, number, event: event.name,
    "GOAL": lambda mailing, number, event: GOALS.get(event.campaign or ""),
    "COUNTRY": lambda mailing, number, event: mailing.countries[number],
    "VALUE_TIER": lambda mailing, number, event: None if mailing.refuse[number] else mailing.tiers[number],
}
_QUICK = {"CHANNEL"}


def reckoned(
    mailing: Mailing,
    numbers: list[int],
    over: tuple[datetime | None, datetime | None],
    by: str,
    channel: str | None,
    goal: str | None,
) -> dict[str, tuple[int, int, int, float, float, float]]:
    """By key: customers, messages, answers, the shrunk rate and its interval."""
    seen = [
        (number, one, hit)
        for number in numbers
        for one, hit in answered(mailing.lives[number], mailing.told)
        if within(one.when, over) and channel in (None, one.channel) and goal in (None, GOALS.get(one.campaign or ""))
    ]
    everybody = shrinkage.shrunk(sum(hit for *_, hit in seen), len(seen), ASSUMED)
    groups: dict[str, list[tuple[int, bool]]] = {}
    for number, one, hit in seen:
        if key := _KEYS[by](mailing, number, one):
            groups.setdefault(key, []).append((number, hit))
    lean = Prior(everybody, alike([(sum(hit for _, hit in own), len(own)) for own in groups.values()]))
    told = {}
    for key, own in groups.items():
        hits = sum(hit for _, hit in own)
        rate, bounds = shrinkage.shrunk(hits, len(own), lean), shrinkage.interval(hits, len(own), lean)
        told[key] = (len({number for number, _ in own}), len(own), hits, rate, *bounds)
    return told


def alike(groups: list[tuple[int, int]]) -> float:
    """How many messages the rate of all weighs, where what is assumed is one group more."""
    trials, assumed = sum(n for _, n in groups), 1 / (1 + GROUP_STRENGTH)
    if not groups:
        return GROUP_STRENGTH
    rate, others = sum(k for k, _ in groups) / trials, len(groups) - 1
    chance = rate * (1 - rate)
    possible = chance * (trials - sum(n * n for _, n in groups) / trials - others)
    found = assumed
    if possible > 1e-9:
        found = max((sum(n * (k / n - rate) ** 2 for k, n in groups) - others * chance) / possible, 0)
    both = (others * found + assumed) / (others + 1)
    return 1 / min(max(both, 1 / (1 + shrinkage.MOST)), 1 / (1 + shrinkage.FEWEST)) - 1


@pytest.mark.parametrize("by", [by if by in _QUICK else pytest.param(by, marks=pytest.mark.proof) for by in _KEYS])
async def test_groups_answered_as_plain_python_counts(tx: Tx, by: str) -> None:
    rng = Random(4)
    mailing = await Mailing(tx, rng).open(24)
    for over, channel, goal in product(PERIODS, (None, "EMAIL"), (None, "RETAIN")):
        where = rng.choice([None, {"country": {"in": ["GB", "DE"]}}])
        numbers = [n for n in range(24) if where is None or mailing.countries[n]]
        given = {"where": where, "over": period(over), "by": by, "channel": channel, "goal": goal}
        rows = (await mailing.house.ask(_ASK, given, now=NOW))["portfolio"]["responsePropensity"]
        expected = reckoned(mailing, numbers, over, by, channel, goal)
        assert {row["group"]["key"] for row in rows} == set(expected)
        for row in rows:
            customers, *counts, rate, low, high = expected[row["group"]["key"]]
            assert [row["contacted"], row["responded"]] == counts, given
            assert row["responseRate"] == pytest.approx(rate)
            assert (row["interval"]["low"], row["interval"]["high"]) == pytest.approx((low, high), rel=1e-3)
            assert row["interval"]["level"] == 0.8
            if by in ("CHANNEL", "GOAL") and over == (None, None):
                listed = await mailing.house.ask(_LIST, {"where": row["group"]["where"]})
                assert listed["customers"]["totalCount"] == customers
        rates = [row["responseRate"] for row in rows]
        assert rates == sorted(rates, reverse=True)


@pytest.mark.proof
async def test_groups_list_whom_they_count(tx: Tx) -> None:
    """Of the period, too; of an offer that messages name, and of one that is a campaign's key."""
    mailing = Mailing(tx, Random(1))
    mailing.campaigns = (await mailing.open(0)).campaigns
    for number in range(30):
        named: dict[str, str] = {"offer": OFFERS[number % 2]} if number % 3 else {"campaign": KEYS[number % 2]}
        kinds = [Event("CAMPAIGN_SENT", f"2026-02-{number % 27 + 1:02}", "EMAIL" if number % 4 else "WEB", **named)]
        await mailing.live(kinds)
    over = {"from": "2026-02-03T00:00:00Z", "until": "2026-02-20T00:00:00Z"}
    for by, channel, goal in product(
        ("CHANNEL", "OFFER", "COUNTRY", "GOAL", "STEP"), (None, "EMAIL"), (None, "RETAIN")
    ):
        given = {"by": by, "channel": channel, "goal": goal, "over": over}
        rows = (await mailing.house.ask(_ASK, given))["portfolio"]["responsePropensity"]
        assert rows
        for row in rows:  # each was sent one message
            listed = await mailing.house.ask(_LIST, {"where": row["group"]["where"]})
            assert listed["customers"]["totalCount"] == row["contacted"], (given, row)


async def test_an_offer_lists_whom_it_counts_however_messages_say_it(tx: Tx) -> None:
    """With blanks around it, as a number, or longer than is told: of all of them one group, which finds each."""
    mailing = await Mailing(tx, Random(3)).open(0)
    long = "x" * 199
    said = ("ten", " ten ", "  ten", "other", 10, "10", 10.0, True, "true", f"{long}yA", f"{long}yB", f" {long}y", [1])
    for offer in said:
        who = await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", "EMAIL")])
        text = "UPDATE touchpoint SET properties = jsonb_build_object('offer', $2::jsonb) WHERE customer_id = $1"
        await tx.execute(text, who, offer)
    expected = {"ten": 3, "other": 1, "10": 2, "10.0": 1, "true": 2, f"{long}y": 3, "[1]": 1}
    for channel in (None, "EMAIL"):
        rows = (await mailing.house.ask(_ASK, {"by": "OFFER", "channel": channel}))["portfolio"]["responsePropensity"]
        assert {row["group"]["key"]: row["contacted"] for row in rows} == expected
        for row in rows:
            listed = await mailing.house.ask(_LIST, {"where": row["group"]["where"]})
            # As numbers 10 and 10.0 are one; what is no word or number is found with all that say anything.
            also = {"10": 3, "10.0": 2, "[1]": len(said)}
            key = row["group"]["key"]
            assert listed["customers"]["totalCount"] == also.get(key, expected[key]), row["group"]


async def test_by_channel_everybody_answers_as_the_night_counts_it(tx: Tx) -> None:
    """The night leans a channel with a weight of its own, and leaves out what may still be answered."""
    mailing = await Mailing(tx, Random(7)).open(40)
    await make_rates(tx, now=NOW)
    kept = {tuple(row[:2]): row for row in await tx.fetch("SELECT * FROM response_rate WHERE name = ''")}
    over = period((None, NOW - timedelta(days=30)))
    rows = (await mailing.house.ask(_ASK, {"by": "CHANNEL", "over": over}))["portfolio"]["responsePropensity"]
    assert len(rows) == 3
    lean = Prior(kept["ALL", ""]["rate"], GROUP_STRENGTH)
    for row in rows:
        night = kept["CHANNEL", row["group"]["key"]]
        assert row["responseRate"] != row["responded"] / row["contacted"]
        # The night also counts who was forgotten: one of 41.
        assert shrinkage.shrunk(row["responded"], row["contacted"], lean) == pytest.approx(night["rate"], rel=0.2)


def test_of_one_group_nothing_tells_how_much_groups_differ() -> None:
    assert alike([(3, 100)]) == alike([(0, 100)]) == pytest.approx(GROUP_STRENGTH)


@pytest.mark.parametrize("groups", [2, 3, 5, 12, 50])
@pytest.mark.parametrize(("mean", "weight"), [(0.05, 10), (0.05, 30), (0.05, 300)])
def test_the_interval_holds_the_rate_and_the_rate_errs_less(groups: int, mean: float, weight: float) -> None:
    """What the question reckons, on groups whose rates are known: the weight of few is not taken for their own."""
    rng, held, errs = np.random.default_rng(3), [], []
    for _ in range(max(600 // groups, 40)):
        truth = rng.beta(mean * weight, (1 - mean) * weight, groups)
        trials = rng.integers(20, 800, groups)
        hits = rng.binomial(trials, truth)
        rate = shrinkage.shrunk(float(hits.sum()), float(trials.sum()), ASSUMED)
        told = list(zip(hits.tolist(), trials.tolist(), strict=True))
        lean, fixed = Prior(rate, alike(told)), Prior(rate, GROUP_STRENGTH)
        for (k, n), true in zip(told, truth, strict=True):
            low, high = shrinkage.interval(k, n, lean)
            held.append(low <= true <= high)
            errs.append([(shrinkage.shrunk(k, n, one) - true) ** 2 for one in (lean, fixed)])
    ours, before = np.mean(errs, axis=0)
    assert 0.72 < np.mean(held) < 0.92
    assert ours <= before * (0.75 if weight == 300 and groups >= 12 else 1.1)


async def test_offers_that_messages_name_are_kept_from_who_may_not_read_personal_data(tx: Tx) -> None:
    mailing = await Mailing(tx, Random(1)).open(0)
    for offer in (*["ten"] * 5, "Ada's own"):
        await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", offer=offer)])
    await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", campaign="spring")])
    for caller, keys in (({}, {"ten", "Ada's own", "spring"}), ({"caller": MASKED}, {"spring"})):
        rows = (await mailing.house.ask(_ASK, {"by": "OFFER"}, **caller))["portfolio"]["responsePropensity"]
        assert {row["group"]["key"] for row in rows} == keys


async def test_variants_and_steps_are_those_of_the_contacts_that_went_out(tx: Tx) -> None:
    """Two wordings and a reminder, one of them answered; held back and sent by touchpoint alone tell no variant."""
    mailing = await Mailing(tx, Random(2)).open(0)
    told = (("a", 1, True), ("a", 1, False), ("b", 1, False), ("b", 2, False), (None, 3, False))
    for variant, step, is_answered in told:
        replies = [Event("CAMPAIGN_RESPONSE", "2026-02-05", campaign="spring")] if is_answered else []
        who = await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", campaign="spring"), *replies])
        await _contact(mailing, who, variant=variant, step=step)
    await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", campaign="autumn")])
    held_back = await mailing.live([])
    await _contact(mailing, held_back, variant="a", step=1, status="SUPPRESSED", suppression="HELD_OUT", sent_at=None)
    # The reminder still waits; what went out was the first, which only a touchpoint tells of.
    waiting = await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03", campaign="spring")])
    await _contact(mailing, waiting, step=2, status="PENDING", sent_at=None)
    await tx.execute("UPDATE touchpoint SET contact_id = NULL WHERE customer_id = $1", waiting)
    expected = {"VARIANT": {"a": (2, 1), "b": (2, 0)}, "STEP": {"1": (5, 1), "2": (1, 0), "3": (1, 0)}}
    for by, groups in expected.items():
        rows = (await mailing.house.ask(_ASK, {"by": by}))["portfolio"]["responsePropensity"]
        assert {row["group"]["key"]: (row["contacted"], row["responded"]) for row in rows} == groups
        for row in rows:
            listed = await mailing.house.ask(_LIST, {"where": row["group"]["where"]})
            assert listed["customers"]["totalCount"] == row["contacted"]
        others = (await mailing.house.ask(_ASK, {"by": by, "goal": "WIN_BACK"}))["portfolio"]["responsePropensity"]
        assert [row["group"]["key"] for row in others] == (["1"] if by == "STEP" else [])


async def _contact(mailing: Mailing, who: UUID, **told: object) -> None:
    """As recorded, with the touchpoint that tells of it."""
    id_, sent = mailing.house.id(), at("2026-02-03")
    row = {"channel": "EMAIL", "arm": "TREATED", "status": "SENT", "status_at": sent, "sent_at": sent} | told
    row |= {"contact_id": id_, "campaign_id": mailing.campaigns["spring"], "customer_id": who, "recorded_for": who}
    await mailing.house.row("campaign_contact", scheduled_at=sent, recorded_at=NOW, **row)
    text = "UPDATE touchpoint SET contact_id = $2 WHERE customer_id = $1 AND kind = 'CAMPAIGN_SENT'"
    await mailing.tx.execute(text, who, id_)


async def test_needs_segments_bands_and_stages_are_those_of_today(tx: Tx) -> None:
    mailing = await Mailing(tx, Random(3)).open(0)
    who = await mailing.live([Event("CAMPAIGN_SENT", "2026-02-03")])
    house = mailing.house
    text = "UPDATE customer_score_a SET risk_band = 'HIGH', lifecycle_stage = 'LAPSED' WHERE customer_id = $1"
    await tx.execute(text, who)
    await tx.execute("DELETE FROM customer_consent")
    need = {"need_id": house.id(), "kind": "MOTIVATION", "name": "price", "strength": 1.0, "recorded_at": NOW}
    await house.row("customer_need", customer_id=who, **need)
    told = {"key": "ours", "name": "Ours", "search_fold": "ours", "kind": "STATIC", "number": 1}
    await house.row("segment", segment_id=house.id(), created_at=NOW, updated_at=NOW, **told)
    kept = {"segments": [1], "entered_at": [NOW], "causes": [1], "refreshed_at": NOW}
    await house.row("customer_segment", customer_id=who, **kept)
    expected = {
        "NEED": ("MOTIVATION:price", "price"),
        "SEGMENT": ("ours", "Ours"),
        "RISK_BAND": ("HIGH", "HIGH"),
        "LIFECYCLE_STAGE": ("LAPSED", "LAPSED"),
    }
    for by, (key, label) in expected.items():
        [row] = (await house.ask(_ASK, {"by": by}))["portfolio"]["responsePropensity"]
        assert (row["group"]["key"], row["group"]["label"], row["contacted"]) == (key, label, 1)
        assert (await house.ask(_LIST, {"where": row["group"]["where"]}))["customers"]["totalCount"] == 1


async def test_the_bounds_are_those_of_the_beta_distribution(tx: Tx) -> None:
    """Held against scipy's inverse of the incomplete beta function, from next to nothing to very many messages."""
    sql = filled(part("propensity", "quantiles"), level="0.8::float8", cells="400")
    for trials, rate in product((0, 1, 3, 40, 1_000, 1_000_000), (1e-6, 0.0003, 0.02, 0.5, 0.97)):
        for successes in {0, trials // 50, trials // 2, trials}:
            lean = Prior(rate, GROUP_STRENGTH)
            a = successes + rate * GROUP_STRENGTH
            b = trials - successes + (1 - rate) * GROUP_STRENGTH
            row = await tx.fetchrow(
                f"SELECT q.* FROM (SELECT $1::float8 AS a, $2::float8 AS b) r, LATERAL ({sql}) q", a, b
            )
            assert row is not None
            found: Any = tuple(row)
            assert found == pytest.approx(shrinkage.interval(successes, trials, lean), rel=1e-3, abs=1e-7), (a, b)

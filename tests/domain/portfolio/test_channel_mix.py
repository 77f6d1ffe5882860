"""What channels customers use, prefer and answer, against plain Python; over the whole relationship, and a period."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain import portfolio
from domain.database import Tx
from domain.settings import Settings
from tests.domain.advice.answers import Event, answered
from tests.domain.portfolio.mailing import CHANNELS, Mailing
from tests.domain.portfolio.shop import PERIODS, period, within
from tests.domain.query.world import NOW

_ASK = """query ($where: CustomerFilter, $over: Period) { portfolio(where: $where, over: $over) { channelMix {
  channel customers touches preferredBy responseRate revenue cost }
  profitability { revenue costToServe marketingCost } } }"""


Over = tuple[datetime | None, datetime | None]


def reckoned(mailing: Mailing, numbers: list[int], over: Over, *, everybody: bool) -> Mapping[str, Any]:
    told: dict[str, dict[str, Any]] = {}
    for channel in (*CHANNELS, "TV"):
        sent: list[bool] = []
        users, touches, revenue, cost = set(), 0, Decimal(0), Decimal(0)
        for number in numbers:
            for event in mailing.lives[number]:
                if event.channel != channel or not within(event.when, over):
                    continue
                revenue += Decimal(10) if event.kind == "ORDER" else 0
                cost += mailing.costs[number, event.day]
                if event.kind not in ("CAMPAIGN_SENT", "ORDER"):
                    users.add(number)
                    touches += 1
            contacts = answered(mailing.lives[number], mailing.told)
            sent += [hit for one, hit in contacts if one.channel == channel and within(one.when, over)]
        for event in mailing.erased_life if everybody else ():
            if event.channel == channel and within(event.when, over):
                revenue += Decimal(10) if event.kind == "ORDER" else 0
                touches += event.kind not in ("CAMPAIGN_SENT", "ORDER")
        liked = sum(mailing.preferred[number] == channel for number in numbers)
        told[channel] = {
            "customers": len(users),
            "touches": touches,
            "preferredBy": liked,
            "responseRate": pytest.approx(sum(sent) / len(sent)) if sent else None,
            "revenue": revenue,
            "cost": cost,
        }
    return {channel: row for channel, row in told.items() if any(figure not in (0, None) for figure in row.values())}


@pytest.mark.parametrize("seed", range(3))
async def test_the_mix_is_that_of_plain_python(tx: Tx, seed: int) -> None:
    mailing = await Mailing(tx, Random(seed)).open()
    people = mailing.people
    await portfolio.rebuild(tx, people + mailing.erased, await Settings.load(tx))
    for over in PERIODS:
        for where in (None, {"country": {"eq": "GB"}}):
            numbers = [n for n in range(len(people)) if where is None or mailing.countries[n] == "GB"]
            told = await mailing.house.ask(_ASK, {"where": where, "over": period(over)}, now=NOW)
            rows, whole = told["portfolio"]["channelMix"], told["portfolio"]["profitability"]
            found = {row.pop("channel"): row for row in rows}
            for row in found.values():
                row |= {name: Decimal(row[name]) for name in ("revenue", "cost")}
            assert found == reckoned(mailing, numbers, over, everybody=where is None), (over, where)
            # The channels together earn and cost what the customers do.
            cost = Decimal(whole["costToServe"]) + Decimal(whole["marketingCost"])
            assert sum((row["revenue"] for row in found.values()), Decimal(0)) == Decimal(whole["revenue"])
            assert sum((row["cost"] for row in found.values()), Decimal(0)) == cost
            assert list(found) == sorted(found, key=lambda c: (-found[c]["customers"], -found[c]["touches"], c))


async def test_an_order_answers_only_where_no_answers_to_the_offer_are_recorded(tx: Tx) -> None:
    mailing = await Mailing(tx, Random(1)).open(0)
    for offer, channel in (("ten", "EMAIL"), ("gift", "PHONE")):
        await mailing.live([Event("CAMPAIGN_SENT", "2026-02-01", channel, offer), Event("ORDER", "2026-02-03")])
    await portfolio.rebuild(tx, mailing.people, await Settings.load(tx))
    rows = (await mailing.house.ask("{ portfolio { channelMix { channel responseRate } } }"))["portfolio"]["channelMix"]
    rates = {row["channel"]: row["responseRate"] for row in rows if row["responseRate"] is not None}
    assert rates == {"EMAIL": 0, "PHONE": 1}

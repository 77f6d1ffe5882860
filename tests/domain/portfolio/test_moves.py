"""How customers moved, what winning them cost and what is advised are what plain Python makes of the rows."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.clock import told
from domain.database import Tx
from domain.vocabulary import LifecycleStage
from tests.domain.portfolio.market import BEGIN, NOW, Market, Rows
from tests.domain.portfolio.test_worth import listed
from tests.domain.query.conftest import house
from tests.domain.query.world import House, at, public

__all__ = ["house"]

_ASK = """query ($over: Period) { portfolio(over: $over) { lifecycleFlow { from to customers }
  acquisition { channel customers cost costPerCustomer lifetimeValuePerCustomer }
  strategies { strategy group { key where } customers expectedProfit reason } } }"""
_LONG_AGO = at("1900-01-01")
_OVERS = [
    None,
    {"last": "P200D"},
    {"from": told(BEGIN + timedelta(days=60)), "until": told(BEGIN + timedelta(days=250))},
    {"until": told(NOW + timedelta(days=9))},
]


def _ends(over: Mapping[str, str] | None, customary: datetime) -> tuple[datetime, datetime]:
    over = over or {"from": told(customary)}
    if "last" in over:
        return NOW - timedelta(days=200), NOW
    start = datetime.fromisoformat(over["from"]) if "from" in over else _LONG_AGO
    return start, min(NOW, datetime.fromisoformat(over["until"])) if "until" in over else NOW


class Past:
    """Where everybody stood, then."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.first: dict[UUID, datetime] = {}
        for row in rows["orders"]:
            who = row["customer_id"]
            self.first[who] = min(self.first.get(who, row["ordered_at"]), row["ordered_at"])

    def stage(self, who: UUID, then: datetime) -> str | None:
        since = max((row["as_of"] for row in self.rows["of_all"] if row["as_of"] <= then), default=_LONG_AGO)
        kept = [
            row["lifecycle_stage"]
            for row in self.rows["snapshots"]
            if row["customer_id"] == who and since <= row["as_of"] <= then
        ]
        if kept:
            return str(kept[-1])
        return "PROSPECT" if self.first.get(who, then) >= then else None

    def flow(self, start: datetime, end: datetime) -> Counter[tuple[str, str]]:
        refusing = {row["customer_id"] for row in self.rows["refusals"]}
        moves: Counter[tuple[str, str]] = Counter()
        for row in self.rows["scores"]:
            who = row["customer_id"]
            until = row["lifecycle_stage"] if end == NOW else self.stage(who, end)
            since = self.stage(who, start)
            if since and until and who not in refusing:
                moves[since, until] += 1
        return moves


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(1, 4))])
@pytest.mark.parametrize("over", _OVERS)
async def test_customers_move_from_where_they_stood_to_where_they_stand(tx: Tx, seed: int, over: Any) -> None:
    rows, house = await Market(tx, Random(seed)).open(), House(tx)
    told_ = (await house.ask(_ASK, {"over": over}, now=NOW))["portfolio"]
    expected = Past(rows).flow(*_ends(over, NOW - timedelta(days=90)))
    assert {(one["from"], one["to"]): one["customers"] for one in told_["lifecycleFlow"]} == expected
    places = [(_place(one["from"]), _place(one["to"])) for one in told_["lifecycleFlow"]]
    assert places == sorted(places)
    assert len(places) > 2
    _won(told_["acquisition"], rows, *_ends(over, _LONG_AGO))
    await _advised(house, told_["strategies"], rows)


def _place(stage: str) -> int:
    return list(LifecycleStage).index(LifecycleStage(stage))


def _won(found: list[Any], rows: Rows, start: datetime, end: datetime) -> None:
    came = {row["customer_id"]: row["acquisition_channel"] for row in rows["customers"]}
    first, values = Past(rows).first, {row["customer_id"]: row["lifetime_value"] for row in rows["scores"]}
    won: dict[str, set[UUID]] = defaultdict(set)
    for who, day in first.items():
        if start <= day < end and came[who]:
            won[came[who]].add(who)
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows["touches"]:
        who = row["customer_id"]
        if came[who] and start <= row["occurred_at"] < end and row["occurred_at"] < first.get(who, NOW):
            cost[came[who]] += row["cost"]
    told_ = {channel for channel in {*won, *cost} if won[channel] or cost[channel]}
    assert {one["channel"] for one in found} == told_
    for one in found:
        members = won[one["channel"]]
        valued = [values[who] for who in members if values[who] is not None]
        assert one["customers"] == len(members)
        assert Decimal(one["cost"]) == cost[one["channel"]]
        _about(one["costPerCustomer"], cost[one["channel"]], len(members))
        _about(one["lifetimeValuePerCustomer"], sum(valued, Decimal()), len(valued))


def _about(found: str | None, whole: Decimal, among: int) -> None:
    assert (found is None) == (among == 0)
    assert found is None or abs(Decimal(found) - whole / among) < Decimal("0.000001")


async def _advised(house: House, found: list[Any], rows: Rows) -> None:
    refusing = {row["customer_id"] for row in rows["refusals"]}
    actions = [row for row in rows["actions"] if row["customer_id"] not in refusing]
    assert {one["strategy"] for one in found} == {row["strategy"] for row in actions}
    for one in found:
        mine = [row for row in actions if row["strategy"] == one["strategy"]]
        expected = sum(row["expected_profit"] for row in mine)
        assert (one["customers"], Decimal(one["expectedProfit"])) == (len(mine), expected)
        found_by = await listed(house, one["group"])
        assert found_by - {public(who) for who in refusing} == {public(row["customer_id"]) for row in mine}
        assert f"advised first for {len(mine)}, who" in one["reason"]
    gains = [Decimal(one["expectedProfit"]) for one in found]
    assert gains == sorted(gains, reverse=True)


async def test_the_reason_names_the_channel_of_most_the_mean_and_the_day(house: House) -> None:
    for n, channel in enumerate(("PHONE", "EMAIL", "EMAIL", None)):
        who = await house.customer(None)
        await house.row(
            "customer_next_action", customer_id=who, strategy="WIN_BACK", channel=channel,
            expected_profit=Decimal(n), as_of=at(f"2026-03-1{n}"),
        )  # fmt: skip
    (told_,) = (await house.ask(_ASK, {"over": None}))["portfolio"]["strategies"]
    assert told_["reason"] == (
        "Customers who have lapsed: advised first for 4, who are expected to earn 1.50 USD each on the mean; over EMAIL"
        " for 2 of them; worked out until 13 March 2026"
    )


async def test_whoever_bought_before_without_a_score_stood_nobody_knows_where(house: House) -> None:
    """And a prospect of then is one who bought nothing by then, known or not."""
    await house.customer(None, score={"lifecycle_stage": "LOYAL", "first_order_at": at("2020-01-01"), "order_count": 9})
    await house.customer(None, score={"lifecycle_stage": "NEW", "first_order_at": at("2026-03-01"), "order_count": 1})
    told_ = (await house.ask(_ASK, {"over": None}))["portfolio"]["lifecycleFlow"]
    assert told_ == [{"from": "PROSPECT", "to": "NEW", "customers": 1}]

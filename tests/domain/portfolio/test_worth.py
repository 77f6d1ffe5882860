"""Deciles, the grid and needs are what plain Python makes of the rows; each group's filter finds those it counts."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.clock import told
from domain.database import Tx
from domain.portfolio.dimensions import ProfitabilityDimension
from tests.domain.portfolio.market import BEGIN, NOW, Market, Rows
from tests.domain.portfolio.test_profit import Plain
from tests.domain.query.conftest import house
from tests.domain.query.world import House, at, public

__all__ = ["house"]

_ASK = """query ($where: CustomerFilter, $over: Period) { portfolio(where: $where, over: $over) {
  valueDeciles { decile group { key where } customers lifetimeValue shareOfTotal cumulativeShare }
  riskValueGrid { valueTier riskBand group { key where } customers profit lifetimeValue }
  needs(first: 250) { kind name group { key where } customers profit lifetimeValue } } }"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where, first: 250) { nodes { id } } }"
_OVER = {"from": told(BEGIN), "until": told(at("2025-12-01"))}
Worth = Mapping[UUID, Decimal]


def profits(rows: Rows, over: Mapping[str, str] | None) -> Worth:
    """What each earned."""
    ends = [datetime.fromisoformat(over[name]) if over else None for name in ("from", "until")]
    found: dict[UUID, Decimal] = defaultdict(Decimal)
    for who, _, amounts, _ in Plain(rows, ends[0], ends[1]).facts(ProfitabilityDimension.CHANNEL):
        costs = sum((amount for name, amount in amounts.items() if name not in ("revenue", "known")), Decimal())
        found[who] += amounts.get("revenue", Decimal()) - costs
    return found


async def listed(house: House, group: Any) -> set[str]:
    found = await house.ask(_LIST, {"where": group["where"]}, now=NOW)
    return {node["id"] for node in found["customers"]["nodes"]}


def deciles(values: Worth) -> dict[int, set[UUID]]:
    """By how many are worth more."""
    found: dict[int, set[UUID]] = defaultdict(set)
    for who, value in values.items():
        better = sum(other > value for other in values.values())
        found[better * 10 // len(values) + 1].add(who)
    return found


@pytest.mark.parametrize(
    ("seed", "over"),
    [(0, None), (1, _OVER), *(pytest.param(seed, None, marks=pytest.mark.proof) for seed in range(2, 6))],
)
async def test_worth_is_that_of_the_rows(tx: Tx, seed: int, over: dict[str, str] | None) -> None:
    rows, house = await Market(tx, Random(seed)).open(), House(tx)
    where: dict[str, Any] = {"country": {"in": ["GB", "DE"]}} if seed else {}
    whom = {row["customer_id"] for row in rows["customers"] if not where or row["country"]}
    told_ = (await house.ask(_ASK, {"where": where, "over": over}, now=NOW))["portfolio"]
    scores = {row["customer_id"]: row for row in rows["scores"] if row["customer_id"] in whom}
    earned = profits(rows, over)
    await _deciles(house, told_["valueDeciles"], scores)
    await _grid(house, told_["riskValueGrid"], scores, earned)
    await _needs(house, told_["needs"], rows, scores, earned)


async def _deciles(house: House, found: list[Any], scores: Mapping[UUID, Any]) -> None:
    values = {who: row["lifetime_value"] for who, row in scores.items() if row["lifetime_value"] is not None}
    expected, whole, so_far = deciles(values), sum(values.values()), Decimal()
    assert [one["decile"] for one in found] == sorted(expected)
    assert len(found) > 2
    for one in found:
        members = expected[one["decile"]]
        value = sum(values[who] for who in members)
        so_far += value
        assert one["customers"] == len(members)
        assert Decimal(one["lifetimeValue"]) == value
        assert one["shareOfTotal"] == pytest.approx(float(value / whole))
        assert one["cumulativeShare"] == pytest.approx(float(so_far / whole))
        assert await listed(house, one["group"]) == {public(who) for who in members}


async def _grid(house: House, found: list[Any], scores: Mapping[UUID, Any], earned: Worth) -> None:
    assert [one["valueTier"] for one in found[::3]] == ["HIGH", "MEDIUM", "LOW", "UNPROFITABLE"]
    assert [one["riskBand"] for one in found[:3]] == ["LOW", "MEDIUM", "HIGH"]
    assert len(found) == 12
    for one in found:
        cell = (one["valueTier"], one["riskBand"])
        members = {who for who, row in scores.items() if (row["value_tier"], row["risk_band"]) == cell}
        assert one["customers"] == len(members)
        assert Decimal(one["profit"]) == sum(earned[who] for who in members)
        assert Decimal(one["lifetimeValue"]) == sum(scores[who]["lifetime_value"] for who in members)
        assert await listed(house, one["group"]) == {public(who) for who in members}


async def _needs(house: House, found: list[Any], rows: Rows, scores: Mapping[UUID, Any], earned: Worth) -> None:
    having: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    for row in rows["needs"]:
        if row["customer_id"] in scores:
            having[row["kind"], row["name"]].add(row["customer_id"])
    assert {(one["kind"], one["name"]) for one in found} == set(having)
    counts = [one["customers"] for one in found]
    assert counts == sorted(counts, reverse=True)
    for one in found:
        members = having[one["kind"], one["name"]]
        assert one["customers"] == len(members)
        assert Decimal(one["profit"]) == sum(earned[who] for who in members)
        assert Decimal(one["lifetimeValue"]) == sum(scores[who]["lifetime_value"] or 0 for who in members)
        assert await listed(house, one["group"]) == {public(who) for who in members}


async def test_of_nobody_there_are_no_groups_and_twelve_empty_cells(house: House) -> None:
    told_ = (await house.ask(_ASK, {"where": {}, "over": None}))["portfolio"]
    assert told_["valueDeciles"] == told_["needs"] == []
    assert {one["customers"] for one in told_["riskValueGrid"]} == {0}
    assert len(told_["riskValueGrid"]) == 12


async def test_of_everybody_the_deciles_are_those_of_the_nightly_scoring(house: House) -> None:
    """Ten and more customers of different values: each tenth has as many."""
    for n in range(30):
        await house.customer(None, score={"lifetime_value": Decimal(n * n - 40)})
    told_ = (await house.ask(_ASK, {"where": {}, "over": None}))["portfolio"]["valueDeciles"]
    assert [one["customers"] for one in told_] == [3] * 10
    assert told_[0]["group"]["where"] == {"lifetimeValue": {"gte": "689.000000", "lte": "801.000000"}}
    assert told_[-1]["cumulativeShare"] == pytest.approx(1)

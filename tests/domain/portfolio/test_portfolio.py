"""Many customers together are each of them, added up by plain Python: of everybody, of a filter, of a segment."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.clock import told
from domain.database import Tx
from domain.ids import Prefix, parse_id, to_public
from tests.domain.customers.one_life import undone
from tests.domain.query.world import House as Desk
from tests.domain.segments.entities.earnings import BEGIN, MONEY, NOW, ZONE, Life, Plain, midnight, rows_of
from tests.domain.segments.entities.test_metrics import compare
from tests.support.one_connection import OneConnection, made_for_a_test

_EARNED = f"profitability {{ {' '.join(MONEY)} margin costCoverage }}"
_FIGURES = f"""asOf customers entered left profitPerCustomer lifetimeValue repeatRate repurchaseRate churnProbability
  responseRate {_EARNED}"""
_TOGETHER = f"""asOf exact currency customers profitableCustomers unprofitableCustomers lifetimeValue {_EARNED}
  history(every: $every) {{ {_FIGURES} }}"""
_ASK = f"""query ($where: CustomerFilter, $over: Period, $every: Duration!) {{
  portfolio(where: $where, over: $over) {{ {_TOGETHER} }} }}"""
_OF_SEGMENT = f"""query ($over: Period, $every: Duration!) {{
  segment(key: "list") {{ portfolio(over: $over) {{ {_TOGETHER} }} }} }}"""
_EACH = f"""query ($where: CustomerFilter, $over: Period) {{ customers(where: $where, first: 250) {{
  totalCount nodes {{ id profitability(over: $over) {{ {" ".join(MONEY)} }} }} }} }}"""
_PROFITS = f"{{ customers(first: 250) {{ nodes {{ id profitability {{ {' '.join(MONEY)} }} }} }} }}"


async def _lived(tx: Tx, seed: int) -> Life:
    """A life whose scores know what each has earned."""
    life = Life(tx, Random(seed))
    await life.begin()
    await life.live(40)
    each = await Desk(tx).ask(_PROFITS, now=NOW, zone=ZONE)
    for one in each["customers"]["nodes"]:
        earned = {name: Decimal(amount) for name, amount in one["profitability"].items()}
        text = "UPDATE customer_score SET profit = $2, first_order_at = $3 WHERE customer_id = $1"
        id_ = parse_id(Prefix.CUSTOMER, one["id"])
        first = "SELECT min(ordered_at) FROM customer_order WHERE customer_id = $1 AND cancelled_at IS NULL"
        await tx.execute(text, id_, earned["profit"], await tx.fetchval(first, id_))
    # Some were recorded here long after they had come; one was won in between.
    await tx.execute("UPDATE customer SET created_at = $1 WHERE customer_id = ANY ($2)", NOW, life.people[2:])
    won = NOW - timedelta(days=200)
    await tx.execute("UPDATE customer SET acquisition_at = $1 WHERE customer_id = ANY ($2)", won, life.people[5:])
    return life


def _wheres(life: Life) -> Iterator[Mapping[str, Any] | None]:
    assert life.segment
    segment = [to_public(Prefix.SEGMENT, life.segment)]
    yield None
    yield {}
    yield {"inSegment": segment}
    yield {"any": [{"notInSegment": segment}, {"profitability": {"profit": {"gt": "5"}}}]}
    yield {"orders": {"where": {"orderedAt": {"within": "P120D"}}, "count": {"gte": 2}}}
    yield {"id": {"in": [to_public(Prefix.CUSTOMER, one) for one in life.people[:3]]}}
    yield {"id": {"in": []}}


def _overs(rng: Random) -> Iterator[Mapping[str, Any] | None]:
    yield None
    yield {}
    yield {"last": "P90D"}
    yield {"from": told(midnight(date(2025, 3, 1))), "until": told(midnight(date(2025, 4, 1)))}
    start = BEGIN + timedelta(minutes=rng.randrange(400 * 24 * 60))
    yield {"from": told(start)}
    yield {"until": told(start)}
    yield {"from": told(start), "until": told(start + timedelta(days=rng.randrange(1, 60), minutes=7))}


def _moments(over: Mapping[str, Any] | None) -> dict[str, datetime]:
    """The first moment of a period and the one after it, where it has them."""
    if over and "last" in over:
        local = NOW.astimezone(ZoneInfo(ZONE)) - timedelta(days=90)
        return {"start": local.astimezone(UTC), "end": NOW}
    names = {"from": "start", "until": "end"}
    return {names[name]: datetime.fromisoformat(moment) for name, moment in (over or {}).items()}


async def _one(
    desk: Desk, plain: Plain, where: Mapping[str, Any] | None, over: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A portfolio, held against its customers one by one: everybody's has what the erased had earned beside theirs."""
    variables = {"where": where, "over": over, "every": "P3M"}
    answer: dict[str, Any] = (await desk.ask(_ASK, variables, now=NOW, zone=ZONE))["portfolio"]
    each = (await desk.ask(_EACH, {"where": where or {}, "over": over}, now=NOW, zone=ZONE))["customers"]["nodes"]
    assert (answer["asOf"], answer["exact"], answer["currency"]) == (told(NOW), True, "USD")
    assert answer["customers"] == len(each)
    profits = [Decimal(one["profitability"]["profit"]) for one in each]
    assert answer["profitableCustomers"] == sum(profit > 0 for profit in profits)
    assert answer["unprofitableCustomers"] == sum(profit < 0 for profit in profits)
    beside = plain.earned(set() if where else plain.erased, **_moments(over))
    for name in MONEY:
        together = sum((Decimal(one["profitability"][name]) for one in each), Decimal())
        assert Decimal(answer["profitability"][name]) == together + beside[name], name
    answer["ids"] = {parse_id(Prefix.CUSTOMER, one["id"]) for one in each}
    return answer


async def check(tx: Tx, seed: int) -> int:
    life = await _lived(tx, seed)
    desk, plain, profitable = Desk(tx), await Plain.of(tx), 0
    rng = Random(seed)
    for over in _overs(rng):
        of = [await _one(desk, plain, where, over) for where in _wheres(life)]
        assert of[0] == of[1]
        found = await desk.ask(_OF_SEGMENT, {"over": over, "every": "P3M"}, now=NOW, zone=ZONE)
        assert found["segment"]["portfolio"] | {"ids": of[2]["ids"]} == of[2]
        for answer in of:
            value = sum(
                one["lifetime_value"] or 0 for one in plain.rows["scores"] if one["customer_id"] in answer["ids"]
            )
            assert Decimal(answer["lifetimeValue"]) == value
            profitable += answer["profitableCustomers"]
    return profitable


async def check_history(tx: Tx, seed: int) -> int:
    """Each row is of those who are asked for now and whom we had heard of by its end."""
    life = await _lived(tx, seed)
    desk, plain, compared = Desk(tx), await Plain.of(tx), 0
    start, end = midnight(date(2025, 4, 1)), NOW
    over = {"from": told(start), "until": told(end)}
    for where in _wheres(life):
        answer = (await desk.ask(_ASK, {"where": where, "over": over, "every": "P2M"}, now=NOW, zone=ZONE))["portfolio"]
        each = await desk.ask(_EACH, {"where": where or {}, "over": over}, now=NOW, zone=ZONE)
        ids = {parse_id(Prefix.CUSTOMER, one["id"]) for one in each["customers"]["nodes"]}
        heard = await _first_heard_of(tx, ids)
        lives = [{"customer_id": id_, "entered_at": since, "left_at": None} for id_, since in heard.items()]
        those = Plain({**plain.rows, "stays": lives})  # type: ignore[dict-item]
        for row, one in zip(rows_of(start, end, 2, 0), answer["history"], strict=True):
            beside = plain.earned(set() if where else plain.erased, row.start, row.end)
            for name, amount in beside.items():
                one["profitability"][name] = Decimal(one["profitability"][name]) - amount
            compare(one, those.figures(row))
            compared += bool(one["customers"])
    return compared


async def _first_heard_of(tx: Tx, ids: set[UUID]) -> dict[UUID, Any]:
    """Of each the earliest of: when it was recorded, was won, ordered first."""
    found = {}
    for one in await tx.fetch("SELECT * FROM customer WHERE customer_id = ANY ($1)", list(ids)):
        orders = "SELECT ordered_at FROM customer_order WHERE customer_id = $1 AND cancelled_at IS NULL"
        moments = [row[0] for row in await tx.fetch(orders, one["customer_id"])]
        known = [moment for moment in (one["created_at"], one["acquisition_at"], *moments) if moment]
        found[one["customer_id"]] = min(known)
    return found


class House(OneConnection):
    async def check(self, seed: int) -> int:
        async with undone(self.tx):
            return await check(self.tx, seed)

    async def check_history(self, seed: int) -> int:
        async with undone(self.tx):
            return await check_history(self.tx, seed)


house = made_for_a_test(House)


def test_a_portfolio_is_its_customers_added_up(house: House) -> None:
    assert house.runner.run(house.check(1)) > 20


def test_its_history_is_of_those_who_are_asked_for(house: House) -> None:
    assert house.runner.run(house.check_history(2)) > 20


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(3, 6))
def test_a_portfolio_is_its_customers_added_up_in_many_lives(house: House, seed: int) -> None:
    house.runner.run(house.check(seed))
    house.runner.run(house.check_history(seed))

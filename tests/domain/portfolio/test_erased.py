"""What erased customers had earned stays in totals, by month: told apart where nobody may know what they were."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.portfolio.dimensions import ProfitabilityDimension
from domain.privacy.commands_erasing import erase
from tests.domain.portfolio.market import NOW, SEGMENTS, Market
from tests.domain.query.world import House

D = ProfitabilityDimension
_MONEY = "revenue returns costOfGoods costToServe marketingCost profit"
_TOTALS = f"""query ($where: CustomerFilter, $over: Period) {{ portfolio(where: $where, over: $over) {{ customers
  profitability {{ {_MONEY} costCoverage }}
  history {{ customers profitPerCustomer profitability {{ {_MONEY} }} }}
  channelMix {{ channel revenue cost }} }} }}"""
_BY = f"""query ($where: CustomerFilter, $over: Period, $by: ProfitabilityDimension!, $attribute: String) {{
  portfolio(where: $where, over: $over) {{ profitability {{ profit }}
  profitabilityBy(dimension: $by, attribute: $attribute, first: 250) {{ group {{ key label where }} customers
    shareOfProfit profitPerCustomer profitability {{ {_MONEY} }} }} }} }}"""
_LIST = "query ($where: CustomerFilter) { customers(where: $where) { totalCount } }"
_SEGMENT = to_public(Prefix.SEGMENT, SEGMENTS["one"])
_ALL_LISTED = {"not": {"country": {"eq": "XX"}}}
_OF_ORDERS = (D.CHANNEL, D.PRODUCT, D.PRODUCT_CATEGORY, D.TRADING_FORM, D.PAYMENT_METHOD)
_OF_CUSTOMERS = (D.COUNTRY, D.SECTOR, D.ACQUISITION_CHANNEL, D.LIFECYCLE_STAGE, D.VALUE_TIER, D.RISK_BAND, D.ATTRIBUTE)
# Times of the erased are cut to their month: of whole months, totals stay.
_OVERS = (None, {"from": "2025-05-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}, {"from": "2025-09-01T00:00:00Z"})


async def _ask(house: House, text: str, over: Any, where: Any = None, **said: Any) -> Any:
    return (await house.ask(text, {"over": over, "where": where, **said}, now=NOW))["portfolio"]


async def _groups(house: House, over: Any, by: D, where: Any = None) -> dict[str, Any]:
    attribute = "vip" if by is D.ATTRIBUTE else None
    told = await _ask(house, _BY, over, where, by=str(by), attribute=attribute)
    return {one["group"]["key"]: one for one in told["profitabilityBy"]}


@pytest.mark.parametrize("over", _OVERS)
async def test_totals_are_what_they_were_when_somebody_is_erased(tx: Tx, over: Any) -> None:
    market, house = Market(tx, Random(11)), House(tx)
    await market.open()
    totals = await _ask(house, _TOTALS, over)
    by = {dimension: await _groups(house, over, dimension) for dimension in _OF_ORDERS}
    for gone in market.people[:3]:
        await erase(tx, gone, key=bytes(32), now=NOW)
    told = await _ask(house, _TOTALS, over)
    assert told["customers"] == totals["customers"] - 3
    assert told["profitability"] == totals["profitability"]
    for now, then in zip(told["history"], totals["history"], strict=True):
        assert now["profitability"] == then["profitability"]
    amounts = [{row["channel"]: (row["revenue"], row["cost"]) for row in one["channelMix"]} for one in (told, totals)]
    assert amounts[0] == amounts[1]
    for dimension, before in by.items():
        after = await _groups(house, over, dimension)
        assert {key: one["profitability"] for key, one in after.items()} == {
            key: one["profitability"] for key, one in before.items()
        }
        # The customers of a group are those whom its filter still finds.
        for one in after.values():
            listed = await house.ask(_LIST, {"where": one["group"]["where"]}, now=NOW)
            assert listed["customers"]["totalCount"] == one["customers"]


@pytest.mark.parametrize("over", _OVERS)
async def test_groups_of_customers_add_up_with_one_of_those_who_were_erased(tx: Tx, over: Any) -> None:
    """It is what the totals of everybody have above those of a filter that leaves nobody out."""
    market, house = Market(tx, Random(12)), House(tx)
    await market.open()
    for gone in market.people[:4]:
        await erase(tx, gone, key=bytes(32), now=NOW)
    totals, listed = await _ask(house, _TOTALS, over), await _ask(house, _TOTALS, over, _ALL_LISTED)
    apart = {name: _amount(totals, name) - _amount(listed, name) for name in _MONEY.split()}
    assert apart["revenue"] > 0
    for dimension in _OF_CUSTOMERS:
        groups = await _groups(house, over, dimension)
        erased = groups["ERASED"]
        assert (erased["group"]["label"], erased["customers"], erased["profitPerCustomer"]) == (
            "Erased customers", 0, "0.00",
        )  # fmt: skip
        found = await house.ask(_LIST, {"where": erased["group"]["where"]}, now=NOW)
        assert found["customers"]["totalCount"] == 0
        for name in apart:
            assert _amount(erased, name) == apart[name]
            assert sum(_amount(one, name) for one in groups.values()) == _amount(totals, name)
        assert "ERASED" not in await _groups(house, over, dimension, _ALL_LISTED)
    # Who is in several groups, or none, is in none once erased; shares are of all that was earned.
    profit = _amount(totals, "profit")
    for dimension in (D.NEED, D.SEGMENT, D.PAYMENT_METHOD):
        groups = await _groups(house, over, dimension)
        assert "ERASED" not in groups
        for one in groups.values():
            share = float(_amount(one, "profit") / profit) if profit > 0 else None
            assert one["shareOfProfit"] == (share if share is None else pytest.approx(share))


async def test_what_a_customer_earns_on_the_mean_is_of_those_who_are_left(tx: Tx) -> None:
    market, house = Market(tx, Random(13)), House(tx)
    await market.open()
    for gone in market.people[:4]:
        await erase(tx, gone, key=bytes(32), now=NOW)
    totals, listed = await _ask(house, _TOTALS, None), await _ask(house, _TOTALS, None, _ALL_LISTED)
    differ = 0
    for row, own in zip(totals["history"], listed["history"], strict=True):
        assert row["profitPerCustomer"] == own["profitPerCustomer"]
        differ += row["profitability"] != own["profitability"]
    assert differ > 3


async def test_a_segments_portfolio_holds_nothing_of_the_erased(tx: Tx) -> None:
    market, house = Market(tx, Random(14)), House(tx)
    await market.open()
    text = f'{{ segment(key: "one") {{ portfolio {{ profitability {{ {_MONEY} }} }} }} }}'
    for gone in market.people[:6]:
        await erase(tx, gone, key=bytes(32), now=NOW)
    members = await house.ask(_LIST, {"where": {"inSegment": [_SEGMENT]}}, now=NOW)
    assert members["customers"]["totalCount"] > 0
    told = (await house.ask(text, now=NOW))["segment"]["portfolio"]
    same = await _ask(house, _TOTALS, None, {"inSegment": [_SEGMENT]})
    assert told["profitability"] == {name: same["profitability"][name] for name in _MONEY.split()}
    each = "query ($where: CustomerFilter) { customers(where: $where) { nodes { profitability { profit } } } }"
    found = await house.ask(each, {"where": {"inSegment": [_SEGMENT]}}, now=NOW)
    together = sum(Decimal(one["profitability"]["profit"]) for one in found["customers"]["nodes"])
    assert _amount(told, "profit") == together


def _amount(told: Any, name: str) -> Decimal:
    return Decimal(told["profitability"][name])

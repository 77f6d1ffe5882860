"""Months made anew out of the facts are those that were kept up with them, after whatever was recorded."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import portfolio
from domain.database import Tx
from domain.settings import Settings
from domain.transfer import Kind
from domain.transfer.calls import record
from domain.vocabulary import RecordErrorPolicy
from tests.support.importing import Given, came_back, order, person
from tests.support.occasions import NOW, occasion

_MONTHS = "SELECT * FROM customer_month ORDER BY customer_id, month, channel, category"
Deed = tuple[Kind, Given]

_moments = st.sampled_from(["2025-01-31T23:30:00Z", "2025-02-01T00:30:00Z", "2025-03-10T08:00:00Z"])
_channels = st.sampled_from(["WEB", "PHONE", "IN_PERSON"])
_people = st.sampled_from([person("1"), person("2")])
_skus = st.sampled_from(["pen", "book", "ink"])
_lines = st.lists(
    st.fixed_dictionaries(
        {"sku": _skus, "quantity": st.integers(1, 5), "unitPrice": st.sampled_from(["0", "2.5", "9.99"])},
        optional={"unitCost": st.just("1.25")},
    ),
    min_size=1,
    max_size=3,
)
_products = st.fixed_dictionaries(
    {"sku": _skus, "category": st.sampled_from([None, "Paper", "Colour"])}, optional={"unitCost": st.just("0.3")}
)
_orders = st.builds(
    order,
    external_id=st.sampled_from(["o1", "o2", "o3"]),
    customer=_people,
    orderedAt=_moments,
    channel=_channels,
    lines=_lines,
    discount=st.just("1"),
    shipping=st.sampled_from(["0", "4.9"]),
    cancelledAt=st.sampled_from([None, None, "2025-04-01T00:00:00Z"]),
)
_cancelled = st.fixed_dictionaries(
    {"again": st.integers(0, 9), "cancelledAt": st.just("2025-04-02T00:00:00Z")},
)
_returns = st.builds(
    came_back,
    external_id=st.sampled_from(["r1", "r2", "r3"]),
    customer=_people,
    returnedAt=st.sampled_from(["2025-02-15T12:00:00Z", "2025-04-15T12:00:00Z"]),
    lines=st.lists(st.fixed_dictionaries({"sku": _skus, "quantity": st.integers(1, 3)}), min_size=1, max_size=2),
    refund=st.sampled_from([None, "7"]),
)
_touchpoints = st.fixed_dictionaries(
    {
        "customer": _people,
        "channel": _channels,
        "kind": st.sampled_from(["CALL", "CAMPAIGN_SENT", "PURCHASE"]),
        "occurredAt": _moments,
        "source": st.just("shop"),
    },
    optional={"cost": st.sampled_from(["0.4", "12"]), "orderExternalId": st.sampled_from(["o1", "o2"])},
)
_deeds = st.one_of(
    st.tuples(st.just(Kind.ORDERS), _orders),
    st.tuples(st.just(Kind.ORDERS), _cancelled),
    st.tuples(st.just(Kind.RETURNS), _returns),
    st.tuples(st.just(Kind.TOUCHPOINTS), _touchpoints),
    st.tuples(st.just(Kind.PRODUCTS), _products),
)


class RolledBack(Exception):
    """An example leaves nothing."""


@pytest.mark.proof
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(_deeds, min_size=3, max_size=14), zone=st.sampled_from(["UTC", "America/New_York"]))
async def test_what_is_rebuilt_is_what_was_kept(tx: Tx, deeds: list[Deed], zone: str) -> None:
    try:
        async with tx.transaction():
            await tx.execute("UPDATE settings SET time_zone = $1", zone)
            await _compare(tx, deeds)
            raise RolledBack
    except RolledBack:
        pass


async def _compare(tx: Tx, deeds: list[Deed]) -> None:
    await _record(tx, [(Kind.PRODUCTS, {"sku": sku, "name": sku, "unitCost": None}) for sku in ("pen", "book", "ink")])
    await _record(tx, deeds)
    kept = _that_add_up(await tx.fetch(_MONTHS))
    customers = [row[0] for row in await tx.fetch("SELECT customer_id FROM customer")]
    await portfolio.rebuild(tx, customers, await Settings.load(tx))
    assert _that_add_up(await tx.fetch(_MONTHS)) == kept
    assert len(await tx.fetch(_MONTHS)) >= len(kept)


def _that_add_up(rows: Iterable[Iterable[object]]) -> list[tuple[object, ...]]:
    """Without months of which everything was cancelled."""
    return [tuple(row) for row in rows if any(value for value in tuple(row)[4:])]


async def _record(tx: Tx, deeds: list[Deed]) -> None:
    """Each deed is a call of its own; an order that was sent before is sent again as cancelled."""
    sent: list[Given] = []
    for at, (kind, row) in enumerate(deeds):
        if "again" in row:
            if not sent:
                continue
            again = row["again"]
            assert isinstance(again, int)
            row = sent[again % len(sent)] | {"cancelledAt": row["cancelledAt"]}
        elif kind is Kind.ORDERS:
            sent.append(row)
        moment = occasion(NOW + timedelta(seconds=at))
        policy = RecordErrorPolicy.RECORD_GOOD_ROWS
        await record(tx, kind, [row], occasion=moment, settings=await Settings.load(tx), policy=policy)


_COLOURED: Deed = (Kind.PRODUCTS, {"sku": "pen", "category": "Colour"})
_ORDERED: Deed = (Kind.ORDERS, order("o1", channel="PHONE"))
_CANCELLED: Deed = (Kind.ORDERS, order("o1", channel="PHONE", cancelledAt="2025-07-01T00:00:00Z"))
_BACK: Deed = (Kind.RETURNS, came_back("r1", orderExternalId="o1"))
_TOO_MANY: Deed = (Kind.RETURNS, came_back("r2", lines=[{"sku": "pen", "quantity": 9}], refund="20"))


@pytest.mark.parametrize(
    ("deeds", "returned"),
    [
        ([_ORDERED, _BACK], 1),
        ([_ORDERED, _BACK, _CANCELLED], 1),
        ([_ORDERED, _COLOURED, _BACK], 1),
        ([_ORDERED, _COLOURED, _TOO_MANY], 9),
        ([_ORDERED, _TOO_MANY, _COLOURED, _CANCELLED], 9),
        ([_TOO_MANY, _ORDERED, _BACK], 10),
    ],
)
async def test_what_came_back_is_rebuilt_as_it_was_kept(tx: Tx, deeds: list[Deed], returned: int) -> None:
    await _compare(tx, deeds)
    assert await tx.fetchval("SELECT sum(returned_units) FROM customer_month") == returned


async def test_old_rows_take_the_products_category_and_the_channel_of_the_order(tx: Tx) -> None:
    await _record(tx, [(Kind.PRODUCTS, {"sku": "pen", "name": "Pen", "category": "Paper", "unitCost": "1"})])
    lines = [{"sku": "pen", "quantity": 2, "unitPrice": "3"}]
    given: list[Deed] = [
        (Kind.ORDERS, order("o1", lines=lines, channel="PHONE")),
        (Kind.RETURNS, came_back("r1")),
        (Kind.RETURNS, came_back("r2", lines=[{"sku": "pen", "quantity": 5}], refund="9")),
    ]
    await _record(tx, given)
    kept = _that_add_up(await tx.fetch(_MONTHS))
    await tx.execute("UPDATE order_line SET category = NULL")
    await tx.execute("UPDATE return_line SET category = NULL")
    await tx.execute("UPDATE order_return SET channel = NULL")
    whom: UUID = await tx.fetchval("SELECT customer_id FROM customer_order")
    await portfolio.rebuild(tx, [whom], await Settings.load(tx))
    assert _that_add_up(await tx.fetch(_MONTHS)) == kept
    paper = [row for row in await tx.fetch(_MONTHS) if row["category"] == "Paper"]
    assert {row["channel"] for row in paper} == {"PHONE"}
    assert sum(row["returns"] for row in paper) == Decimal(12)

"""Customers who do this and that, and what is found among them, saved as the job does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.analytics.compute import here
from domain.customers.queries_everybody import customers_after
from domain.database import Tx
from domain.query.asking import Occasion
from domain.segments.discovery import commands_discovering, commands_grouping
from domain.segments.discovery.behaviour import BEHAVIOURS, Raw
from domain.segments.discovery.commands_discovering import Crowd, Wish
from domain.segments.membership import commands_refreshing
from domain.vocabulary import SegmentChangeCause
from tests.domain.query.world import NOW
from tests.support.calling import OCCASION

SIZE = 40
_CUSTOMER = "INSERT INTO customer (customer_id, country, created_at, updated_at) VALUES ($1, $2, $3, $3)"
_SCORE = """
INSERT INTO customer_score_a (customer_id, lifecycle_since, as_of, order_count, repeat_purchases, last_order_at,
  first_order_at, profit, average_order_value, category_count, discount_share, return_rate, revenue_trend)
VALUES ($1, $2, $2, $3, $3 - 1, $4, $5, $6::float8::numeric, $7::float8::numeric, $8, $9, $10, $11)
"""
_MONTH = """
INSERT INTO customer_month (customer_id, month, channel, category, orders, touches)
VALUES ($1, $2, $3, '', $4, $5)
"""
_AT = {one.name: at for at, one in enumerate(BEHAVIOURS)}


async def people(tx: Tx, raw: Raw, first: int = 1) -> list[UUID]:
    """Customers who do these things, one a row."""
    ids = [UUID(int=first + n) for n in range(len(raw))]
    for id_, row in zip(ids, raw.tolist(), strict=True):
        does = {name: row[at] for name, at in _AT.items()}
        await tx.execute(_CUSTOMER, id_, "GB" if id_.int % 2 else "DE", NOW - timedelta(days=900))
        orders = max(round(does["frequency"]), 1)
        last, first_at = (NOW - timedelta(days=does[name]) for name in ("recency", "tenure"))
        money = does["profit"], does["order_value"], max(round(does["categories"]), 1)
        await tx.execute(
            _SCORE, id_, NOW, orders, last, first_at, *money, does["discounts"], does["returns"], does["trend"]
        )
        online = round(10 * does["online"])
        for channel, count in (("WEB", online), ("IN_PERSON", 10 - online)):
            await tx.execute(_MONTH, id_, NOW.date(), channel, count, round(does["touches"] / 2))
    return ids


async def read_crowd(tx: Tx, occasion: Occasion, wish: Wish | None = None) -> Crowd:
    whom = await customers_after(tx, UUID(int=0), 10_000)
    if wish is not None and wish.where is not None:
        whom = await commands_discovering.meant(tx, wish.where, whom, occasion=occasion)
    people = Crowd()
    await people.read(tx, whom, occasion=occasion)
    people.close()
    return people


async def find(tx: Tx, wish: Wish, *, occasion: Occasion = OCCASION, parts: int | None = None) -> dict[str, Any]:
    """As the job does, cut off after so many parts."""
    people = await read_crowd(tx, occasion, wish)
    found = await commands_discovering.find(people, wish, here)

    async def progress(share: float, detail: str) -> None:
        assert 0 <= share <= 1

    labels = await commands_discovering.place(people, found, here, progress)
    plan = await commands_grouping.begin(tx, people, labels, found, wish, occasion=occasion)
    for part in list(commands_grouping.parts(people, 17))[:parts]:
        await commands_grouping.write(tx, plan, people, part, occasion=occasion)
    if parts is not None:
        return {}
    await commands_grouping.finish(tx, plan, occasion=occasion)
    return commands_grouping.told(wish, people, found, plan)


async def members_now(tx: Tx) -> dict[str, set[int]]:
    """Who is in what by its packed number, as segments are read."""
    rows = await tx.fetch(
        "SELECT s.key, m.customer_id FROM segment s JOIN customer_segment m ON s.number = ANY (m.segments)"
        " WHERE s.archived_at IS NULL"
    )
    found: dict[str, set[int]] = {}
    for row in rows:
        found.setdefault(row["key"], set()).add(row["customer_id"].int)
    for row in await tx.fetch("SELECT key, member_count FROM segment"):
        assert row["member_count"] == len(found.get(row["key"], ())), row
    return found


def kind_of(n: int) -> set[int]:
    return set(range(1 + n * SIZE, 1 + (n + 1) * SIZE))


def day(days: int) -> Occasion:
    return replace(OCCASION, now=NOW + timedelta(days=days))


def _of(tx_rows: list[Any]) -> dict[str, UUID]:
    return {row["key"]: row["segment_id"] for row in tx_rows}


async def saved_now(tx: Tx) -> dict[str, UUID]:
    return _of(await tx.fetch("SELECT key, segment_id FROM segment WHERE archived_at IS NULL"))


async def look(tx: Tx, whom: list[UUID]) -> None:
    rules = await commands_refreshing.rules_at_work(tx)
    await commands_refreshing.refresh(tx, rules, whom, occasion=OCCASION, cause=SegmentChangeCause.DATA_CHANGED)

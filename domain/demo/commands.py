"""Deeds of the demo that no import does: its settings, its campaigns, and whether there is room for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from domain.database import Tx
from domain.demo.assumptions import Assumptions
from domain.demo.journey import Mailing
from domain.ids import new_id
from domain.naming import searched

_ROOM = (
    "SELECT NOT EXISTS (SELECT FROM customer) AND NOT EXISTS (SELECT FROM customer_order)"
    " AND NOT EXISTS (SELECT FROM product)"
)
_SETTLE = "UPDATE settings SET base_currency = $1, time_zone = $2, rate_card = $3, updated_at = $4"
_CAMPAIGN = """
INSERT INTO campaign (campaign_id, key, name, search_fold, goal, status, steps, response_kind, response_window,
  starts_at, ends_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, 'COMPLETED', $6, $7, $8, $9, $10, $11, $11) ON CONFLICT (key) DO NOTHING
"""


async def is_empty(tx: Tx) -> bool:
    """Whether nobody has recorded anything yet."""
    return bool(await tx.fetchval(_ROOM))


async def settle(tx: Tx, assumed: Assumptions, now: datetime) -> None:
    await tx.execute(_SETTLE, assumed.base_currency, assumed.time_zone, assumed.rates, now)


async def make_campaigns(
    tx: Tx, mailings: Mapping[str, Mailing], assumed: Assumptions, now: datetime
) -> dict[str, UUID]:
    """Campaigns by their keys, made where they are not there yet; their ids by key."""
    await tx.executemany(_CAMPAIGN, [_row(key, mailing, assumed, now) for key, mailing in mailings.items()])
    rows = await tx.fetch("SELECT key, campaign_id FROM campaign WHERE key = ANY ($1::text[])", list(mailings))
    return {row[0]: row[1] for row in rows}


def _row(key: str, mailing: Mailing, assumed: Assumptions, now: datetime) -> tuple[object, ...]:
    steps = [{"channel": mailing.channel, "delay": "P0D", "unitCost": assumed.mailing_cost(mailing.channel)}]
    ends = mailing.starts_at + timedelta(days=mailing.days)
    return (
        *(new_id(now), key, mailing.name, searched(key, mailing.name), assumed.campaign_goal, steps),
        *(assumed.campaign_response, f"P{mailing.days}D", mailing.starts_at, ends, now),
    )


async def segment_keys(tx: Tx) -> set[str]:
    """Of the segments that are there."""
    return {row[0] for row in await tx.fetch("SELECT key FROM segment")}


async def gather_statistics(tx: Tx) -> None:
    """What was loaded at once is planned for from the start, not when autovacuum comes by."""
    await tx.execute("ANALYZE")

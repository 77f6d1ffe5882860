"""Deeds of the demo that no import does: its settings, its campaigns, and whether there is room for it."""

from datetime import datetime
from uuid import UUID

from domain.database import Tx
from domain.demo.assumptions import Assumptions
from domain.ids import new_id

_ROOM = (
    "SELECT NOT EXISTS (SELECT FROM customer) AND NOT EXISTS (SELECT FROM customer_order)"
    " AND NOT EXISTS (SELECT FROM product)"
)
_SETTLE = "UPDATE settings SET base_currency = $1, time_zone = $2, rate_card = $3, updated_at = $4"
_CAMPAIGN = (
    "INSERT INTO campaign (campaign_id, key, name, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
    " ON CONFLICT (key) DO NOTHING"
)


async def is_empty(tx: Tx) -> bool:
    """Whether nobody has recorded anything yet."""
    return bool(await tx.fetchval(_ROOM))


async def settle(tx: Tx, assumed: Assumptions, now: datetime) -> None:
    await tx.execute(_SETTLE, assumed.base_currency, assumed.time_zone, assumed.rates, now)


async def make_campaigns(tx: Tx, names: dict[str, str], now: datetime) -> dict[str, UUID]:
    """Campaigns by key and name, made where they are not there yet; their ids by key."""
    await tx.executemany(_CAMPAIGN, [(new_id(now), key, name, now) for key, name in names.items()])
    rows = await tx.fetch("SELECT key, campaign_id FROM campaign WHERE key = ANY ($1::text[])", list(names))
    return {row[0]: row[1] for row in rows}


async def segment_keys(tx: Tx) -> set[str]:
    """Of the segments that are there."""
    return {row[0] for row in await tx.fetch("SELECT key FROM segment")}


async def gather_statistics(tx: Tx) -> None:
    """What was loaded at once is planned for from the start, not when autovacuum comes by."""
    await tx.execute("ANALYZE")

"""Looks that are asked for: the job that goes over everybody, by the rules that have to. Imports no rule, so that
whoever changes what rules read may ask for one.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.ids import JobId, Prefix, to_public
from domain.ledger.commands import enqueue
from domain.ledger.queries import waits
from domain.query.asking import Occasion
from domain.vocabulary import JobKind, SegmentChangeCause

EVERYBODY: Final[Mapping[str, object]] = {"everybody": True}
"""Of a look: by all rules, not only by those that wait."""

_READ_PRODUCTS = """
SELECT EXISTS (
  SELECT FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
  WHERE v.retired_at IS NULL AND s.archived_at IS NULL AND jsonb_path_exists(v.rule, '$.**.product')
)
"""
# What a campaign itself says: its goal, and how long an answer counts.
_READ_CAMPAIGNS = """
SELECT EXISTS (
  SELECT FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
  WHERE v.retired_at IS NULL AND s.archived_at IS NULL
    AND jsonb_path_exists(v.rule, '$.**.contacts.where ? (exists (@.goal) || exists (@.responded))')
)
"""
# A build that failed is not begun again by the clock: it would fail every minute.
_CALLED_OFF = """
SELECT EXISTS (
  SELECT FROM segment_version v JOIN segment s ON s.segment_id = v.segment_id
  WHERE v.retired_at IS NULL AND s.archived_at IS NULL AND s.number IS DISTINCT FROM v.number
) AND NOT EXISTS (
  SELECT FROM job j WHERE j.kind = $1 AND j.status IN ('QUEUED', 'RUNNING')
) AND (SELECT j.status FROM job j WHERE j.kind = $1 ORDER BY j.finished_at DESC NULLS LAST LIMIT 1) = 'CANCELLED'
"""


async def look_at_everybody(
    tx: Tx,
    occasion: Occasion,
    arguments: Mapping[str, object] | None = None,
    *,
    of: Collection[UUID] = (),
    cause: SegmentChangeCause | None = None,
) -> JobId:
    """The job that looks at everybody; one that nobody has begun yet is enough for all who ask the same.

    `of`: by these segments, which change for this cause. Whatever is asked, rules that wait to be built are built.
    """
    given = dict(arguments or {})
    if of:
        given["segments"] = sorted(to_public(Prefix.SEGMENT, one) for one in of)
    if cause is not None:
        given["cause"] = str(cause)
    return await _ask(tx, given, occasion.principal, occasion.now)


async def build_what_was_called_off(tx: Tx, occasion: Occasion) -> None:
    """Rules whose build somebody cancelled, and that nobody builds, are begun again."""
    if await tx.fetchval(_CALLED_OFF, JobKind.REFRESH_SEGMENTS):
        await look_at_everybody(tx, occasion)


async def products_changed(tx: Tx, now: datetime) -> None:
    """Rules that ask for products may find others now: looked at anew, where there are such rules."""
    if await tx.fetchval(_READ_PRODUCTS):
        await _ask(tx, {"reading": "products"}, None, now)


async def campaigns_changed(tx: Tx, now: datetime) -> None:
    """The same of rules that ask for what a campaign says of itself, not of its contacts."""
    if await tx.fetchval(_READ_CAMPAIGNS):
        await _ask(tx, {"reading": "campaigns"}, None, now)


async def _ask(tx: Tx, given: Mapping[str, object], principal: Principal | None, now: datetime) -> JobId:
    waiting = await waits(tx, JobKind.REFRESH_SEGMENTS, given)
    return waiting or await enqueue(tx, JobKind.REFRESH_SEGMENTS, given, principal=principal, now=now)

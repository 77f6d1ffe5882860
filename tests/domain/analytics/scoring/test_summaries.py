"""What a summary holds, straight from the statement: of everybody, and of some customers, which is the same."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
import pytest

from domain.analytics.queries_tallies import Moment, read_facts
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.tallies import Portion, summed
from domain.analytics.scoring.wire import Rows
from domain.database import Database, Tx
from domain.ids import new_id
from domain.settings import Settings
from tests.domain.analytics.facts import NOW, buyer

_CONSENT = """
INSERT INTO customer_consent (customer_id, consent_id, channel, purpose, status, recorded_at, recorded_for, holds)
VALUES ($1, $2, $3, $4, $5, $6, $1, $7)
"""


async def summaries(
    tx: Tx, as_of: datetime = NOW, of: Sequence[UUID] | None = None, *, then: bool = False, few: bool = False
) -> Summaries:
    moment, parts = Moment.of(as_of, await Settings.load(tx), then=then), list[Rows]()

    async def keep(portion: Portion) -> None:
        parts.append(summed(portion, moment.calendar))

    await read_facts(tx, moment, keep, of=of, few=few)
    return Summaries(np.concatenate(parts))


def of_each(read: Summaries) -> dict[UUID, bytes]:
    return {UUID(bytes=bytes(row["customer_id"])): row.tobytes() for row in read.rows}


async def consent(tx: Tx, of: UUID, channel: str, purpose: str, status: str, *, holds: bool = True) -> None:
    await tx.execute(_CONSENT, of, new_id(NOW), channel, purpose, status, NOW, holds)


@pytest.mark.parametrize("status", ["DENIED", "WITHDRAWN"])
async def test_who_refuses_to_be_profiled_on_any_channel_is_unwilling(db: Database, status: str) -> None:
    async with db.transaction() as tx:
        refused, granted, elsewhere, formerly = [await buyer(tx, 30) for _ in range(4)]
        for channel in ("EMAIL", "PHONE"):
            await consent(tx, refused, channel, "PROFILING", status)
        await consent(tx, granted, "EMAIL", "PROFILING", "GRANTED")
        await consent(tx, elsewhere, "EMAIL", "MARKETING", status)
        await consent(tx, formerly, "EMAIL", "PROFILING", status, holds=False)
        read = await summaries(tx)
        some = await summaries(tx, of=[refused, granted])
    ids = [UUID(bytes=bytes(id_)) for id_ in read.rows["customer_id"]]
    assert [id_ for id_, unwilling in zip(ids, read.unwilling, strict=True) if unwilling] == [refused]
    assert of_each(some) == {id_: row for id_, row in of_each(read).items() if id_ in (refused, granted)}

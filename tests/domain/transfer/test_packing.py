"""Staged touchpoints that are packed by hand are to the database what asyncpg makes of the same rows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from domain.database import Database
from domain.touchpoints.staged import Staged
from domain.transfer import commands
from domain.transfer.stage import Row
from domain.vocabulary import Channel, Direction

SEED = 20261122
MOMENTS = (
    datetime(1900, 1, 1, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2000, 1, 1, tzinfo=UTC),
    datetime(2026, 2, 28, 12, 30, 0, 1, tzinfo=UTC),
    datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)
TEXTS = ("a", "touch 1", "Größe 日本語 🙂", "x" * 10_000, "tab\there", '{"a": 1}', "")


@dataclass
class Chance:
    """Rows with something in each column now and then."""

    random: Random

    def row(self, seq: int, given: float) -> Row:
        chance = self.random

        def text() -> str | None:
            return chance.choice(TEXTS) if chance.random() < given else None

        def id_() -> UUID | None:
            return UUID(int=chance.getrandbits(128)) if chance.random() < given else None

        def whole() -> int | None:
            return chance.choice((0, 7, 2**31 - 1)) if chance.random() < given else None

        fresh = [UUID(int=chance.getrandbits(128)) for _ in range(3)]
        whom = id_(), text(), text(), text(), chance.random() < 0.5, text()
        about = Channel.WEB, "VISIT", "MARKETING", Direction.INBOUND, text()
        seldom = id_(), text(), text(), text(), text()
        measured = text(), whole(), whole(), whole(), text(), text()
        moment = chance.choice(MOMENTS)
        ids = fresh[0], id_(), id_(), fresh[1], fresh[2]
        return (seq, 2**20 + 3, *ids, *whom, "shop", text(), moment, *about, *seldom, *measured)


async def test_packed_rows_are_what_they_are_value_by_value(db: Database) -> None:
    chance = Chance(Random(SEED))
    rows = [chance.row(2**40 + at, given) for given in (0, 0.1, 0.5, 0.9, 1) for at in range(60)]
    async with db.transaction() as tx:
        for name in ("packed", "by_value"):
            await commands.create(tx, name, ["touchpoint"], temporary=True)
        await commands.copy(tx, "packed", "touchpoint", list(rows))
        await tx.copy_records_to_table("by_value_touchpoint", records=rows)
        told = [await tx.fetch(f"SELECT * FROM {name}_touchpoint ORDER BY 1, 3") for name in ("packed", "by_value")]
    assert len(told[0]) == len(rows)
    assert list(told[0][0].keys())[13:16] == list(Staged._fields[13:16])
    assert told[0] == told[1]

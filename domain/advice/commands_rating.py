"""The deed on base rates: how everybody answers and what everybody uses, made anew each night in one commit."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import asyncpg

from domain.advice import shrinkage
from domain.advice.fragments import CONTACTS, of_all
from domain.advice.shrinkage import ASSUMED, ASSUMED_RECOVERY, GROUP_STRENGTH, NOBODY, Prior, Sums
from domain.advice.tables import Topic
from domain.database import Tx
from domain.sqlfile import statements
from domain.vocabulary import Channel

_SQL = Path(__file__).parent / "sql" / "rates.sql"
# One look at everything that was ever sent.
_UNHURRIED = "SET LOCAL statement_timeout = '30min'"


class Rate(NamedTuple):
    """A row of response_rate."""

    topic: Topic
    channel: str
    name: str
    customers: int
    trials: int
    successes: int
    rate: float
    strength: float
    low: float
    high: float
    amount: Decimal | None = None
    is_told: bool = False


async def make_rates(tx: Tx, *, now: datetime) -> int:
    """How many rates there are; who reads meanwhile reads the last ones."""
    await tx.execute(_UNHURRIED)
    sql = statements(_SQL)
    await tx.execute(sql["forget"])
    await tx.execute(sql["tell"].replace("{sent}", of_all(CONTACTS[:1])), now)
    await tx.execute(sql["contacts"].replace("{contacts}", of_all(CONTACTS[:2])), now)
    rates = [*_answers(await tx.fetch(sql["answers"])), *_touches(await tx.fetch(sql["touches"]))]
    recovered, bought = await tx.fetchrow(sql["recoveries"], now), await tx.fetchrow(sql["purchases"])
    assert recovered is not None
    assert bought is not None
    rates.append(_rate(Topic.RECOVERY, "", "", _sums(recovered), ASSUMED_RECOVERY))
    buyers, orders = bought["customers"], bought["orders"]
    rates.append(Rate(Topic.PURCHASE, "", "", buyers, orders, orders, 1.0, 1.0, 1.0, 1.0, bought["amount"]))
    await tx.execute("DROP TABLE t_contact")
    await tx.execute(sql["forget"])
    await tx.execute(sql["keep"], *map(list, zip(*rates, strict=True)), now)
    return len(rates)


def _answers(rows: list[asyncpg.Record]) -> Iterator[Rate]:
    """Groups lean on their channel, channels and offers on all contacts, these on what is customary."""
    found = {(row["topic"], row["channel"], row["name"]): row for row in rows}

    def sums(topic: Topic, channel: str = "") -> Sums:
        row = found.get((topic, channel, ""))
        return NOBODY if row is None else _sums(row)

    everybody = _rate(Topic.ALL, "", "", sums(Topic.ALL), ASSUMED)
    yield everybody
    channels = {}
    for channel in Channel:
        channels[str(channel)] = _rate(Topic.CHANNEL, channel, "", sums(Topic.CHANNEL, channel), _lean(everybody))
    yield from channels.values()
    for (topic, of, name), row in found.items():
        if topic == Topic.STANDING:
            yield _rate(Topic.STANDING, of, name, _sums(row), _lean(channels[of]))
        elif topic == Topic.OFFER:
            yield _rate(Topic.OFFER, "", name, _sums(row), _lean(everybody))._replace(is_told=row["is_told"])


def _lean(above: Rate) -> Prior:
    return Prior(above.rate, GROUP_STRENGTH)


def _touches(rows: list[asyncpg.Record]) -> Iterator[Rate]:
    """What share of all touches each channel has, and what one costs; a strength for all of them together."""
    found = {row["channel"]: row for row in rows}
    sums = [_sums(found[channel]) if channel in found else NOBODY for channel in Channel]
    shares, strength = shrinkage.shares(sums)
    for channel, of, share in zip(Channel, sums, shares, strict=True):
        low, high = shrinkage.interval(of.successes, max(of.trials, of.successes), Prior(share, strength))
        amount = found[channel]["amount"] if channel in found else None
        yield Rate(
            Topic.TOUCH,
            channel,
            "",
            of.customers,
            int(of.trials),
            int(of.successes),
            share,
            strength,
            low,
            high,
            amount,
        )


def _rate(topic: Topic, channel: str, name: str, sums: Sums, lean: Prior) -> Rate:
    own = shrinkage.of_group(sums, lean)
    low, high = shrinkage.interval(sums.successes, sums.trials, lean)
    counts = sums.customers, int(sums.trials), int(sums.successes)
    return Rate(topic, channel, name, *counts, own.rate, own.strength, low, high)


def _sums(row: asyncpg.Record) -> Sums:
    return Sums(*(row[name] for name in Sums._fields))

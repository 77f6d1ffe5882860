"""Loads the demo by the same engine that imports files, and tells what it did to the data."""

import asyncio
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import orjson

from domain.customers.attributes import Declaration
from domain.customers.declaring import establish
from domain.database import Database
from domain.demo import commands
from domain.demo.assumptions import Assumptions, assumptions
from domain.demo.journey import BANDS, Journey
from domain.ids import Prefix, to_public
from domain.transfer import Kind, Progress, import_records
from domain.vocabulary import AttributeType

LAST_DAY = date(2017, 12, 31)
"""The last day of the baskets and redemptions, in the store's time zone."""


_KEY = "complete-journey-"


class DemoProgress(NamedTuple):
    """How far one part of the load is."""

    part: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; `told` are sentences for whoever started it."""

    customers: int
    products: int
    orders: int
    touchpoints: int
    told: list[str]


Told = Callable[[DemoProgress], None]


async def load(
    db: Database, *, claims: bytes, now: datetime, as_recorded: bool = False, progress: Told | None = None
) -> Loaded:
    """Loads The Complete Journey into an empty database; `as_recorded` leaves its dates in 2017."""
    assumed = assumptions()
    weeks = 0 if as_recorded else weeks_to_move(now, assumed)
    journey = Journey(assumed, timedelta(weeks=weeks))
    await asyncio.to_thread(journey.read)
    async with db.transaction() as tx:
        await commands.settle(tx, assumed, now)
        for name, meaning in BANDS.items():
            await establish(tx, Declaration(name, AttributeType.STRING, personal=False, description=meaning), now)
        mailings = {f"{_KEY}{mailing.number}": mailing for mailing in journey.campaigns()}
        made = await commands.make_campaigns(tx, mailings, assumed, now)
    campaigns = {key.removeprefix(_KEY): to_public(Prefix.CAMPAIGN, id_) for key, id_ in made.items()}
    parts: dict[Kind, Iterable[dict[str, object]]] = {
        Kind.PRODUCTS: journey.products(),
        Kind.CUSTOMERS: journey.customers(),
        Kind.TOUCHPOINTS: journey.touchpoints(campaigns),
        Kind.ORDERS: journey.orders(),
    }
    counts, waiting = {}, list(parts)
    coming = asyncio.create_task(asyncio.to_thread(_lines, parts[waiting[0]]))
    for kind, following in zip(waiting, [*waiting[1:], None], strict=True):
        lines = await coming
        if following is not None:
            # The next part is converted while this one is recorded.
            coming = asyncio.create_task(asyncio.to_thread(_lines, parts[following]))
        counts[kind] = await _part(db, kind, lines, claims, now, progress)
    async with db.connection() as tx:
        await commands.gather_statistics(tx)
    return Loaded(
        customers=counts[Kind.CUSTOMERS],
        products=counts[Kind.PRODUCTS],
        orders=counts[Kind.ORDERS],
        touchpoints=counts[Kind.TOUCHPOINTS],
        told=_told(journey, weeks),
    )


def weeks_to_move(now: datetime, assumed: Assumptions) -> int:
    """Whole weeks, so that the data ends at the latest same weekday before today."""
    yesterday = now.astimezone(assumed.zone).date() - timedelta(days=1)
    return (yesterday - LAST_DAY).days // 7


def _lines(inputs: Iterable[dict[str, object]]) -> list[bytes]:
    return [orjson.dumps(one) for one in inputs]


async def _part(
    db: Database, kind: Kind, lines: list[bytes], claims: bytes, now: datetime, progress: Told | None
) -> int:
    """Imports one kind; how many there are of it now."""

    def tell(how_far: Progress) -> None:
        if progress is not None:
            done = (how_far.rows_read + how_far.rows_recorded) // 2
            progress(DemoProgress(str(kind), done, len(lines)))

    stream = io.BytesIO(b"\n".join(lines))
    summary = await import_records(db, kind, stream, claims=claims, now=now, progress=tell)
    if summary.rejected:
        raise ValueError(f"the bundled {kind} do not fit: {dict(summary.reasons)}")
    return summary.created + summary.updated + summary.duplicates


def _told(journey: Journey, weeks: int) -> list[str]:
    left = journey.left
    moved = f"Every date was moved by {weeks} whole weeks, so that the data ends just before today."
    return [
        moved if weeks else "Dates are as they were recorded, in 2017.",
        f"{left.of_no_quantity:,} basket lines of quantity 0 were left out.",
        f"{left.as_one_unit:,} lines whose amount no unit price gives became one unit at that amount.",
        f"{left.unknown_products:,} products are known by their number alone.",
        "Costs that the data lacks are assumed: see domain/demo/assumptions.toml.",
    ]

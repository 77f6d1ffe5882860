"""Questions that deeds on contacts ask first: which campaigns there are, and whom references lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.database import Tx
from domain.identity.normalise import Known
from domain.sqlfile import statements
from domain.vocabulary import Channel

_SQL = statements(Path(__file__).parent / "sql" / "contacts.sql")


@dataclass(frozen=True, slots=True)
class Step:
    """What is sent at one time. No channel: each customer's own."""

    channel: Channel | None
    unit_cost: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A campaign as far as its contacts go by it; of one that was sent elsewhere steps and variants may be unknown."""

    steps: tuple[Step, ...]
    variants: frozenset[str]

    def step(self, number: int) -> Step | None:
        return self.steps[number - 1] if number <= len(self.steps) else None


@dataclass(frozen=True, slots=True)
class Led:
    """Whom a reference names, who that is now, and whether they were erased."""

    recorded_for: UUID
    customer: UUID
    is_erased: bool


async def campaigns(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Planned]:
    rows = await tx.fetch(_SQL["campaigns"], ids)
    return {row["campaign_id"]: _planned(row["steps"], row["variants"]) for row in rows}


def _planned(steps: Sequence[Mapping[str, str]], variants: Sequence[str]) -> Planned:
    told = (Step(Channel(one["channel"]) if one["channel"] else None, one["unitCost"]) for one in steps)
    return Planned(tuple(told), frozenset(variants))


async def led_to(tx: Tx, named: Sequence[UUID | Known]) -> dict[UUID | Known, Led]:
    """Those whom nobody is known by are not in it."""
    ids = [one for one in named if isinstance(one, UUID)]
    known = [one for one in named if not isinstance(one, UUID)]
    columns = [[str(one[at]) for one in known] for at in range(3)]
    found: dict[UUID | Known, Led] = {}
    for row in await tx.fetch(_SQL["named"], ids, *columns):
        led = Led(row["recorded_for"], row["customer_id"], row["is_erased"])
        found[row["named"] if row["nth"] is None else known[row["nth"] - 1]] = led
    return found

"""People to whom campaigns sent things, what they answered and bought: lives of events, as tests of advice tell."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from domain.advice.shrinkage import Prior
from domain.database import Tx
from tests.domain.advice.answers import Event, campaign, happen
from tests.domain.advice.test_channels import rate, refuse_profiling
from tests.domain.query.world import NOW, House

CHANNELS = ("EMAIL", "WEB", "PHONE")
OFFERS = ("ten", "gift")
KEYS = ("spring", "autumn")
GOALS = {"spring": "RETAIN", "autumn": "WIN_BACK"}
TIERS = ("HIGH", "MEDIUM", "LOW")


@dataclass(slots=True)
class Mailing:
    """Everything that is generated, in one transaction; people by the number of their life."""

    tx: Tx
    rng: Random
    people: list[UUID] = field(default_factory=list)
    lives: list[list[Event]] = field(default_factory=list)
    countries: list[str | None] = field(default_factory=list)
    tiers: list[str | None] = field(default_factory=list)
    refuse: list[bool] = field(default_factory=list)
    preferred: list[str | None] = field(default_factory=list)
    costs: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    campaigns: dict[str, UUID] = field(default_factory=dict)
    # Offers whose answers are recorded: no order stands for one.
    told: frozenset[str] = frozenset({"ten"})
    erased: list[UUID] = field(default_factory=list)
    erased_life: list[Event] = field(default_factory=list)
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = House(self.tx)

    async def open(self, people: int = 16) -> "Mailing":
        self.campaigns = {key: await campaign(self.house, key) for key in KEYS}
        for key, goal in GOALS.items():
            await self.tx.execute("UPDATE campaign SET goal = $2 WHERE key = $1", key, goal)
        for name in self.told:
            await rate(self.house, "OFFER", "", Prior(0.1, 10), name, is_told=True)
        for _ in range(people):
            await self.live(self._life())
        # Who was forgotten was sent things, too.
        self.erased, self.erased_life = [await self.house.customer(erased_at=NOW)], self._life()
        await happen(self.house, self.erased[0], self.erased_life, self.campaigns)
        await self.tx.execute("UPDATE customer_order SET shipping = total WHERE customer_id = $1", self.erased[0])
        return self

    def _life(self) -> list[Event]:
        """Things of one life happen on different days."""
        kinds = ["CAMPAIGN_SENT"] * 4 + ["CAMPAIGN_RESPONSE"] * 2 + ["ORDER", "ORDER", "VISIT", "CALL"]
        days = self.rng.sample(range(1, 150), self.rng.choice([0, 1, 4, 9, 14]))
        return [self._event(self.rng.choice(kinds), str((NOW - timedelta(days=day)).date())) for day in days]

    def _event(self, kind: str, day: str) -> Event:
        if kind == "ORDER":
            return Event(kind, day, "WEB")
        offer, key = self.rng.choice([None, None, *OFFERS]), self.rng.choice([None, *KEYS])
        named = kind.startswith("CAMPAIGN")
        return Event(kind, day, self.rng.choice(CHANNELS), offer if named else None, key if named else None)

    async def live(self, life: list[Event]) -> UUID:
        number = len(self.people)
        self.countries.append(self.rng.choice(["GB", "DE", None]))
        self.tiers.append(self.rng.choice([*TIERS, None]))
        who = await self.house.customer(country=self.countries[-1], score={"value_tier": self.tiers[-1]})
        await happen(self.house, who, life, self.campaigns)
        # Of an order without lines its shipping is all.
        await self.tx.execute("UPDATE customer_order SET shipping = total WHERE customer_id = $1", who)
        for event in life:
            cost = self.costs[number, event.day] = Decimal(self.rng.choice(["0", "0.75", "12"]))
            if event.kind == "ORDER":
                self.costs[number, event.day] = Decimal(0)
            text = "UPDATE touchpoint SET cost = $3 WHERE customer_id = $1 AND occurred_at = $2"
            await self.tx.execute(text, who, event.when, cost)
        self.refuse.append(self.rng.random() < 0.3)
        if self.refuse[-1]:
            await refuse_profiling(self.house, who)
        self.preferred.append(self.rng.choice([*CHANNELS, "TV", None]))
        if self.preferred[-1]:
            await self.house.row("customer_summary", customer_id=who, preferred_channel=self.preferred[-1], as_of=NOW)
        self.people.append(who)
        self.lives.append(life)
        return who

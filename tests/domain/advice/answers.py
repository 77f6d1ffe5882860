"""What campaigns sent, what came back, and what is to be told of it: in plain Python, to be compared with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.advice.shrinkage import ASSUMED, UNKNOWN_STRENGTH, Prior
from domain.vocabulary import Channel
from tests.domain.query.world import House, at

HALF_LIFE = timedelta(days=30.4375) * 6


@dataclass(frozen=True, slots=True)
class Event:
    """Something sent, something answered or something bought, on a day of 2025 or 2026."""

    kind: str
    day: str
    channel: str = "EMAIL"
    offer: str | None = None
    campaign: str | None = None

    @property
    def name(self) -> str | None:
        return self.offer or self.campaign

    @property
    def when(self) -> datetime:
        return at(self.day)


async def happen(house: House, customer: UUID, events: Sequence[Event], campaigns: Mapping[str, UUID]) -> None:
    for event in events:
        if event.kind == "ORDER":
            await house.order(customer, event.day)
            continue
        await house.touchpoint(
            customer, event.day, kind=event.kind, channel=event.channel,
            properties={"offer": event.offer} if event.offer else {},
            campaign_id=campaigns[event.campaign] if event.campaign else None,
        )  # fmt: skip


async def campaign(house: House, key: str) -> UUID:
    id_ = house.id()
    await house.row(
        "campaign", campaign_id=id_, key=key, name=key, created_at=at("2025-01-01"), updated_at=at("2025-01-01")
    )
    return id_


def answered(events: Sequence[Event], told: frozenset[str] = frozenset()) -> list[tuple[Event, bool]]:
    """Each contact in order of time, and whether it was answered. Things of one day happened in the given order."""
    sent = sorted((event for event in events if event.kind == "CAMPAIGN_SENT"), key=lambda event: event.when)
    hit: set[int] = set()
    for reply in (event for event in events if event.kind == "CAMPAIGN_RESPONSE"):
        fits = [place for place, one in enumerate(sent) if one.when <= reply.when and _answers(reply, one)]
        hit |= {fits[-1]} if fits else set()
    for order in (event for event in events if event.kind == "ORDER"):
        before = [place for place, one in enumerate(sent) if one.when <= order.when]
        if before and order.when < sent[before[-1]].when + timedelta(days=30) and sent[before[-1]].name not in told:
            hit.add(before[-1])
    return [(one, place in hit) for place, one in enumerate(sent)]


def _answers(reply: Event, sent: Event) -> bool:
    if reply.name is None:
        return reply.channel == sent.channel
    return reply.name == sent.name or (reply.campaign is not None and reply.campaign == sent.campaign)


def weight(event: Event, now: datetime) -> float:
    return float(0.5 ** (max(now - event.when, timedelta()) / HALF_LIFE))


def is_over(event: Event, now: datetime) -> bool:
    """Whether it can be answered no more."""
    return event.when <= now - timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Told:
    """One channel of one customer."""

    channel: str
    stated: bool | None
    affinity: float
    touches: int
    rate: float | None
    is_used: bool = False


def channels(
    months: Mapping[tuple[date, str], int],
    events: Sequence[Event],
    stated: Mapping[str, bool],
    now: datetime,
    *,
    touch: Mapping[str, Prior] | None = None,
    reply: Mapping[str, Prior] | None = None,
) -> list[Told]:
    """In order: what was said to be liked, what is used, the rest, what was refused."""
    used: dict[str, float] = defaultdict(float)
    touches: dict[str, int] = defaultdict(int)
    trials: dict[str, float] = defaultdict(float)
    hits: dict[str, float] = defaultdict(float)
    for (month, channel), count in months.items():
        age = max((now.year - month.year) * 12 + now.month - month.month, 0)
        used[channel] += count * 0.5 ** (age / 6)
        touches[channel] += count
    for contact, hit in answered(events):
        trials[contact.channel] += weight(contact, now) * is_over(contact, now)
        hits[contact.channel] += weight(contact, now) * is_over(contact, now) * hit
        used[contact.channel] += weight(contact, now) * hit
    names = {channel for channel, some in used.items() if some > 0} | set(stated) | set(trials)
    mass = {}
    for name in names:
        prior = touch[name] if touch else Prior(1 / len(Channel), UNKNOWN_STRENGTH)
        mass[name] = used[name] + prior.rate * prior.strength
    whole = sum(mass.values())
    order = sorted(
        names, key=lambda n: (stated.get(n) is not True, stated.get(n) is False, used[n] <= 0, -round(mass[n], 9), n)
    )
    told = []
    for name in order:
        own = _rate(hits[name], trials.get(name), reply[name] if reply else ASSUMED)
        told.append(Told(name, stated.get(name), mass[name] / whole, touches[name], own, used[name] > 0))
    return told


def _rate(hits: float, trials: float | None, prior: Prior) -> float | None:
    return None if trials is None else (hits + prior.rate * prior.strength) / (trials + prior.strength)

"""Customers whose scores come and go, what they buy and say; and the nine signs of it in plain Python."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from scipy import stats

from domain.analytics.lift import Arm, ratio_difference
from domain.portfolio.dimensions import AuditSignalKind as K
from tests.domain.query.world import NOW, House

DAY = timedelta(days=1)
_BANDS = ("LOW", "MEDIUM", "HIGH")
State = tuple[str | None, str | None, str]


@dataclass
class Somebody:
    id: UUID
    live: State
    since: datetime
    kept: dict[datetime, State] = field(default_factory=dict)
    orders: list[datetime] = field(default_factory=list)
    said: list[tuple[datetime, str, int | None, int | None]] = field(default_factory=list)
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    current: float | None
    previous: float | None
    significant: bool
    whom: frozenset[UUID]


@dataclass
class Crowd:
    """`kept_since`: days ago that the first snapshot of everybody was taken; None: never. `turn`: how many times
    likelier everything is to happen in the last 90 days.
    """

    house: House
    rng: Random
    turn: float
    people: list[Somebody] = field(default_factory=list)
    of_all: list[datetime] = field(default_factory=list)

    @classmethod
    async def of(cls, house: House, seed: int, size: int, *, kept_since: int | None, turn: float = 1.0) -> "Crowd":
        crowd = cls(house, Random(seed), turn)
        crowd.of_all = [NOW - days * DAY for days in range(kept_since or 0, 0, -30)]
        for moment in crowd.of_all:
            await house.row("snapshot_of_all", as_of=moment, written_at=moment)
        for _ in range(size):
            await crowd.somebody()
        return crowd

    def state(self) -> State:
        tier = self.rng.choice(["HIGH", "HIGH", "LOW", None])
        return tier, self.rng.choice([*_BANDS, None]), self.rng.choice(["LAPSED", "ACTIVE", "AT_RISK"])

    async def somebody(self) -> None:
        live, since = self.state(), NOW - self.rng.randrange(400) * DAY
        orders = sorted(self.moment(300) for _ in range(self.rng.choice([0, 1, 2, 4, 8])))
        tier, band, stage = live
        score = {
            "as_of": NOW, "value_tier": tier, "risk_band": band, "lifecycle_stage": stage, "lifecycle_since": since,
            "first_order_at": orders[0] if orders else None, "order_count": len(orders),
        }  # fmt: skip
        number = len(self.people)
        id_ = await self.house.customer(f"P{number}", country=("GB", "DE")[number % 2], score=score)
        one = Somebody(id_, live, since, orders=orders)
        self.people.append(one)
        for moment in orders:
            off = self.rng.random() < 0.1 and moment != orders[0]
            await self.house.order(one.id, _told(moment), "5", cancelled_at=moment if off else None)
            if off:
                one.orders = [at for at in one.orders if at != moment]
        if self.of_all and self.rng.random() < 0.9:
            await self.scored(one)
        for _ in range(self.rng.randrange(6)):
            await self.says(one)
        if self.rng.random() < 0.1:
            one.refuses = True
            await self.house.row(
                "customer_consent", customer_id=one.id, consent_id=self.house.id(), channel="EMAIL",
                purpose="PROFILING", status="WITHDRAWN", recorded_at=NOW, holds=True, recorded_for=one.id,
            )  # fmt: skip

    async def scored(self, one: Somebody) -> None:
        """At every snapshot of all since one of them, and whenever it changed."""
        known = self.of_all[self.rng.randrange(2) :]
        changed = [NOW - self.rng.randrange(1, 250) * DAY - timedelta(seconds=1) for _ in range(self.rng.randrange(4))]
        for moment in sorted({*known, *changed}):  # a set has another order in each process
            state = one.kept[moment] = self.state()
            await self.house.row(
                "score_snapshot", customer_id=one.id, as_of=moment, value_tier=state[0], risk_band=state[1],
                lifecycle_stage=state[2],
            )  # fmt: skip

    async def says(self, one: Somebody) -> None:
        kinds = ("COMPLAINT", "UNSUBSCRIBE", "COMPETITOR_OFFER", "COMPETITOR_OFFER", "SURVEY", "SURVEY", "SURVEY")
        kind, moment = (
            self.rng.choice([*kinds, "SWITCHED_AWAY"] if self.rng.random() < 0.3 else kinds),
            self.moment(220),
        )
        answers: tuple[int | None, int | None] = (None, None)
        if kind == "SURVEY":
            low = 0 if self.turn > 1 and NOW - moment < 90 * DAY else 4
            answers = self.rng.choice([None, self.rng.randint(low, low + 6)]), self.rng.randint(low, low + 6)
        await self.house.touchpoint(
            one.id, _told(moment), kind=kind, satisfaction=answers[0], recommend_score=answers[1]
        )
        one.said.append((moment, kind, *answers))

    def moment(self, days: int) -> datetime:
        late = self.rng.random() < 1 - 1 / self.turn
        return NOW - timedelta(minutes=self.rng.randrange(1, (90 if late else days) * 24 * 60))


def _told(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


@dataclass(slots=True)
class Plain:
    """The signs from `began` until `until`, against as long before."""

    crowd: Crowd
    began: datetime
    until: datetime

    @property
    def before(self) -> datetime:
        return self.began - (self.until - self.began)

    def then(self, one: Somebody, at: datetime) -> State | None:
        """What was known of somebody at that time, or of the earliest time that anything is known of."""
        if not self.crowd.of_all or at == NOW:
            return one.live
        of_all = self._of_all(at)
        known = [moment for moment in one.kept if of_all <= moment <= max(at, of_all)]
        return one.kept[max(known)] if known else None

    def _of_all(self, at: datetime) -> datetime:
        return max((moment for moment in self.crowd.of_all if moment <= at), default=self.crowd.of_all[0])

    def sure(self, at: datetime) -> bool:
        return bool(self.crowd.of_all) and self.crowd.of_all[0] <= at

    def best(self, at: datetime) -> list[Somebody]:
        willing = [one for one in self.crowd.people if not one.refuses]
        return [one for one in willing if (state := self.then(one, at)) and state[0] == "HIGH"]

    def risen(self, one: Somebody, start: datetime, end: datetime) -> bool:
        bands = [state[1] if (state := self.then(one, at)) else None for at in (start, end)]
        return None not in bands and _BANDS.index(str(bands[0])) < _BANDS.index(str(bands[1]))

    def left(self, one: Somebody, start: datetime, end: datetime) -> bool:
        if any(start <= at < end and kind == "SWITCHED_AWAY" for at, kind, *_ in one.said):
            return True
        if end == NOW:
            return one.live[2] == "LAPSED" and start <= one.since < end
        was, became = self.then(one, start), self.then(one, end)
        return bool(was and became and was[2] != "LAPSED" and became[2] == "LAPSED")

    def signs(self) -> dict[K, Sign]:
        people = self.crowd.people
        return {
            K.BEST_CUSTOMERS_AT_RISK: self._at_risk(),
            K.CUSTOMERS_SWITCHING_AWAY: self._left(),
            K.REPURCHASE_RATE_OF_BEST: self._again(),
            K.NEW_CUSTOMERS: self._counted(people, people, lambda one: one.orders[:1]),
            K.COMPETITORS_COURTING_BEST: self._counted(
                self.best(self.began), self.best(self.before), _said("COMPETITOR_OFFER")
            ),
            K.RECOMMEND_SCORE: self._answered(3, 6),
            K.COMPLAINTS: self._counted(people, people, _said("COMPLAINT")),
            K.UNSUBSCRIBES: self._counted(people, people, _said("UNSUBSCRIBE")),
            K.AVERAGE_SATISFACTION: self._answered(2, 4),
        }

    def _at_risk(self) -> Sign:
        best, earlier = self.best(self.began), self.best(self.before)
        risen = [one.id for one in best if self.risen(one, self.began, self.until)]
        rose = [one.id for one in earlier if self.risen(one, self.before, self.began)]
        began = max(self.began, self._of_all(self.began)) if self.crowd.of_all else self.until
        return self._known(
            Sign(len(risen), len(rose), _shares(len(risen), len(best), len(rose), len(earlier)), frozenset(risen)),
            now=began < self.until,
        )

    def _left(self) -> Sign:
        gone = [self.left(one, self.began, self.until) for one in self.crowd.people]
        left = [self.left(one, self.before, self.began) for one in self.crowd.people]
        whom = frozenset(one.id for one, is_gone in zip(self.crowd.people, gone, strict=True) if is_gone)
        changed = [int(now) - int(then) for now, then in zip(gone, left, strict=True)]
        sign = Sign(sum(gone), sum(left), _counts(changed), whom)
        return self._known(sign, now=self.until == NOW or self.sure(self.began))

    def _known(self, sign: Sign, *, now: bool) -> Sign:
        before = self.sure(self.before)
        current, previous = sign.current if now else None, sign.previous if before else None
        return Sign(current, previous, sign.significant and now and before, sign.whom)

    def _again(self) -> Sign:
        found: list[tuple[list[Somebody], list[Somebody]]] = []
        for start in (self.began, self.before):
            span = self.until - self.began
            bought = [one for one in self.best(start) if _any(one.orders, start - span, start)]
            found.append((bought, [one for one in bought if _any(one.orders, start, start + span)]))
        (bought, again), (earlier, re) = found
        rates = [len(some) / len(all_) if all_ else None for all_, some in ((bought, again), (earlier, re))]
        significant = _shares(len(again), len(bought), len(re), len(earlier))
        return Sign(rates[0], rates[1], significant, frozenset(one.id for one in bought if one not in again))

    def _counted(self, now: list[Somebody], then: list[Somebody], told: Callable[[Somebody], list[datetime]]) -> Sign:
        current = {one.id: sum(self.began <= at < self.until for at in told(one)) for one in now}
        previous = {one.id: sum(self.before <= at < self.began for at in told(one)) for one in then}
        changed = [current.get(key, 0) - previous.get(key, 0) for key in {*current, *previous}]
        whom = frozenset(key for key, count in current.items() if count)
        return Sign(sum(current.values()), sum(previous.values()), _counts(changed), whom)

    def _answered(self, place: int, low: int) -> Sign:
        arms, means = [], []
        for start, end in ((self.began, self.until), (self.before, self.began)):
            answers = [
                [row[place] for row in one.said if start <= row[0] < end and row[place] is not None]
                for one in self.crowd.people
            ]
            those = [[float(str(answer)) for answer in some] for some in answers if some]
            sums, counts = [np.array([f(some) for some in those], dtype=float) for f in (sum, len)]
            arms.append(Arm.of(sums, counts))
            means.append(float(sums.sum() / counts.sum()) if those else None)
        told = ratio_difference(*arms) if min(arm.n for arm in arms) >= 5 else None
        whom = {
            one.id for one in self.crowd.people for row in one.said
            if self.began <= row[0] < self.until and row[place] is not None and int(str(row[place])) <= low
        }  # fmt: skip
        return Sign(means[0], means[1], bool(told and told.p_value < 0.01), frozenset(whom))


def _said(kind: str) -> Callable[[Somebody], list[datetime]]:
    return lambda one: [at for at, what, *_ in one.said if what == kind]


def _any(moments: list[datetime], start: datetime, end: datetime) -> bool:
    return any(start <= moment < end for moment in moments)


def _counts(changed: list[int]) -> bool:
    """McNemar's z with Edwards' correction, of counts."""
    squares = sum(change**2 for change in changed)
    return bool(squares) and (abs(sum(changed)) - 1) / sqrt(squares) > stats.norm.isf(0.005)


def _shares(some: int, of: int, others: int, of_others: int) -> bool:
    if not of or not of_others or not 0 < some + others < of + of_others:
        return False
    table: Any = [[some, of - some], [others, of_others - others]]
    return bool(stats.chi2_contingency(table, correction=True).pvalue < 0.01)

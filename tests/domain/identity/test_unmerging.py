"""Merge, and undo it: what is stored is what it would be without, whatever was recorded meanwhile."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.consents.rules import STRICTNESS
from domain.database import Tx
from domain.transfer import Kind
from domain.vocabulary import ConsentStatus
from tests.domain.identity.world import PEOPLE, Deed, Retraction, Step, Turn, World, identity, stored
from tests.support.importing import Given

_days = st.sampled_from(["2025-01-05", "2025-02-05", "2025-02-06", "2026-02-28"])
_moments = _days.map(lambda day: f"{day}T12:00:00Z")
_channels = st.sampled_from(["WEB", "EMAIL", "PHONE"])
_by = st.sampled_from([None, "EMAIL", "EXTERNAL_ID"])
_sources = st.sampled_from(["shop", "agency"])
_consents = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["EMAIL", "PHONE"]),
        "purpose": st.sampled_from(["MARKETING", "SERVICE"]),
        "status": st.sampled_from(["GRANTED", "GRANTED", "DENIED", "WITHDRAWN"]),
        "recordedAt": _moments,
    },
    optional={"expiresAt": st.sampled_from(["2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z"])},
)
_touchpoints = st.fixed_dictionaries(
    {
        "channel": _channels,
        "kind": st.sampled_from(["CALL", "SURVEY", "UNSUBSCRIBE", "CASE_OPENED", "CAMPAIGN_SENT"]),
        "occurredAt": _moments,
        "source": _sources,
    },
    optional={
        "externalId": st.sampled_from(["t1", "t2", "t3"]),
        "cost": st.just("0.5"),
        "satisfaction": st.integers(1, 5),
        "learnt": st.fixed_dictionaries(
            {
                "needs": st.lists(
                    st.fixed_dictionaries(
                        {"kind": st.just("MOTIVATION"), "name": st.sampled_from(["price", "time"])},
                        optional={"strength": st.just(0.5)},
                    ),
                    max_size=1,
                )
            }
        ),
    },
)
_upserts = st.fixed_dictionaries(
    {"recordedAt": _moments, "source": _sources},
    optional={
        "displayName": st.sampled_from([None, "Ada", "Bob"]),
        "address": st.fixed_dictionaries({"city": st.sampled_from(["Ulm", "Bonn", None])}),
        "demographics": st.just({"birthDate": "1980-02-29"}),
        "needs": st.just([{"kind": "BELIEF", "name": "green", "strength": 0.25}]),
        "channelPreferences": st.fixed_dictionaries({"channel": _channels, "preferred": st.booleans()}).map(
            lambda one: [one]
        ),
        "consents": st.lists(_consents, min_size=1, max_size=2),
        "acquisition": st.just({"channel": "PARTNER", "source": "fair", "at": "2023-05-05T00:00:00Z"}),
    },
)


@st.composite
def _deeds(draw: st.DrawFn) -> Deed:
    who, by = draw(st.sampled_from(PEOPLE)), draw(_by)
    kind = draw(st.sampled_from([Kind.CUSTOMERS, Kind.CUSTOMERS, Kind.TOUCHPOINTS, Kind.ORDERS, Kind.RETURNS]))
    return Deed(kind, who, draw(_row(kind, who)), by)


def _row(kind: Kind, who: str) -> st.SearchStrategy[Given]:
    if kind is Kind.CUSTOMERS:
        return st.builds(_with, _upserts, st.sampled_from([None, "PHONE", "COOKIE"]), st.just(who))
    if kind is Kind.TOUCHPOINTS:
        return _touchpoints
    if kind is Kind.ORDERS:
        return st.builds(_order, st.just(who), st.integers(1, 3), st.sampled_from([None, None, "2025-05-01T00:00:00Z"]))
    return st.builds(_return, st.just(who), st.integers(1, 3), _moments)


def _with(stated: Given, kind: str | None, who: str) -> Given:
    """An upsert, perhaps with what the person is known by besides."""
    return stated if kind is None else stated | {"identities": [identity(who, kind) | {"primary": True}]}


def _order(who: str, number: int, shipped: str | None) -> Given:
    """What only this person buys; sent again with what was missing, it is completed."""
    about = {"source": "shop", "externalId": f"{who}{number}", "orderedAt": f"2025-0{number}-11T00:00:00Z"}
    lines = [{"sku": f"pen {who}", "quantity": 2 + number, "unitPrice": "2.5"}]
    return {**about, "channel": "WEB", "lines": lines, "shippedAt": shipped}


def _return(who: str, number: int, at: str) -> Given:
    about = {"source": "shop", "externalId": f"{who}{number} back", "returnedAt": at}
    return {**about, "lines": [{"sku": f"pen {who}", "quantity": 1}], "refund": "2"}


_A_INTO_B, _B_INTO_C, _A_INTO_C = Turn(True, "B", "A"), Turn(True, "C", "B"), Turn(True, "C", "A")
_TURNS: list[list[Turn]] = [
    [_A_INTO_B, Turn(False, "B", "A")],
    [_A_INTO_B, Turn(False, "A", "A")],
    [_A_INTO_B, Turn(False, "B", "A"), Turn(True, "A", "B"), Turn(False, "A", "B")],
    [_A_INTO_B, _B_INTO_C, Turn(False, "C", "B"), Turn(False, "B", "A")],
    [_A_INTO_B, _B_INTO_C, Turn(False, "B", "A"), Turn(False, "C", "B")],
    [_A_INTO_C, _B_INTO_C, Turn(False, "C", "A"), Turn(False, "C", "B")],
    [
        _A_INTO_B,
        Turn(True, "C", "B"),
        Turn(False, "C", "A"),
        Turn(True, "C", "A"),
        Turn(False, "C", "B"),
        Turn(False, "C", "A"),
    ],
]


@st.composite
def _stories(draw: st.DrawFn) -> list[Step]:
    deeds = st.one_of(_deeds(), _deeds(), _deeds(), st.builds(Retraction, st.sampled_from(PEOPLE)))
    steps: list[Step] = [*draw(st.lists(deeds, min_size=1, max_size=6))]
    for turn in draw(st.sampled_from(_TURNS)):
        steps += [turn, *draw(st.lists(deeds, max_size=4))]
    return steps


_SURVIVOR = "SELECT coalesce((SELECT survivor_id FROM customer_alias WHERE customer_id = $1), $1)"


class RolledBack(Exception):
    """An example leaves nothing."""


async def world_of(tx: Tx, steps: Sequence[Step], *, merging: bool) -> dict[str, list[str]]:
    """What is stored after all steps, with the merges or without them."""
    try:
        async with tx.transaction():
            world = World(tx)
            await world.begin()
            for at, step in enumerate(steps):
                if isinstance(step, Turn) and not merging:
                    continue
                await world.take(step, at)
                if merging:
                    await world.sound()
                    await consents_are_strict(world)
            found = await stored(tx) | {"refused": [str(one) for one in world.refused]}
            raise RolledBack
    except RolledBack:
        return found


async def consents_are_strict(world: World) -> None:
    """Of who was merged by somebody: no looser than the stricter side, but for what was said for a later moment."""
    for merge in await world.tx.fetch("SELECT * FROM customer_merge"):
        survivor = await world.tx.fetchval(_SURVIVOR, merge["customer_id"])
        rows = await world.tx.fetch("SELECT * FROM customer_consent WHERE customer_id = $1", survivor)
        for holds in (row for row in rows if row["holds"]):
            topic = [row for row in rows if (row["channel"], row["purpose"]) == (holds["channel"], holds["purpose"])]
            if holds["recorded_at"] > merge["merged_at"]:
                continue
            for side in ("customer_id", "gone_id"):
                said = [row for row in topic if row["recorded_for"] == merge[side] and row["merge_id"] is None]
                if said:
                    word = max(said, key=lambda row: (row["recorded_at"], STRICTNESS[ConsentStatus(row["status"])]))
                    assert STRICTNESS[ConsentStatus(holds["status"])] >= STRICTNESS[ConsentStatus(word["status"])]


@pytest.mark.proof
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=_stories())
async def test_undone_it_is_as_if_it_had_never_been(tx: Tx, steps: list[Step]) -> None:
    merged, never = await world_of(tx, steps, merging=True), await world_of(tx, steps, merging=False)
    differ = {
        table: (sorted(set(rows) - set(never[table])), sorted(set(never[table]) - set(rows)))
        for table, rows in merged.items()
        if rows != never[table]
    }
    assert not differ, [f"{t} {rows}" for t, rows in differ.items()]


async def test_what_is_said_undated_while_merged_is_there_afterwards_though_the_other_had_said_it(
    tx: Tx,
) -> None:
    world = World(tx)
    await world.begin()
    lives: Given = {"address": {"city": "Ulm"}, "consents": [{"channel": "SMS", "status": "GRANTED"}], "source": "shop"}
    steps: list[Step] = [
        Deed(Kind.CUSTOMERS, "A", lives, "EMAIL"),
        Turn(True, "A", "B"),
        Deed(Kind.CUSTOMERS, "B", lives, "EMAIL"),
        Turn(False, "A", "B"),
    ]
    for at, step in enumerate(steps):
        await world.take(step, at)
    for who in "AB":
        assert await tx.fetchval("SELECT city FROM customer WHERE customer_id = $1", world.ids[who]) == "Ulm"
        held = "SELECT status FROM customer_consent WHERE customer_id = $1 AND channel = 'SMS' AND holds"
        assert await tx.fetchval(held, world.ids[who]) == "GRANTED"


async def test_what_is_told_late_of_before_the_merge_makes_the_consent_as_strict(tx: Tx) -> None:
    world = World(tx)
    await world.begin()

    def said(status: str, day: str) -> Given:
        word = {"channel": "EMAIL", "status": status, "recordedAt": f"{day}T00:00:00Z"}
        return {"consents": [word], "source": "shop", "recordedAt": "2025-01-01T00:00:00Z"}

    async def holds(who: str) -> str:
        found = "SELECT status FROM customer_consent WHERE customer_id = $1 AND channel = 'EMAIL' AND holds"
        held: str = await tx.fetchval(found, world.ids[who])
        return held

    await world.take(Deed(Kind.CUSTOMERS, "A", said("GRANTED", "2025-06-01"), "EMAIL"), 0)
    await world.take(Turn(True, "A", "B"), 1)
    assert await holds("A") == "GRANTED"
    await world.take(Deed(Kind.CUSTOMERS, "B", said("WITHDRAWN", "2025-05-01"), "EMAIL"), 2)
    assert await holds("A") == "WITHDRAWN"
    await world.take(Deed(Kind.CUSTOMERS, "B", said("GRANTED", "2026-03-02"), "EMAIL"), 3)
    assert await holds("A") == "GRANTED"
    await world.take(Turn(False, "A", "B"), 4)
    assert (await holds("A"), await holds("B")) == ("GRANTED", "GRANTED")
    assert not await tx.fetchval("SELECT count(*) FROM customer_consent WHERE merge_id IS NOT NULL")

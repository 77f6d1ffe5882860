"""Deeds on campaigns: a plan is begun, changed and copied. Sending it is another matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from domain.audit import Did
from domain.campaigns.planning import check_together, checked, plain
from domain.campaigns.vocabulary import CampaignStatus
from domain.clock import told
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, new_id, to_public
from domain.naming import searched, under_own_key
from domain.query.asking import Occasion
from domain.segments.membership.commands_asking import campaigns_changed
from domain.sqlfile import statements

_SQL = statements(Path(__file__).parent / "sql" / "campaigns.sql")
_OPEN: Final = frozenset({CampaignStatus.DRAFT, CampaignStatus.COMPLETED})
"""What may be changed: a plan, and what is known of a campaign that is over."""
_READ: Final = frozenset({"goal", "response"})
"""What rules may ask of the campaigns of contacts."""
Plan = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Held:
    """A campaign as it stands: its status, and its plan by the contract's names."""

    status: CampaignStatus
    plan: Plan


async def create(tx: Tx, given: Mapping[str, object], *, occasion: Occasion) -> Did:
    """Begins a draft. Raises Refused with everything that is wrong with it."""
    said = checked(given, new=True)
    campaign = new_id(occasion.now)
    await _begin(tx, campaign, said, occasion)
    await _save(tx, campaign, (await _held(tx, campaign)).plan, said, occasion)
    return _did(campaign, after=said)


async def update(tx: Tx, campaign: UUID, given: Mapping[str, object], *, occasion: Occasion) -> Did:
    """Changes what is given. Rules that ask for goals or answers look at everybody anew where these change."""
    said = checked(given, new=False)
    held = await _held(tx, campaign)
    if held.status not in _OPEN:
        message = f"is {held.status}: what was planned can be changed while it is a draft, or when it is over"
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, message, ("id",)))
    after = {name: value for name, value in said.items() if held.plan[name] != value}
    if after:
        await _save(tx, campaign, held.plan, after, occasion)
    if after.keys() & _READ and await tx.fetchval(_SQL["was_sent"], campaign):
        await campaigns_changed(tx, occasion.now)
    return _did(campaign, before={name: held.plan[name] for name in after}, after=after)


async def copy(tx: Tx, campaign: UUID, key: str, *, occasion: Occasion) -> Did:
    """A new draft like it, without its times. Raises Refused where a segment of it was put away since."""
    plan = (await _held(tx, campaign)).plan
    try:
        [key] = [str(checked({"key": key}, new=False)["key"])]
    except Refused as refused:
        raise Refused(*(Fault(one.code, one.message, ("key",)) for one in refused.faults)) from refused
    plan |= {"key": key, "startsAt": None, "endsAt": None}
    made = new_id(occasion.now)
    await _begin(tx, made, plan, occasion, path=("key",))
    await _save(tx, made, {}, plan, occasion, path=("id",))
    return _did(made, after={"from": to_public(Prefix.CAMPAIGN, campaign), "key": key})


async def _begin(
    tx: Tx, campaign: UUID, plan: Mapping[str, object], occasion: Occasion, *, path: tuple[str, ...] = ("input", "key")
) -> None:
    key, name = str(plan["key"]), str(plan["name"])
    values = campaign, key, name, searched(key, name), plan["goal"], occasion.now
    await under_own_key(tx, key, "campaign", path, _SQL["create"], *values)


async def _held(tx: Tx, campaign: UUID) -> _Held:
    row = await tx.fetchrow(_SQL["locked"], campaign)
    if row is None:
        raise Refused(Fault.not_found("names no campaign", "id"))
    uses = await tx.fetch(_SQL["uses"], campaign)
    product = row["response_product_id"]
    plan: Plan = {
        **{name: row[name] for name in ("key", "name", "goal", "steps", "variants", "offer", "randomised")},
        "segments": [str(use["segment_id"]) for use in uses if not use["excluded"]],
        "excludedSegments": [str(use["segment_id"]) for use in uses if use["excluded"]],
        "holdoutShare": row["holdout_share"],
        "response": {
            "kind": row["response_kind"],
            "product": None if product is None else str(product),
            "window": row["response_window"],
        },
        "frequencyCap": row["frequency_cap"],
        "budget": None if row["budget"] is None else plain(row["budget"]),
        "fixedCost": plain(row["fixed_cost"]),
        "startsAt": row["starts_at"],
        "endsAt": row["ends_at"],
    }
    return _Held(CampaignStatus(row["status"]), plan)


async def _save(
    tx: Tx, campaign: UUID, held: Plan, said: Plan, occasion: Occasion, *, path: tuple[str, ...] = ()
) -> None:
    """`path`: where all faults stand, where nobody said the plan."""
    plan = held | said
    check_together(plan)
    await _check_named(tx, said, path)
    await _write(tx, campaign, plan, occasion.now)
    await tx.execute(_SQL["unuse"], campaign)
    uses = {id_: excluded for excluded, ids in _named_segments(plan) for id_ in ids}
    await tx.execute(_SQL["use"], campaign, list(uses), list(uses.values()))


async def _write(tx: Tx, campaign: UUID, plan: Plan, now: datetime) -> None:
    key, name = str(plan["key"]), str(plan["name"])
    response = cast("Plan", plan["response"])
    product, budget = response["product"], plan["budget"]
    values = (
        *(campaign, key, name, searched(key, name), plan["goal"], plan["steps"], plan["variants"], plan["offer"]),
        *(plan["holdoutShare"], response["kind"], UUID(str(product)) if product else None, response["window"]),
        *(plan["frequencyCap"], None if budget is None else Decimal(str(budget)), Decimal(str(plan["fixedCost"]))),
        *(plan["randomised"], plan["startsAt"], plan["endsAt"], now),
    )
    await under_own_key(tx, key, "campaign", ("input", "key"), _SQL["said"], *values)


def _named_segments(plan: Plan) -> tuple[tuple[bool, list[str]], ...]:
    addressed, left_out = plan.get("segments", []), plan.get("excludedSegments", [])
    return (False, cast("list[str]", addressed)), (True, cast("list[str]", left_out))


async def _check_named(tx: Tx, said: Plan, path: tuple[str, ...]) -> None:
    """That segments and products are there which are named anew. Raises Refused."""
    ids = {UUID(id_) for _, ids in _named_segments(said) for id_ in ids}
    there = {str(row["segment_id"]) for row in await tx.fetch(_SQL["segments"], sorted(ids))} if ids else set()
    faults = [
        Fault(ErrorCode.NOT_FOUND, _NO_SEGMENT, path or ("input", name, str(at)), _public(id_))
        for name, (_, ids_) in zip(("segments", "excludedSegments"), _named_segments(said), strict=True)
        for at, id_ in enumerate(ids_)
        if id_ not in there
    ]
    named = {name: cast("Plan", said.get(name) or {}).get("product") for name in ("offer", "response")}
    wanted = {name: UUID(str(id_)) for name, id_ in named.items() if id_}
    found = {row["product_id"] for row in await tx.fetch(_SQL["products"], list(wanted.values()))} if wanted else set()
    missing = [name for name, id_ in wanted.items() if id_ not in found]
    faults += [Fault.not_found("names no product", *(path or ("input", name, "product"))) for name in missing]
    if faults:
        raise Refused(*faults)


_NO_SEGMENT: Final = "names a segment that is not there, or is archived"


def _public(segment: str) -> tuple[str, ...]:
    return (to_public(Prefix.SEGMENT, UUID(segment)),)


def _did(campaign: UUID, *, before: Mapping[str, object] | None = None, after: Mapping[str, object]) -> Did:
    def noted(said: Mapping[str, object]) -> dict[str, object]:
        return {name: told(value) if isinstance(value, datetime) else value for name, value in said.items()}

    subject = to_public(Prefix.CAMPAIGN, campaign)
    return Did(key=campaign, subject=subject, before=noted(before or {}), after=noted(after))

"""Segments at work: customers who changed, windows that the clock opens and closes, and rules that are new."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain.access.principal import OPERATOR
from domain.database import Tx
from domain.query.asking import Keys, Occasion
from domain.segments import commands_refreshing, commands_sweeping
from domain.segments.commands import EVERYBODY, look_at_everybody
from domain.segments.queries_membership import Rule
from domain.settings import Settings
from domain.vocabulary import SegmentChangeCause
from jobs.work import Work

_AT_ONCE = 10_000
_NOBODY = UUID(int=0)


async def refresh_segments(work: Work) -> Mapping[str, object]:
    """Builds what waits to be built, and has it take its place; `everybody`: also what holds is looked at anew.

    A rule that is edited meanwhile is built in its newest version; killed, it goes on where it was.
    """
    noted, built = await work.noted(), 0
    follows = bool(noted.get("follows"))
    everybody = follows or bool(work.arguments.get("everybody"))
    while True:
        rules = await _rules(work)
        wanted = [rule.number for rule in rules if everybody or rule.building]
        if not wanted:
            break
        after = UUID(str(noted["after"])) if noted.get("numbers") == wanted else _NOBODY
        finished = await _look_at_everybody(work, rules, wanted, after, follows=follows)
        noted = {}
        if not finished:  # a rule was edited meanwhile: what it was is not wanted any more
            continue
        building = [rule for rule in rules if rule.building]
        async with work.transaction() as tx:
            occasion = await _occasion(tx, work.now)
            held = [await commands_refreshing.hold(tx, rule, occasion=occasion) for rule in building]
            if everybody:
                await commands_refreshing.looked(tx, occasion)
            follows = everybody = any(held)
            await work.note(tx, {"follows": follows})
        built += len(building)
    result = {"built": built}
    async with work.transaction() as tx:
        await work.finish(tx, result)
    return result


async def _look_at_everybody(work: Work, rules: list[Rule], wanted: list[int], after: UUID, *, follows: bool) -> bool:
    """Batch by batch, each in a commit; False where the rules are others than they were."""
    async with work.db.connection() as connection:
        of = await commands_refreshing.how_many(connection)
    seen = 0
    while True:
        if [rule.number for rule in await _rules(work)] != [rule.number for rule in rules]:
            return False
        async with work.transaction() as tx:
            customers = await commands_refreshing.customers_after(tx, after, _AT_ONCE)
            if not customers:
                return True
            occasion = await _occasion(tx, work.now)
            cause = SegmentChangeCause.RULE_CHANGED if follows else SegmentChangeCause.DATA_CHANGED
            await commands_refreshing.refresh(tx, rules, customers, occasion=occasion, cause=cause, as_it_is=True)
            after, seen = customers[-1], seen + len(customers)
            await work.note(tx, {"after": str(after), "numbers": wanted, "follows": follows})
        await work.progress(min(seen / max(of, seen), 1.0), f"{seen:,} of {max(of, seen):,} customers")


async def changed_members(tx: Tx, customers: list[UUID], now: datetime) -> None:
    """Who enters and who leaves because facts changed, in the transaction that brings scores up to date."""
    rules = await commands_refreshing.rules_at_work(tx)
    if rules:
        cause = SegmentChangeCause.DATA_CHANGED
        await commands_refreshing.refresh(
            tx, rules, customers, occasion=await _occasion(tx, now), cause=cause, as_it_is=True
        )


async def follow_segments(tx: Tx, now: datetime) -> None:
    """After something was worked out anew for everybody: segments are looked at anew, too."""
    if await commands_refreshing.rules_at_work(tx):
        await look_at_everybody(tx, await _occasion(tx, now), EVERYBODY)


async def sweep(tx: Tx, now: datetime) -> None:
    """Who enters and who leaves because time has passed."""
    rules = await commands_refreshing.rules_at_work(tx)
    if rules:
        await commands_sweeping.sweep(tx, rules, occasion=await _occasion(tx, now), as_it_is=True)


async def _rules(work: Work) -> list[Rule]:
    async with work.db.connection() as connection:
        return await commands_refreshing.rules_at_work(connection)


async def _occasion(tx: Tx, now: datetime) -> Occasion:
    """The house itself asks: it may read everything."""
    settings = await Settings.load(tx)
    return Occasion(OPERATOR, now, settings.zone, Keys(b"", b""))

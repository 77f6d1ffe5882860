"""Segments at work: customers who changed, windows that the clock opens and closes, and rules that are new."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.customers.queries_everybody import about_how_many, ids_after
from domain.database import Tx
from domain.ids import Prefix, parse_id
from domain.query.asking import Occasion
from domain.segments.membership import commands_refreshing, commands_sweeping
from domain.segments.membership.commands_asking import EVERYBODY, build_what_was_called_off, look_at_everybody
from domain.segments.membership.lap import Lap
from domain.segments.membership.queries import Rule
from domain.segments.membership.wanted import naming, reading, with_named
from domain.settings import Settings
from domain.vocabulary import SegmentChangeCause
from jobs.work import Work

_AT_ONCE, _TURNED_AT_ONCE = 100_000, 10_000


async def refresh_segments(work: Work) -> Mapping[str, object]:
    """Builds what waits to be built, and has it take its place; looks anew by what it is asked to.

    `everybody`: by all rules; `segments`: by these, for `cause`; `reading`: by those that read scores, advice,
    products or campaigns; `turned`: at those whom the clock has turned. An edit makes nobody begin anew but its own
    rule, whose version before is given up. Killed, it goes on where it was.
    """
    noted = await work.noted()
    lap = Lap.of(noted) if "legs" in noted else None
    built = int(str(noted.get("built", 0)))
    async with work.db.connection() as connection:
        of = await about_how_many(connection)
    while True:
        async with work.transaction() as tx:  # of its own: who has counted locks no customers any more
            occasion = await _occasion(tx, work.now)
            turned = await commands_sweeping.follow(tx, occasion=occasion, as_it_is=True, most=_TURNED_AT_ONCE)
        async with work.transaction() as tx:
            rules = await commands_refreshing.rules_at_work(tx)
            lap = _joined(lap or _asked_for(work, rules, occasion), rules)
            if lap.round:
                lap, new = await _arrive(tx, lap, rules, occasion)
                built += new
            elif lap.legs:
                lap = await _go_on(tx, lap, rules, occasion)
            elif not turned:
                result = {"built": built}
                await work.finish(tx, result)
                return result
            await work.note(tx, {**lap.noted(), "built": built})
        await work.progress(lap.share(of), f"{lap.seen:,} customers looked at, of {of:,}")


def _asked_for(work: Work, rules: Sequence[Rule], occasion: Occasion) -> Lap:
    said, wanted = work.arguments, list[Rule]()
    if said.get("everybody"):
        wanted = list(rules)
    elif isinstance(segments := said.get("segments"), list):
        ids = {parse_id(Prefix.SEGMENT, str(one)) for one in segments}
        wanted = [rule for rule in rules if rule.segment_id in ids]
    elif isinstance(what := said.get("reading"), str):
        wanted = reading(rules, what, occasion)
    cause = SegmentChangeCause(str(said.get("cause", SegmentChangeCause.DATA_CHANGED)))
    return Lap().joined((rule.number for rule in wanted if not rule.building), cause)


def _joined(lap: Lap, rules: Sequence[Rule]) -> Lap:
    """Without what was edited meanwhile, and with what waits to be built."""
    lap = lap.keeping([rule.number for rule in rules])
    return lap.joined((rule.number for rule in rules if rule.building), SegmentChangeCause.RULE_CHANGED)


async def _go_on(tx: Tx, lap: Lap, rules: Sequence[Rule], occasion: Occasion) -> Lap:
    """The next customers, by the rules that are on their way and what these name."""
    customers = await ids_after(tx, lap.after, _AT_ONCE)
    counting = dict[int, int]()
    for cause, numbers in lap.by_cause().items():
        await commands_refreshing.refresh(
            tx,
            with_named(rules, numbers),
            customers,
            occasion=occasion,
            cause=cause,
            as_it_is=True,
            wanted=numbers,
            in_a_row=True,
            counting=counting,
        )
    await commands_refreshing.count(tx, counting)
    last = customers[-1] if customers else lap.after
    return lap.went(last, len(customers), is_end=len(customers) < _AT_ONCE)


async def _arrive(tx: Tx, lap: Lap, rules: Sequence[Rule], occasion: Occasion) -> tuple[Lap, int]:
    """Those that have been all the way round take their places, and whoever names them follows; how many were new.

    Who names one of them waits for it.
    """
    arrived = [rule for rule in rules if rule.number in lap.round]
    built = [rule for rule in arrived if rule.building]
    first = [rule for rule in built if rule not in naming(rules, {one.segment_id for one in built} - {rule.segment_id})]
    anew = [rule.segment_id for rule in arrived if not rule.building]
    replaced = await commands_refreshing.hold(tx, first, occasion=occasion, as_it_is=True, anew=anew)
    lap = lap.without([rule.number for rule in arrived if rule in first or not rule.building])
    follow = [rule.number for rule in naming(rules, replaced)]
    return lap.joined(follow, SegmentChangeCause.RULE_CHANGED, anew=True), len(first)


async def changed_members(tx: Tx, customers: list[UUID], now: datetime) -> None:
    """Who enters and who leaves because facts changed, in the transaction that brings scores up to date."""
    taken = await commands_refreshing.take(tx, customers)
    rules = await commands_refreshing.rules_at_work(tx)
    if rules:
        occasion, cause = await _occasion(tx, now), SegmentChangeCause.DATA_CHANGED
        await commands_refreshing.refresh(
            tx, rules, customers, occasion=occasion, cause=cause, as_it_is=True, taken=taken
        )


async def follow_segments(tx: Tx, now: datetime, what: str | None = None) -> None:
    """After something was worked out anew for everybody: whoever reads it is looked at anew; None: all are."""
    rules, occasion = await commands_refreshing.rules_at_work(tx), await _occasion(tx, now)
    if reading(rules, what, occasion) if what else rules:
        await look_at_everybody(tx, occasion, {"reading": what} if what else EVERYBODY)


async def sweep(tx: Tx, now: datetime) -> None:
    """Who enters and who leaves because time has passed; and builds that were called off are begun again."""
    rules, occasion = await commands_refreshing.rules_at_work(tx), await _occasion(tx, now)
    await commands_sweeping.sweep(tx, rules, occasion=occasion, as_it_is=True)
    await build_what_was_called_off(tx, occasion)


async def _occasion(tx: Tx, now: datetime) -> Occasion:
    return (await Settings.load(tx)).of_the_house(now)

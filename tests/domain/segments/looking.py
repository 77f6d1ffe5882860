"""A look at everybody, as the job takes it, where a test needs no batches and no job."""

from uuid import UUID

from domain.customers.queries_everybody import ids_after
from domain.database import Tx
from domain.query.asking import Occasion
from domain.segments.membership import commands_refreshing
from domain.vocabulary import SegmentChangeCause


async def look_at_everybody(tx: Tx, occasion: Occasion) -> None:
    """By all rules; those that are new hold from then on."""
    rules = await commands_refreshing.rules_at_work(tx)
    everybody = await ids_after(tx, UUID(int=0), 10_000)
    cause = SegmentChangeCause.DATA_CHANGED
    await commands_refreshing.refresh(tx, rules, everybody, occasion=occasion, cause=cause)
    await commands_refreshing.hold(tx, [rule for rule in rules if rule.building], occasion=occasion)

"""Windows of calendar months: their edges step back where one month is longer than another, and members with them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from domain.clock import Duration
from domain.database import Tx
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.membership.commands_refreshing import rules_at_work
from domain.segments.membership.commands_sweeping import sweep
from domain.segments.rule import kept
from domain.transfer import Kind
from tests.domain.segments.looking import look_at_everybody
from tests.support.calling import OCCASION, call

_MEMBERS: Final = "SELECT count(*) FROM customer_segment k JOIN segment v ON v.number = ANY (k.segments)"


async def test_who_fell_out_of_the_last_month_on_its_30th_is_in_it_again_on_the_31st(tx: Tx) -> None:
    """Recorded on 28 February at noon; the month before 31 March begins that day at midnight."""
    begun = replace(OCCASION, now=datetime(2026, 2, 28, 12, tzinfo=UTC))
    row: dict[str, object] = {"identities": [{"kind": "EMAIL", "value": "ada@example.org"}], "source": "s"}
    [told] = await call(tx, Kind.CUSTOMERS, [row], occasion=begun)
    assert told.id
    rule = kept({"createdAt": {"within": Duration.parse("P1M")}})
    await commands.create(tx, Given(frozenset(), name="This month", rule=rule), occasion=begun)
    await look_at_everybody(tx, begun)

    found = []
    moments = ["03-28T11", "03-28T13", "03-30T23", "03-31T00", "03-31T11", "03-31T13", "04-01T00"]
    for moment in moments:
        now = replace(begun, now=datetime.fromisoformat(f"2026-{moment}:00+00:00"))
        await sweep(tx, await rules_at_work(tx), occasion=now)
        found.append(await tx.fetchval(_MEMBERS))
    assert dict(zip(moments, found, strict=True)) == dict(zip(moments, [1, 0, 0, 1, 1, 0, 0], strict=True))

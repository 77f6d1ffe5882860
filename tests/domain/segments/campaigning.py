"""What a campaign can do to a customer, told the one way or the other, early or late; and rules that turn with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.campaigns import commands
from domain.clock import Duration
from domain.database import Tx
from domain.errors import ErrorCode
from domain.ids import Prefix, parse_id, to_public
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.touchpoints.commands_retracting import retract
from domain.transfer.answering import Recorded
from domain.transfer.calls import record
from domain.transfer.contact_calls import record_contacts
from domain.transfer.kinds import Kind
from domain.vocabulary import RecordErrorPolicy

DEEDS: Final = 9
RULES: Final[list[dict[str, object]]] = [
    {"contacts": {"where": {"sentAt": {"within": Duration.parse("P8D")}}}},
    {"not": {"contacts": {"where": {"sentAt": {"olderThan": Duration.parse("P5D")}, "responded": True}}}},
    {"contacts": {"where": {"goal": ["RETAIN"], "status": ["SENT", "DELIVERED"]}, "count": {"gte": 2}}},
]
"""By the clock; by answers and the clock; by what the campaign says, and how many contacts there are."""
_SENT = """
SELECT t.touchpoint_id FROM touchpoint t JOIN customer c USING (customer_id)
WHERE c.erased_at IS NULL AND t.kind = 'CAMPAIGN_SENT' ORDER BY 1 LIMIT 1
"""


@dataclass(slots=True)
class Campaigning:
    """One campaign of two steps."""

    tx: Tx
    campaign: str
    told: int = 0

    @staticmethod
    async def begin(tx: Tx, occasion: Occasion) -> "Campaigning":
        steps = [{"channel": "EMAIL"}, {"channel": "DIRECT_MAIL"}]
        given = {"key": "stay", "name": "Stay", "goal": "LOYALTY", "steps": steps}
        did = await commands.create(tx, given, occasion=occasion)
        assert did.key is not None
        return Campaigning(tx, to_public(Prefix.CAMPAIGN, did.key))

    async def do(self, who: str, what: int, occasion: Occasion) -> None:
        now = occasion.now
        self.told += 1
        match what:
            case 0 | 1:
                await self._touch(who, "CAMPAIGN_SENT", now - timedelta(days=6 * what), occasion)
            case 2 | 3:
                await self._touch(who, "CAMPAIGN_RESPONSE", now - timedelta(days=4 * (what - 2)), occasion)
            case 4:
                await self._word(who, 1, "SENT", now - timedelta(days=5), occasion)
            case 5:
                await self._word(who, 1, "FAILED", now - timedelta(days=1), occasion)
            case 6:
                await self._word(who, 2, "DELIVERED", now, occasion)
            case 7:
                await self._edit(occasion)
            case _:
                await self._retract(occasion)

    async def _touch(self, who: str, kind: str, at: datetime, occasion: Occasion) -> None:
        row = {"customer": {"id": who}, "channel": "EMAIL", "kind": kind, "source": "s", "occurredAt": at}
        row |= {"campaign": self.campaign, "externalId": f"m{self.told}"}
        settings, policy = await Settings.load(self.tx), RecordErrorPolicy.RECORD_GOOD_ROWS
        check(await record(self.tx, Kind.TOUCHPOINTS, [row], occasion=occasion, settings=settings, policy=policy))

    async def _word(self, who: str, step: int, status: str, at: datetime, occasion: Occasion) -> None:
        row = {"campaign": self.campaign, "customer": {"id": who}, "step": step, "status": status, "at": at}
        settings, policy = await Settings.load(self.tx), RecordErrorPolicy.RECORD_GOOD_ROWS
        check(await record_contacts(self.tx, [row], occasion=occasion, settings=settings, policy=policy))

    async def _edit(self, occasion: Occasion) -> None:
        """Another goal, and another window."""
        odd = self.told % 2
        window = Duration.parse("P3D" if odd else "P30D")
        given = {"goal": "RETAIN" if odd else "LOYALTY", "response": {"kind": "REPLY", "window": window}}
        await commands.update(self.tx, parse_id(Prefix.CAMPAIGN, self.campaign), given, occasion=occasion)

    async def _retract(self, occasion: Occasion) -> None:
        row = await self.tx.fetchrow(_SENT)
        if row is not None:
            await retract(self.tx, row[0], occasion=occasion)


def check(told: list[Recorded]) -> None:
    """Of whom is erased nothing is recorded any more."""
    [one] = told
    assert one.id or {fault.code for fault in one.faults} <= {ErrorCode.ERASED, ErrorCode.NOT_FOUND}, one.faults

"""What became of contacts, as mailing houses, call centres and gateways tell it: up to a thousand a call.

A contact that went out is on the customer's timeline, too: by the touchpoint that told of it, whether that came before
or comes later, or else by one that is made with it and costs what the campaign's step says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from domain.campaigns import commands_contacts as contacts
from domain.campaigns.becoming import HELD_BACK, Report
from domain.campaigns.commands_contacts import Place, Word
from domain.campaigns.queries import Led, Planned, campaigns, led_to
from domain.campaigns.vocabulary import Arm
from domain.database import Tx
from domain.errors import ErrorCode, Fault
from domain.identity.normalise import Known
from domain.ids import Prefix
from domain.ledger.commands import mark_customers
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.transfer.answering import Recorded, Rows, answered
from domain.transfer.calls import record
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import ContactInput
from domain.transfer.kinds import Kind
from domain.transfer.refs import parsed, who
from domain.transfer.scalars import Unfit, not_ahead, steps
from domain.transfer.showing import show
from domain.vocabulary import MADE_OF_CONTACTS, Channel, IdentityKind, RecordErrorPolicy

_GOOD = RecordErrorPolicy.RECORD_GOOD_ROWS
_LONGEST_ERROR: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Read:
    """A row that says something that can be."""

    index: int
    given: ContactInput
    campaign: UUID
    named: UUID | Known
    report: Report


async def record_contacts(
    tx: Tx, rows: Rows, *, occasion: Occasion, settings: Settings, policy: RecordErrorPolicy
) -> list[Recorded]:
    """Records the rows and tells of each, in the order given. Raises Refused where there are too many at once; Moved
    where another writer came in between.
    """
    return await answered(tx, _Call(tx, occasion, settings), rows, policy)


@dataclass(slots=True)
class _Call:
    tx: Tx
    occasion: Occasion
    settings: Settings
    told: dict[int, Recorded] = field(default_factory=dict)
    faults: dict[int, tuple[Fault, ...]] = field(default_factory=dict)

    async def record_fit(self, rows: Rows) -> None:
        read = self._read(rows)
        planned = await campaigns(self.tx, list({row.campaign for row in read}))
        read = [row for row in read if self._fits(row, planned.get(row.campaign))]
        led = await self._led(read, planned)
        fit = [row for row in read if row.index not in self.faults]
        words = [(row, _word(row, led[row.named], planned[row.campaign])) for row in fit]
        if not words:
            return
        await contacts.lock_customers(self.tx, {word.recorded_for: word.place.customer for _, word in words})
        done = await contacts.record(self.tx, [word for _, word in words], now=self.occasion.now)
        for (row, word), told in zip(words, done.told, strict=True):
            if told.fault is not None:
                self.faults[row.index] = (told.fault,)
            else:
                self.told[row.index] = Recorded(row.index, told.status, told.contact, (), word.place.customer)
        if done.changed:
            await show(self.tx, done, planned, occasion=self.occasion, settings=self.settings)
            await mark_customers(self.tx, {place.customer for place, _ in done.changed}, self.occasion.now)

    def told_of(self, index: int) -> Recorded:
        return self.told[index]

    def _fault(self, index: int, place: str, reason: str, code: ErrorCode = ErrorCode.INVALID) -> None:
        self.faults[index] = (*self.faults.get(index, ()), Fault(code, reason, steps(place)))

    def _read(self, rows: Rows) -> list[_Read]:
        decoder, found = Decoder(ContactInput), []
        for index, row in enumerate(rows):
            try:
                given = decoder.mapping(row)
                found.append(self._one(index, given))
            except Unfit as unfit:
                self._fault(index, unfit.field, unfit.reason, unfit.code)
        return found

    def _one(self, index: int, given: ContactInput) -> _Read:
        """Raises Unfit."""
        reference = who(given.customer, MADE_OF_CONTACTS, self.occasion.principal)
        named = reference.customer
        known = None if named else Known(IdentityKind(str(reference.kind)), str(reference.scope), str(reference.value))
        campaign = parsed(Prefix.CAMPAIGN, given.campaign, "campaign")
        at = not_ahead(given.at, self.occasion.now, "at")
        if given.arm is Arm.CONTROL and given.status not in HELD_BACK:
            raise Unfit("arm", "is CONTROL, which is never contacted: its status is PENDING or SUPPRESSED")
        if given.error is not None and len(given.error) > _LONGEST_ERROR:
            raise Unfit("error", f"is longer than {_LONGEST_ERROR:,} characters", ErrorCode.OUT_OF_RANGE)
        report = Report(given.status, at, given.channel, given.variant, given.arm, given.error)
        return _Read(index, given, campaign, named or known, report)  # type: ignore[arg-type]

    def _fits(self, row: _Read, planned: Planned | None) -> bool:
        """Whether there is such a campaign, and such a step and variant of it as far as these are known."""
        if planned is None:
            self._fault(row.index, "campaign", "names no campaign", ErrorCode.NOT_FOUND)
        elif planned.steps and row.given.step > len(planned.steps):
            self._fault(row.index, "step", f"is none of the campaign, which has {len(planned.steps)}")
        elif planned.variants and row.report.variant is not None and row.report.variant not in planned.variants:
            self._fault(row.index, "variant", "is none of the campaign's variants", ErrorCode.NOT_FOUND)
        else:
            return True
        return False

    async def _led(self, rows: Sequence[_Read], planned: Mapping[UUID, Planned]) -> dict[UUID | Known, Led]:
        """Whom references lead to; an identity that was not seen before makes a prospect, if a contact comes of it."""
        led = await led_to(self.tx, list({row.named for row in rows}))
        unseen = [row for row in rows if isinstance(row.named, Known) and row.named not in led]
        new: dict[UUID | Known, _Read] = {row.named: row for row in unseen if _channel(row, planned[row.campaign])}
        refused = await self._welcome(new)
        if new:
            led |= await led_to(self.tx, list(new))
        for row in rows:
            if row.named in refused:
                self.faults[row.index] = refused[row.named]
            elif row.named not in led and isinstance(row.named, Known):
                self._fault(row.index, "channel", contacts.NO_CHANNEL, ErrorCode.REQUIRED)
            elif row.named not in led:
                self._fault(row.index, "customer.id", "names no customer", ErrorCode.NOT_FOUND)
            elif led[row.named].is_erased:
                self._fault(row.index, "customer", "names a customer who was erased", ErrorCode.ERASED)
        return led

    async def _welcome(self, new: Mapping[UUID | Known, _Read]) -> dict[UUID | Known, tuple[Fault, ...]]:
        """Those who could not be made, and why."""
        if not new:
            return {}
        rows = [{"identities": [_identity(row.given)]} for row in new.values()]
        how = {"occasion": self.occasion, "settings": self.settings, "policy": _GOOD}
        done = await record(self.tx, Kind.CUSTOMERS, rows, **how)  # type: ignore[arg-type]
        refused = {named: one.faults for named, one in zip(new, done, strict=True) if one.id is None}
        return {named: tuple(map(_placed, faults)) for named, faults in refused.items()}


def _word(row: _Read, led: Led, planned: Planned) -> Word:
    place = Place(led.customer, row.campaign, row.given.step)
    return Word(place, led.recorded_for, row.report, _channel(row, planned))


def _channel(row: _Read, planned: Planned) -> Channel | None:
    """As the row says, or else the campaign's step."""
    step = planned.step(row.given.step)
    return row.report.channel or (step.channel if step else None)


def _placed(fault: Fault) -> Fault:
    return replace(fault, path=("customer", "identity", *fault.path[2:]))


def _identity(given: ContactInput) -> dict[str, object]:
    assert given.customer is not None
    assert given.customer.identity is not None
    said = given.customer.identity
    told = {"kind": said.kind, "value": said.value, "source": said.source, "verified": said.verified}
    return {name: value for name, value in told.items() if value is not None}

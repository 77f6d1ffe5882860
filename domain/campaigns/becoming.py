"""What becomes of a contact as word of it comes in, in whatever order: the furthest that it was told to have come."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.campaigns.vocabulary import Arm, ContactStatus, SuppressionReason
from domain.vocabulary import Channel

_S = ContactStatus
_RANKS: Final = {
    _S.PENDING: 0,
    _S.SUPPRESSED: 1,
    _S.EXPORTED: 2,
    _S.SENDING: 3,
    _S.UNKNOWN: 4,
    # It bounced after it was sent, or was sent after it had failed: whichever happened later.
    _S.SENT: 5,
    _S.FAILED: 5,
    _S.DELIVERED: 6,
}
HELD_BACK: Final = frozenset({_S.PENDING, _S.SUPPRESSED})
"""All that becomes of somebody who is held out."""
_WENT_OUT: Final = frozenset({_S.SENT, _S.DELIVERED})
_TRIED: Final = _WENT_OUT | {_S.SENDING, _S.FAILED, _S.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Report:
    """One word of a contact: how it stood at a moment, and what else is said of it."""

    status: ContactStatus
    at: datetime
    channel: Channel | None = None
    variant: str | None = None
    arm: Arm | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it stands."""

    channel: Channel
    variant: str | None
    arm: Arm
    status: ContactStatus
    status_at: datetime
    suppression: SuppressionReason | None
    attempts: int
    last_error: str | None
    scheduled_at: datetime
    sent_at: datetime | None

    def told(self, report: Report) -> "Contact":
        """After one more word. What is left out stays; of two statuses the furthest holds, whichever came first."""
        wins = _order(report.status, report.at) > _order(self.status, self.status_at)
        status, at = (report.status, report.at) if wins else (self.status, self.status_at)
        arm = report.arm or self.arm
        return replace(
            self,
            channel=report.channel or self.channel,
            variant=report.variant or self.variant,
            arm=arm,
            status=status,
            status_at=at,
            suppression=_suppression(status, arm, self.suppression),
            attempts=max(self.attempts, int(report.status in _TRIED)),
            last_error=report.error if report.error and (wins or self.last_error is None) else self.last_error,
            scheduled_at=min(self.scheduled_at, report.at),
            sent_at=_earliest(self.sent_at, report),
        )


def begun(report: Report, channel: Channel) -> Contact:
    """A contact that nothing was known of; `channel`: the one of the word, or else of the campaign's step."""
    arm = report.arm or Arm.TREATED
    return Contact(
        channel=channel,
        variant=report.variant,
        arm=arm,
        status=report.status,
        status_at=report.at,
        suppression=_suppression(report.status, arm, None),
        attempts=int(report.status in _TRIED),
        last_error=report.error,
        scheduled_at=report.at,
        sent_at=_earliest(None, report),
    )


def _order(status: ContactStatus, at: datetime) -> tuple[int, datetime, str]:
    """Of SENT and FAILED at one instant SENT holds."""
    return _RANKS[status], at, status


def _earliest(known: datetime | None, report: Report) -> datetime | None:
    if report.status not in _WENT_OUT:
        return known
    return report.at if known is None else min(known, report.at)


def _suppression(status: ContactStatus, arm: Arm, known: SuppressionReason | None) -> SuppressionReason | None:
    """Why it was held back, as far as that is known."""
    if status is not ContactStatus.SUPPRESSED:
        return None
    return SuppressionReason.HELD_OUT if arm is Arm.CONTROL else known

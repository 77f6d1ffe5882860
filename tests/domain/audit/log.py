"""A log to test with: entries of several actors about several subjects, sealed, and verified."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access.principal import Principal
from domain.audit import Did, enter, seal
from domain.audit.verifying import Head, Verdict, verify
from domain.database import Tx
from domain.ids import Prefix, new_id, to_public
from domain.query.asking import Keys, Occasion
from domain.vocabulary import Role

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADA, BOB = UUID(int=1 << 127 | 1), UUID(int=1 << 127 | 2)
HEAD = Principal("head", Role.ADMIN, reads_personal_data=True, key_id=None)
OCCASION = Occasion(HEAD, NOW, ZoneInfo("UTC"), Keys(b"c" * 64, b"k" * 32, b"t" * 32))


def occasion(minutes: float = 0, *, name: str = "head", key: UUID | None = None) -> Occasion:
    principal = Principal(name, Role.ADMIN, reads_personal_data=True, key_id=key)  # type: ignore[arg-type]
    return replace(OCCASION, principal=principal, now=NOW + timedelta(minutes=minutes))


async def do(tx: Tx, minutes: float, action: str = "consentRecord", *, of: UUID | None = ADA, **after: object) -> None:
    """A deed's entry; there is always something of it in the detail."""
    subject = to_public(Prefix.CUSTOMER, of) if of else None
    told = {"at": minutes, **after}
    did = Did(key=of, subject=subject, customer=of, before={"total": Decimal("1.50")}, after=told)
    await enter(tx, did, action=action, occasion=occasion(minutes, key=new_id(NOW)))


async def fill(tx: Tx, count: int = 120) -> None:
    """A log with several links in every chain, sealed in several rounds."""
    for at in range(count):
        await do(tx, at / 1000, of=(ADA, BOB, None)[at % 3], action=("needRecord", "consentRecord")[at % 2])
        if at % 40 == 39:
            await seal(tx, now=NOW)


async def judge(tx: Tx, *, minutes: float = 0.5, witness: Mapping[int, Head] | None = None) -> Verdict:
    return await verify(tx, now=NOW + timedelta(minutes=minutes), witness=witness)

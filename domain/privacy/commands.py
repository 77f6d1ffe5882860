"""Deeds that admins ask of privacy: a person is to be handed over, or to be forgotten; a job does it."""

from uuid import UUID

from domain.audit import Did
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, to_public
from domain.ledger.commands import enqueue
from domain.query.asking import Occasion
from domain.query.ids import SURVIVOR
from domain.vocabulary import JobKind

_SURVIVOR = f"SELECT customer_id, erased_at FROM customer WHERE customer_id = {SURVIVOR.format(id='$1')}"


async def ask_erasure(tx: Tx, customer: UUID, *, occasion: Occasion) -> Did:
    """Queues the erasing. Raises Refused: NOT_FOUND, or ERASED where it is done already."""
    return await _ask(tx, customer, JobKind.ERASE_CUSTOMER, occasion)


async def ask_export(tx: Tx, customer: UUID, *, occasion: Occasion) -> Did:
    """Queues the export. Raises Refused: NOT_FOUND, ERASED, or NOT_ALLOWED without the right to read personal data."""
    if not occasion.principal.reads_personal_data:
        message = "exports of persons are for keys that may read personal data"
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, message, ("customer",)))
    return await _ask(tx, customer, JobKind.EXPORT, occasion)


async def _ask(tx: Tx, customer: UUID, kind: JobKind, occasion: Occasion) -> Did:
    """The job names the survivor, whichever of the person's ids was given; the entry is the person's, and names it."""
    row = await tx.fetchrow(_SURVIVOR, customer)
    if row is None:
        raise Refused(Fault.not_found("names no customer", "customer"))
    survivor: UUID = row["customer_id"]
    public = to_public(Prefix.CUSTOMER, survivor)
    if row["erased_at"] is not None:
        raise Refused(Fault(ErrorCode.ERASED, "is erased: there is nothing left of them", ("customer",), (public,)))
    job = await enqueue(tx, kind, {"customer": public}, principal=occasion.principal, now=occasion.now)
    told = {"job": to_public(Prefix.JOB, job)}
    return Did(key=job, subject=public, customer=survivor, after=told)

"""The deed of asking for a segment as a file; a job writes it."""

from collections.abc import Sequence
from uuid import UUID

from domain.audit import Did
from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, to_public
from domain.ledger.commands import enqueue
from domain.query.asking import Occasion
from domain.query.compile import Catalog
from domain.segments.exports.exporting import chosen
from domain.vocabulary import ExportFormat, JobKind

_FOUND = "SELECT s.number, s.archived_at FROM segment s WHERE s.segment_id = $1"


async def ask_export(
    tx: Tx, segment: UUID, format_: ExportFormat, fields: Sequence[str] | None, *, catalog: Catalog, occasion: Occasion
) -> Did:
    """Queues it. Raises Refused: NOT_ALLOWED without the right to read personal data, for a row a person is such."""
    caller = occasion.principal
    if not caller.reads_personal_data:
        message = "files about persons, a row each, are for keys that may read personal data"
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, message, ("id",)))
    row = await tx.fetchrow(_FOUND, segment)
    if row is None:
        raise Refused(Fault.not_found("names no segment", "id"))
    if row["archived_at"] is not None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is archived: restore it first", ("id",)))
    if row["number"] is None:
        raise Refused(Fault(ErrorCode.IN_WRONG_STATE, "is being looked at for the first time: ask again then", ("id",)))
    names = chosen(catalog, fields, caller.role)
    public = to_public(Prefix.SEGMENT, segment)
    told = {"segment": public, "format": str(format_), "fields": list(names)}
    job = await enqueue(tx, JobKind.EXPORT, told | {"role": str(caller.role)}, principal=caller, now=occasion.now)
    return Did(key=job, subject=to_public(Prefix.JOB, job), after=told)

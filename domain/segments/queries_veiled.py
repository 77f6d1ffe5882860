"""Whether somebody may be told what a segment's rule asks for, and who is in it."""

from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.segments.entities.withheld import shown, veiled

_VEILED = f"SELECT {veiled('$1::uuid')}"
_SHOWN = f"SELECT {shown('$1::uuid')}"


async def is_veiled(tx: Tx, segment: UUID, caller: Principal) -> bool:
    """Whether the rule asks for personal data that the caller may not read (entities/withheld.py)."""
    return not caller.reads_personal_data and bool(await tx.fetchval(_VEILED, segment))


async def are_shown(tx: Tx, segment: UUID, caller: Principal) -> bool:
    """Whether the caller may be told who is in the segment now, and who comes and goes."""
    return caller.reads_personal_data or bool(await tx.fetchval(_SHOWN, segment))

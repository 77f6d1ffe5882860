"""Whether somebody may be told what a segment's rule asks for."""

from uuid import UUID

from domain.access.principal import Principal
from domain.database import Tx
from domain.segments.entities.withheld import veiled

_VEILED = f"SELECT {veiled('$1::uuid')}"


async def is_veiled(tx: Tx, segment: UUID, caller: Principal) -> bool:
    """Whether the rule asks for personal data that the caller may not read (entities/withheld.py)."""
    return not caller.reads_personal_data and bool(await tx.fetchval(_VEILED, segment))

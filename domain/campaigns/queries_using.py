"""Which campaigns use a segment: as long as they are not over, nobody may put it away."""

from uuid import UUID

from domain.database import Tx
from domain.ids import Prefix, to_public

_USERS = """
SELECT u.campaign_id FROM campaign_segment u JOIN campaign c ON c.campaign_id = u.campaign_id
WHERE u.segment_id = $1 AND c.status NOT IN ('COMPLETED', 'CANCELLED') ORDER BY u.campaign_id
"""


async def users_of(tx: Tx, segment: UUID) -> tuple[str, ...]:
    """By their public ids."""
    return tuple(to_public(Prefix.CAMPAIGN, row["campaign_id"]) for row in await tx.fetch(_USERS, segment))

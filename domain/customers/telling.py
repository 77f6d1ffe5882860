"""What the log tells of a profile: what held of a customer before a deed and after it, as far as it changed."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from domain import consents
from domain.database import Tx
from domain.sqlfile import statements

_SQL = Path(__file__).parent / "sql" / "restate.sql"
Told = Mapping[str, object]


async def told(tx: Tx, customer: UUID) -> Told:
    """What holds of one customer: fields by their names, consents, and identities."""
    found: dict[str, object] = {row[1]: row[2] for row in await tx.fetch(statements(_SQL)["winners"], [customer])}
    for (_, channel, purpose), word in (await consents.holding(tx, [customer])).items():
        expires = None if word.expires_at is None else word.expires_at.isoformat()
        found[f"consents.{channel}.{purpose}"] = {"status": word.status, "source": word.source, "expiresAt": expires}
    for row in await tx.fetch(statements(_SQL)["identities"], [customer]):
        found[f"identities.{row['kind']}.{row['scope']}.{row['value']}"] = {"primary": row["is_primary"]}
    return found


def changed(before: Told, after: Told) -> tuple[dict[str, object], dict[str, object]]:
    """Of each field that changed what was, and what is; what was or is not there is null."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}

"""What is asked of the keys."""

from typing import Final

from asyncpg import Record

from domain.access.principal import Principal
from domain.access.rules import Key, Lock
from domain.database import Tx
from domain.errors import Fault, Refused
from domain.ids import KeyId, Prefix, parse_id
from domain.vocabulary import Role

COLUMNS: Final = (
    "key_id, name, role, source, reads_personal_data, prefix, created_at, last_used_at, expires_at, revoked_at"
)


async def list_keys(tx: Tx) -> list[Key]:
    """All of them, the newest first; revoked ones too, because somebody asks what they were."""
    return [as_key(row) for row in await tx.fetch(f"SELECT {COLUMNS} FROM api_key ORDER BY created_at DESC, key_id")]


async def find_key(tx: Tx, text: str) -> KeyId:
    """The key that a person means by its public id or by the part of it that is shown."""
    if text.startswith("rap_"):
        rows = await tx.fetch("SELECT key_id FROM api_key WHERE prefix = left($1, length(prefix)) LIMIT 2", text)
        if len(rows) == 1:
            return KeyId(rows[0]["key_id"])
        wrong = "names more than one key: use its id, `key_…`" if rows else "names no key: `rapport key list` has them"
        raise Refused(Fault.not_found(wrong, "id"))
    return KeyId(parse_id(Prefix.API_KEY, text, "id"))


async def lock_of(tx: Tx, key_id: KeyId) -> Lock | None:
    """What a presented key of that id is held against."""
    row = await tx.fetchrow(
        "SELECT name, role, source, reads_personal_data, secret_hash, expires_at, revoked_at"
        " FROM api_key WHERE key_id = $1",
        key_id,
    )
    if row is None:
        return None
    principal = Principal(row["name"], Role(row["role"]), row["reads_personal_data"], row["source"], key_id)
    return Lock(principal, row["secret_hash"], row["expires_at"], row["revoked_at"])


async def partner_sources(tx: Tx) -> frozenset[str]:
    """The sources that partners write for, also those whose key was revoked."""
    return frozenset(row[0] for row in await tx.fetch("SELECT DISTINCT source FROM api_key WHERE role = 'PARTNER'"))


def as_key(row: Record) -> Key:
    values = dict(row.items())
    return Key(**values | {"role": Role(values["role"])})

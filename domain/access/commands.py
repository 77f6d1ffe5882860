"""Deeds: make and revoke keys, note that they were used, hold the deployment to its one secret."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.access.queries import COLUMNS, as_key
from domain.access.rules import Key, KeyRequest, NewKey, check_request, new_token, shown_part
from domain.database import Tx
from domain.deployment import Misconfigured, Secret
from domain.errors import Fault, Refused
from domain.ids import KeyId, new_id

_NOTED_EVERY: Final = timedelta(minutes=1)

_OTHER_SECRET: Final = (
    "RAPPORT_SECRET is not the one that this database was started with. Claims, cursors and tombstones in it were made"
    " with the other one, so nothing is started: set the former secret (a backup carries it; the embedded deployment"
    " keeps it beside its data)"
)


async def create_key(tx: Tx, request: KeyRequest, *, now: datetime) -> NewKey:
    """Makes a key. Its text is in the answer and nowhere else."""
    check_request(request, now=now)
    key_id = new_id(now)
    token, secret_hash = new_token(key_id)
    row = await tx.fetchrow(
        "INSERT INTO api_key (key_id, name, role, source, reads_personal_data, prefix, secret_hash, created_at,"
        f" expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {COLUMNS}",
        key_id,
        request.name.strip(),
        request.role,
        (request.source or "").strip() or None,
        request.may_read_personal_data,
        shown_part(token),
        secret_hash,
        now,
        request.expires_at,
    )
    assert row is not None
    return NewKey(as_key(row), token)


async def revoke_key(tx: Tx, key_id: KeyId, *, now: datetime) -> Key:
    """From now on the key opens nothing; revoked again, the first time stays."""
    row = await tx.fetchrow(
        f"UPDATE api_key SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1 RETURNING {COLUMNS}", key_id, now
    )
    if row is None:
        raise Refused(Fault.not_found("names no key", "id"))
    return as_key(row)


async def note_use(tx: Tx, used: Mapping[KeyId, datetime]) -> None:
    """Keeps when keys were last used, to the minute: a key in constant use costs one row a minute."""
    await tx.execute(
        "UPDATE api_key SET last_used_at = used.at FROM unnest($1::uuid[], $2::timestamptz[]) AS used (key_id, at)"
        " WHERE api_key.key_id = used.key_id AND (last_used_at IS NULL OR last_used_at <= used.at - $3::interval)",
        list(used),
        list(used.values()),
        _NOTED_EVERY,
    )


async def settle_secret(tx: Tx, secret: Secret, *, now: datetime) -> None:
    """The first start leaves the secret's fingerprint; a start with another secret is refused by it."""
    await tx.execute(
        "UPDATE settings SET secret_fingerprint = $1, updated_at = $2 WHERE secret_fingerprint IS NULL",
        secret.fingerprint,
        now,
    )
    if await tx.fetchval("SELECT secret_fingerprint FROM settings") != secret.fingerprint:
        raise Misconfigured(_OTHER_SECRET)

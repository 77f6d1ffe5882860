"""The database's roles: what the one that the service runs as may do, and that it may not rewrite the audit log."""

from typing import Final

import asyncpg

from domain.database import Tx
from domain.errors import ErrorCode, Fault, Refused

RESHAPED: Final = ("touchpoint", "customer_score", "customer_score_a", "customer_score_b")
"""What the service itself gives new years, turns and analyses: for that it has to be their owner."""

_STAGING: Final = ("import_", "upload_")
_READ_ONLY: Final = frozenset({"alembic_version"})
_GRANTS: Final = {
    "audit_entry": "SELECT, INSERT, UPDATE (detail, salt)",
    "audit_seal": "SELECT, INSERT",
    "audit_unsealed": "SELECT, INSERT, DELETE",
}
_REST: Final = "SELECT, INSERT, UPDATE, DELETE"

_ROLE = """
SELECT r.rolsuper, pg_has_role(r.oid, current_user, 'MEMBER') AS is_owner,
  pg_has_role(current_user, r.oid, 'MEMBER') AS can_be_given, quote_ident(r.rolname) AS written,
  quote_ident(current_user) AS owner
FROM pg_roles r WHERE r.rolname = $1
"""
_TABLES = """
SELECT c.relname AS name, quote_ident(c.relname) AS written, pg_get_userbyid(c.relowner) AS owner,
  c.relkind = 'v' AS is_view,
  EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) AS is_part
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname
"""
_GIVEN = """
SELECT pg_get_userbyid(s.relowner) FROM pg_class s, pg_class a
WHERE s.oid = to_regclass('customer_score') AND a.oid = to_regclass('audit_entry') AND s.relowner <> a.relowner
"""


async def service_role(tx: Tx) -> str | None:
    """The role that the service was given, if it was given one of its own."""
    found: str | None = await tx.fetchval(_GIVEN)
    return found


async def grant_service(tx: Tx, role: str) -> None:
    """Grants the role exactly what the running service needs; as often as wanted, and again after each migration.

    It owns what it reshapes, and may make tables (imports' staging, temporary ones). Of the audit log it may read,
    add, and empty details. Raises Refused where the role cannot be that, naming the remedy.
    """
    written = await _checked(tx, role)
    try:
        async with tx.transaction():
            await _grant(tx, role, written)
    except asyncpg.InsufficientPrivilegeError as error:
        raise _refused(f"cannot be granted what the service needs: {error}; migrate as the database's owner") from error


async def _checked(tx: Tx, role: str) -> str:
    row = await tx.fetchrow(_ROLE, role)
    if row is None:
        made = f"CREATE ROLE {role} LOGIN PASSWORD '…'"
        raise Refused(Fault.not_found(f"is no role of this server: make it first ({made})", "service-role"))
    if row["rolsuper"] or row["is_owner"]:
        raise _refused("is a superuser, or the owner itself: nothing would keep it from rewriting the audit log")
    if not row["can_be_given"]:
        remedy = f"GRANT {row['written']} TO {row['owner']}"
        raise _refused(f"must be a role that {row['owner']} is a member of, to be given tables: {remedy}")
    return str(row["written"])


async def _grant(tx: Tx, role: str, written: str) -> None:
    await tx.execute("SET LOCAL lock_timeout = '5s'")
    await tx.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {written}")
    for row in await tx.fetch(_TABLES):
        name, table = row["name"], row["written"]
        if name in _GRANTS:
            await tx.execute(f"REVOKE ALL ON {table} FROM {written}, PUBLIC")
        rights = "SELECT" if name in _READ_ONLY else _GRANTS.get(name, _REST)
        if not row["is_part"]:  # rights on a part are those on the whole
            await tx.execute(f"GRANT {rights} ON {table} TO {written}")
        if row["owner"] != role and (name in RESHAPED or row["is_part"] or name.startswith(_STAGING)):
            await tx.execute(f"ALTER {'VIEW' if row['is_view'] else 'TABLE'} {table} OWNER TO {written}")


def _refused(message: str) -> Refused:
    return Refused(Fault(ErrorCode.NOT_ALLOWED, message, ("service-role",)))

"""Deeds on imports for the sake of somebody who is erased: none that names the person is left lying about."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from domain.database import Tx
from domain.errors import Refused
from domain.ledger.commands import end_job
from domain.transfer import commands_uploads
from domain.transfer.commands import lock_key
from domain.transfer.uploads import Upload

WHY: Final = "somebody whom the file names was erased while it waited: send it again without them"
_TABLES = r"""
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND (tablename LIKE 'upload\_%' OR tablename LIKE 'import\_%')
  AND pg_has_role(tableowner, 'MEMBER') ORDER BY 1
"""
_OPEN = "SELECT job_id, status IN ('QUEUED', 'RUNNING') AS open FROM job WHERE job_id = ANY ($1::uuid[])"
_NAMED = re.compile(r"(?:upload|import)_([0-9a-f]{32})(?:_\w+)?")
_ALIVE = "SELECT NOT pg_try_advisory_xact_lock($1)"
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0"
_OF_PERSON = "DELETE FROM {0} WHERE customer = ANY ($1::uuid[]) OR value = ANY ($2::text[])"
_OF_ROW = """
DELETE FROM {0} t WHERE t.customer = ANY ($1::uuid[])
  OR EXISTS (SELECT FROM unnest($2::text[]) AS n (value) WHERE position(to_json(n.value)::text IN t.identities) > 0)
"""


async def bodies(tx: Tx) -> list[Upload]:
    """Those of imports that wait or run; whatever ended ones have left is dropped."""
    found = []
    for job_id, is_open in (await _jobs(tx, await _tables(tx))).items():
        if not is_open:
            await commands_uploads.clear(tx, job_id, upload=True)
            continue
        with suppress(Refused):  # lost in a crash of the database, with its staging
            found.append(await commands_uploads.find_upload(tx, job_id))
    return found


async def _tables(tx: Tx) -> dict[str, UUID]:
    """Whose id each table bears."""
    tables = [row[0] for row in await tx.fetch(_TABLES)]
    return {table: UUID(hex=found[1]) for table in tables if (found := _NAMED.fullmatch(table))}


async def _jobs(tx: Tx, tables: Mapping[str, UUID]) -> dict[UUID, bool]:
    """Those of the ids that are jobs', and whether they are open still."""
    return {row["job_id"]: row["open"] for row in await tx.fetch(_OPEN, list(set(tables.values())))}


async def end(tx: Tx, job_ids: Iterable[UUID]) -> None:
    """From its commit on no attempt of theirs writes anything; what they have left is cleared after it."""
    for job_id in sorted(job_ids):
        await end_job(tx, job_id, WHY)


async def forget_staged(tx: Tx, ids: Sequence[UUID], values: Sequence[str]) -> None:
    """Staging of imports that are no jobs: an operator's, which goes on without the person, or one that was killed."""
    tables = await _tables(tx)
    jobs = await _jobs(tx, tables)
    for table, id_ in tables.items():
        if id_ in jobs:
            continue
        if not await tx.fetchval(_ALIVE, lock_key(id_)):
            await tx.execute(f"DROP TABLE IF EXISTS {table}")
            continue
        columns = {column[0] for column in await tx.fetch(_COLUMNS, table)}
        if "identities" in columns:
            await tx.execute(_OF_ROW.format(table), ids, values)
        elif "customer" in columns:
            await tx.execute(_OF_PERSON.format(table), ids, values)

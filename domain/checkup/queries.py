"""One look at the database's health: what `rapport doctor` judges."""

from dataclasses import dataclass
from datetime import datetime

from domain.database import Tx


@dataclass(frozen=True, slots=True)
class Checkup:
    """Plain findings, as of `now` by the database's clock; judging them is the doctor's."""

    now: datetime
    secret_fingerprint: str | None
    durable: bool
    has_trigrams: bool
    live_keys: int
    stray_touchpoints: int
    customers_without_score: int
    scored_at: datetime | None
    behind: int
    behind_since: datetime | None
    failed_jobs: int
    may_rewrite_audit: bool


async def revision(tx: Tx) -> str | None:
    """Which migration the database is at; None where nothing was ever migrated."""
    if await tx.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await tx.fetchval("SELECT version_num FROM alembic_version")
    return found


async def look(tx: Tx) -> Checkup:
    row = await tx.fetchrow(
        "SELECT now() AS now,"
        " (SELECT secret_fingerprint FROM settings) AS secret_fingerprint,"
        " current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off' AS durable,"
        " EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS has_trigrams,"
        " (SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))"
        " AS live_keys,"
        " (SELECT count(*) FROM touchpoint_default) AS stray_touchpoints,"
        " (SELECT count(*) FROM customer c WHERE c.merged_into IS NULL AND c.erased_at IS NULL AND NOT EXISTS"
        " (SELECT FROM customer_score s WHERE s.customer_id = c.customer_id)) AS customers_without_score,"
        " (SELECT max(finished_at) FROM score_run) AS scored_at,"
        " (SELECT count(*) FROM customer_mark WHERE done < wanted) AS behind,"
        " (SELECT min(changed_at) FROM customer_mark WHERE done < wanted) AS behind_since,"
        " (SELECT count(*) FROM job WHERE status = 'FAILED' AND finished_at > now() - interval '7 days')"
        " AS failed_jobs,"
        " has_table_privilege('audit_entry', 'UPDATE') OR has_table_privilege('audit_entry', 'DELETE')"
        " OR has_table_privilege('audit_seal', 'UPDATE') OR has_table_privilege('audit_seal', 'DELETE')"
        " AS may_rewrite_audit"
    )
    assert row is not None
    return Checkup(**dict(row.items()))

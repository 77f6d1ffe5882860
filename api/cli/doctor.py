"""`rapport doctor`: everything that can be wrong with a deployment, in words, each with its remedy."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from api.cli.reach import DATA_DIR, AsJson, DataDir, deployment
from api.cli.telling import FAILED, say, say_json
from api.migrating import head, revision
from domain import ledger
from domain.checkup import Checkup, look
from domain.database import Tx, connect
from domain.deployment import Deployment, Misconfigured

_OLDEST_POSTGRES = 150000
_SILENT = timedelta(seconds=15)
_LATE = timedelta(minutes=2)
_OLD_SCORES = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and what to do."""

    what: str
    well: bool
    found: str
    remedy: str = ""
    grave: bool = True


def doctor(json: AsJson = False, data_dir: DataDir = DATA_DIR) -> None:
    """Look at everything and say what is wrong and what to do. Exit code 1 where something grave is."""
    findings = asyncio.run(_examine(data_dir))
    if json:
        say_json(findings)
    else:
        for finding in findings:
            sign = "ok  " if finding.well else ("BAD " if finding.grave else "note")
            say(f"{sign} {finding.what}: {finding.found}" + ("" if finding.well else f"\n     → {finding.remedy}"))
    if any(finding.grave and not finding.well for finding in findings):
        sys.exit(FAILED)


async def _examine(data_dir: DataDir) -> list[Finding]:
    try:
        chosen = deployment(data_dir)
    except Misconfigured as error:
        return [Finding("deployment", False, str(error), "set what is missing, or start `rapport up`")]
    findings = [Finding("deployment", True, "DATABASE_URL, REDIS_URL and RAPPORT_SECRET are known")]
    return findings + await _database(chosen) + [await _redis(chosen)]


async def _database(chosen: Deployment) -> list[Finding]:
    try:
        at = await revision(chosen.database_url)
        connection = await connect(chosen.database_url)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return [Finding("Postgres", False, f"does not answer: {error}", "start it, or correct DATABASE_URL")]
    try:
        server = connection.get_server_version()
        number = server.major * 10000
        found = [
            Finding(
                "Postgres",
                number >= _OLDEST_POSTGRES,
                f"version {connection.get_settings().server_version}",
                "use 15 or newer",
            )
        ]
        found.append(
            Finding("migrations", at == head(), f"at {at or 'nothing'}, newest {head()}", "run `rapport migrate`")
        )
        if at != head():
            return found
        return found + [judge(await look(connection), chosen) for judge in _JUDGES] + await _workers(connection)
    finally:
        await connection.close()


def _secret(checkup: Checkup, chosen: Deployment) -> Finding:
    known = checkup.secret_fingerprint in (None, chosen.secret.fingerprint)
    remedy = "start with the RAPPORT_SECRET that the data was made under; `rapport backup` files carry it"
    return Finding(
        "secret", known, "is the data's own" if known else "is not the one that the data was made under", remedy
    )


def _trigrams(checkup: Checkup, _chosen: Deployment) -> Finding:
    found = "pg_trgm is there" if checkup.has_trigrams else "pg_trgm is not there: search reads every name"
    return Finding("search", checkup.has_trigrams, found, "CREATE EXTENSION pg_trgm as a superuser", grave=False)


def _durable(checkup: Checkup, _chosen: Deployment) -> Finding:
    remedy = "set fsync and synchronous_commit to on: what was accepted must survive a power cut"
    return Finding(
        "durability",
        checkup.durable,
        "fsync and synchronous_commit " + ("on" if checkup.durable else "are not on"),
        remedy,
    )


def _keys(checkup: Checkup, _chosen: Deployment) -> Finding:
    remedy = "rapport key create --name you --role admin"
    many = checkup.live_keys
    return Finding("keys", many > 0, f"{many} live API {'key' if many == 1 else 'keys'}", remedy, grave=False)


def _partitions(checkup: Checkup, _chosen: Deployment) -> Finding:
    found = f"{checkup.stray_touchpoints} touchpoints wait in the default partition"
    remedy = "the daily job makes their years; is the worker running?"
    return Finding("partitions", checkup.stray_touchpoints == 0, found, remedy, grave=False)


def _skeletons(checkup: Checkup, _chosen: Deployment) -> Finding:
    found = f"{checkup.customers_without_score} customers without a score row"
    return Finding("scores", checkup.customers_without_score == 0, found, "rapport job start SCORE_CUSTOMERS")


def _freshness(checkup: Checkup, _chosen: Deployment) -> Finding:
    behind = checkup.behind_since is not None and checkup.now - checkup.behind_since > _LATE
    stale = checkup.scored_at is not None and checkup.now - checkup.scored_at > _OLD_SCORES
    found = f"last full scoring {checkup.scored_at or 'never'}, {checkup.behind} changed customers wait"
    return Finding(
        "freshness", not behind and not stale, found, "is the worker running? see `rapport job list`", grave=False
    )


def _failures(checkup: Checkup, _chosen: Deployment) -> Finding:
    found = f"{checkup.failed_jobs} jobs failed within a week"
    return Finding(
        "jobs", checkup.failed_jobs == 0, found, "`rapport job list` shows them with their errors", grave=False
    )


def _audit(checkup: Checkup, _chosen: Deployment) -> Finding:
    who = "the role of this DATABASE_URL"
    found = f"{who} may rewrite the audit log" if checkup.may_rewrite_audit else f"{who} can only add to the audit log"
    remedy = "make a role for web and worker: `rapport migrate --service-role NAME` grants it what they need"
    return Finding("audit log", not checkup.may_rewrite_audit, found, remedy, grave=False)


_JUDGES: tuple[Callable[[Checkup, Deployment], Finding], ...] = (
    _secret, _durable, _trigrams, _keys, _partitions, _skeletons, _freshness, _failures, _audit,
)  # fmt: skip


async def _workers(connection: Tx) -> list[Finding]:
    alive = {beat.part for beat in await ledger.workers_seen(connection) if beat.age < _SILENT}
    return [
        Finding(f"worker ({part})", part in alive, "at work" if part in alive else "silent", "start `rapport worker`")
        for part in ("loop", "worker")
    ]


async def _redis(chosen: Deployment) -> Finding:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(chosen.redis_url, socket_timeout=2, socket_connect_timeout=2)
    ping: Callable[[], Awaitable[object]] = client.ping
    try:
        await ping()
        return Finding("Redis", True, "answers")
    except (OSError, RedisError) as error:
        return Finding(
            "Redis", False, f"does not answer: {error}", "start it: jobs go on without it, slower", grave=False
        )
    finally:
        await client.aclose()

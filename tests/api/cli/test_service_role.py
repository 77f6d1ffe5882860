"""The service under a role of its own: everything that web and worker do is granted, rewriting the log is not."""

import asyncio
import gzip
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from api.app import create_app
from domain import access
from domain.database import connect
from domain.deployment import Deployment, Secret
from domain.vocabulary import Role
from tests.api.cli.terminal import SECRET, Terminal
from tests.support.jobs import house

START = "mutation { jobStart(kind: FIT_VALUE_MODEL) { job { id status } errors { code } } }"


def _as(role: str, url: str) -> str:
    return url.replace(f"//{urlsplit(url).username}@", f"//{role}@")


def _run(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """A role of the test's own: roles are shared by all databases of a server."""
    name = f"service_{secrets.token_hex(6)}"
    _run(database_url, f"CREATE ROLE {name} LOGIN")
    yield name
    _run(database_url, f"DROP OWNED BY {name} CASCADE", f"DROP ROLE {name}")


@pytest.fixture
def owner(tmp_path: Path, database_url: str) -> Terminal:
    return Terminal(tmp_path, database_url)


@pytest.fixture
def service(owner: Terminal, role: str, redis_url: str) -> Terminal:
    said = owner("migrate", "--service-role", role)
    assert said.code == 0, said.err
    assert role in said.out
    return Terminal(owner.folder, _as(role, owner.database_url), redis_url)


@asynccontextmanager
async def web(service: Terminal) -> AsyncIterator[httpx.AsyncClient]:
    """The web process, as the role."""
    deployment = Deployment(service.database_url, service.redis_url, Secret.parse(SECRET))
    app = create_app(deployment, pool=2)
    async with app.opened(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rapport") as client:
        async with app.house.db.transaction() as tx:
            key = await access.create_key(tx, access.KeyRequest("Test", Role.ADMIN), now=datetime.now(UTC))
        client.headers["authorization"] = f"Bearer {key.token}"
        yield client


async def ask(client: httpx.AsyncClient, text: str, key: str | None = None) -> Any:
    headers = {"idempotency-key": key} if key else {}
    answer = (await client.post("/graphql", json={"query": text}, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def test_web_asks_and_writes(service: Terminal) -> None:
    async with web(service) as client:
        for _ in range(2):
            started = (await ask(client, START, "once"))["jobStart"]
            assert (started["errors"], started["job"]["status"]) == ([], "QUEUED")
        log = await ask(client, "{ auditLog { nodes { action subject actor } } customers { totalCount } }")
        assert log["auditLog"]["nodes"] == [{"action": "jobStart", "subject": started["job"]["id"], "actor": "Test"}]


NOT_ITS_BUSINESS = [
    "UPDATE audit_entry SET actor = 'nobody'",
    "UPDATE audit_entry SET commitment = ''",
    "UPDATE audit_entry SET entered_at = now()",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "DROP TABLE audit_entry",
    "ALTER TABLE audit_entry ADD COLUMN x int",
    "UPDATE audit_seal SET chained = ''",
    "DELETE FROM audit_seal",
    "TRUNCATE audit_seal",
    "DROP TABLE audit_seal",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP TABLE customer",
    "ALTER TABLE customer DISABLE TRIGGER ALL",
    "CREATE RULE no AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
]


@pytest.mark.parametrize("statement", NOT_ITS_BUSINESS)
def test_rewriting_the_log_is_not_granted(service: Terminal, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _run(service.database_url, statement)


def test_details_can_be_emptied(service: Terminal) -> None:
    _run(service.database_url, "UPDATE audit_entry SET detail = NULL, salt = NULL")


def orders(folder: Path) -> str:
    """A file of orders over several years, one of which has no partition yet."""
    path = folder / "orders.ndjson.gz"
    rows = [
        {
            "customer": {"identity": {"kind": "EMAIL", "value": f"ada{at % 7}@example.org"}},
            "source": "shop",
            "externalId": f"O-{at}",
            "orderedAt": f"{year}-03-0{1 + at % 9}T10:00:00Z",
            "channel": "WEB",
            "lines": [{"sku": "A", "quantity": 1, "unitPrice": "9.90", "unitCost": "4.00"}],
        }
        for at, year in enumerate([1995, 2024, 2025, 2026] * 20)
    ]
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in [*rows]).encode()))
    return str(path)


def test_files_are_imported_into_years_that_were_not_there(service: Terminal) -> None:
    products = service.folder / "products.ndjson"
    products.write_text('{"sku": "A", "name": "Apple", "price": "9.90"}')
    assert service("import", "products", str(products)).code == 0
    said = service("import", "orders", orders(service.folder), "--json")
    assert (said.code, json.loads(said.out)["created"]) == (0, 80)


async def give_work(service: Terminal) -> None:
    """What people ask of the worker over HTTP: a file to record, a person to hand over and to forget, scores."""
    touch = {"channel": "WEB", "kind": "VISIT", "occurredAt": "1993-03-01T09:30:00Z", "source": "shop"}
    who = {"customer": {"identity": {"kind": "EMAIL", "value": "ada0@example.org"}}}
    rows = "\n".join(json.dumps(touch | who | {"externalId": f"T-{at}"}) for at in range(50))
    async with web(service) as client:
        sent = await client.post("/imports/touchpoints", content=rows, headers={"content-type": "application/x-ndjson"})
        assert sent.status_code == 202, sent.text
        ada, bob = [
            (await ask(client, f'{{ customerByIdentity(kind: EMAIL, value: "ada{at}@example.org") {{ id }} }}'))
            for at in range(2)
        ]
        ids = ada["customerByIdentity"]["id"], bob["customerByIdentity"]["id"]
        for deed in ("customerExport", "customerErase"):
            for id_ in ids if deed == "customerExport" else ids[1:]:
                done = (await ask(client, f'mutation {{ {deed}(customer: "{id_}") {{ errors {{ message }} }} }}'))[deed]
                assert done["errors"] == []
        await ask(client, "mutation { jobStart(kind: SCORE_CUSTOMERS) { errors { message } } }")


@pytest.mark.proof
def test_the_worker_carries_out_everything(service: Terminal, redis_url: str, tmp_path: Path) -> None:
    test_files_are_imported_into_years_that_were_not_there(service)

    async def work() -> None:
        await give_work(service)
        async with house(service.database_url, redis_url, tmp_path) as workers:
            workers.environment["RAPPORT_SECRET"] = SECRET
            workers.start("product-loop")
            workers.start("product-worker")
            async with workers.db.transaction() as tx:
                jobs = await tx.fetch("SELECT job_id, kind FROM job")
            assert [row["kind"] for row in jobs].count("EXPORT") == 2
            for row in jobs:
                ended = await workers.ended(row["job_id"])
                assert ended.status == "SUCCEEDED", (ended, workers.said())
            caught_up = "SELECT (NOT EXISTS (SELECT FROM customer_mark WHERE done < wanted))::int"
            await workers.until(lambda: workers.number(caught_up), 1)
            async with workers.db.connection() as connection:
                entries = [entry["name"] for entry in await connection.fetch("SELECT name FROM schedule")]
                assert {"seal-audit", "tidy-answers", "touchpoint-years", "tidy"} <= set(entries)
            async with workers.db.transaction() as tx:
                await tx.execute("UPDATE schedule SET next_at = now() WHERE kind IS NULL")
            fired = "SELECT (NOT EXISTS (SELECT FROM schedule WHERE kind IS NULL AND last_at IS NULL))::int"
            await workers.until(lambda: workers.number(fired), 1)
            assert "failed" not in workers.said()
            assert "permission denied" not in workers.said()
            sealed = "SELECT (NOT EXISTS (SELECT FROM audit_unsealed))::int"
            await workers.until(lambda: workers.number(sealed), 1)

    asyncio.run(work())
    verified = service("audit", "verify", "--json")
    assert (verified.code, json.loads(verified.out)["sealed"]) == (0, 5)  # a file, two exports, one erasure, scores


def test_the_doctor_tells_who_may_rewrite_the_log(owner: Terminal, service: Terminal) -> None:
    def told(terminal: Terminal) -> Any:
        findings = json.loads(terminal("doctor", "--json").out)
        return next(finding for finding in findings if finding["what"] == "audit log")

    assert (told(owner)["well"], told(owner)["grave"]) == (False, False)
    assert "rapport migrate --service-role" in told(owner)["remedy"]
    assert told(service)["well"]


def test_later_migrations_keep_it_up(owner: Terminal, service: Terminal) -> None:
    """What a migration adds is granted without anybody saying the role's name again."""
    _run(owner.database_url, "CREATE TABLE later (x int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _run(service.database_url, "SELECT x FROM later")
    assert owner("migrate").code == 0
    _run(service.database_url, "SELECT x FROM later")


@pytest.mark.parametrize("name", ["nobody_of_that_name", "the owner"])
def test_a_role_that_cannot_be_it_is_refused(owner: Terminal, name: str) -> None:
    name = urlsplit(owner.database_url).username or "" if name == "the owner" else name
    said = owner("migrate", "--service-role", name)
    assert said.code == 2
    assert said.err.startswith("error: service-role: ")


@pytest.mark.proof
async def test_an_owner_who_is_no_superuser_has_to_be_a_member(database_url: str, role: str, tmp_path: Path) -> None:
    """The whole way of an operator: a database of one's own, migrated, given to the service."""
    owner, name = f"owner_{role}", f"db_{role}"
    admin = await connect(database_url)
    await admin.execute(f"CREATE ROLE {owner} LOGIN")
    await admin.execute(f"CREATE DATABASE {name} OWNER {owner}")
    url = database_url.replace(urlsplit(database_url).path, f"/{name}")
    try:
        rapport = Terminal(tmp_path, _as(owner, url))
        refused = await asyncio.to_thread(rapport, "migrate", "--service-role", role)
        assert refused.code == 2
        assert f"GRANT {role} TO {owner}" in refused.err
        await admin.execute(f"GRANT {role} TO {owner}")
        for _ in range(2):
            said = await asyncio.to_thread(rapport, "migrate", "--service-role", role)
            assert said.code == 0, said.err
        service = Terminal(tmp_path, _as(role, url))
        await asyncio.to_thread(test_files_are_imported_into_years_that_were_not_there, service)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.execute(f"DROP ROLE {owner}")
        await admin.close()

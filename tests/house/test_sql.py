"""SQL lives where it may, migrations are letters that block nobody, and the model is what the migrations make."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from domain.tables import metadata
from migrations.letters import is_declared
from tests.house.checkout import ROOT, files, modules, told, tree

LOOKS_LIKE_SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(UNLOGGED\s+)?TABLE|TRUNCATE)\b",
    re.DOTALL,
)
MAY_HOLD_SQL = re.compile(
    r"domain/(\w+/)*(queries|commands)(_\w+)?\.py|domain/\w+/(queries|commands)/\w+\.py|domain/query/.*|domain/ledger/.*"
    r"|domain/\w+/entity\.py|domain/\w+/entities/.*|domain/(settings|outbox|columns)\.py|migrations/.*"
)


def test_sql_lives_in_its_places_only() -> None:
    """Else: move it to the feature's queries.py, commands.py or a .sql file."""
    others = [path for path in modules("api", "schema", "domain", "jobs") if not MAY_HOLD_SQL.fullmatch(told(path))]
    found = {told(path): [text for text in _strings(tree(path)) if LOOKS_LIKE_SQL.search(text)] for path in others}
    assert not {place: texts for place, texts in found.items() if texts}


def _strings(module: ast.Module) -> Iterator[str]:
    documented = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


@pytest.mark.parametrize("path", [p for p in files(".sql") if "migrations" in p.parts], ids=told)
def test_a_migration_blocks_nobody(path: Path) -> None:
    """The first migration runs on an empty database, so nothing in it can block; later ones have no such excuse."""
    excused = "require-concurrent-index-creation,require-timeout-settings,prefer-robust-stmts"
    excused += ",prefer-bigint-over-int,prefer-bigint-over-smallint,require-lock-timeout,require-statement-timeout"
    rules = (
        [f"--exclude={excused}"]
        if path.name.startswith("0001")
        else ["--exclude=require-timeout-settings", "--assume-in-transaction"]
    )
    command = [str(Path(sys.executable).parent / "squawk"), *rules, "--pg-version=15.0", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_the_model_is_what_the_migrations_make(database_url: str) -> None:
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_differences)
    finally:
        await engine.dispose()
    assert not differences


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_declared})
    return list(compare_metadata(context, metadata))


async def test_checks_and_collations_are_those_of_the_model(database_url: str) -> None:
    """What Alembic's comparison does not see: CHECK constraints, by name, and the collation of fold keys."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conparentid = 0 AND conrelid IN"
            " (SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition)"
        )
        folds = await connection.fetch(
            "SELECT table_name || '.' || column_name AS at, collation_name FROM information_schema.columns"
            " WHERE column_name LIKE '%\\_fold' AND collation_name = 'C' AND table_schema = 'public'"
        )
    finally:
        await connection.close()
    declared = {str(c.name) for table in metadata.tables.values() for c in table.constraints if "known" in str(c.name)}
    assert {row["conname"] for row in rows} == declared
    folded = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if getattr(column.type, "collation", None) == "C"
    }
    assert {row["at"] for row in folds} == folded


async def test_nothing_in_the_database_acts_by_itself(database_url: str) -> None:
    """No triggers, no rules, no row policies."""
    connection = await asyncpg.connect(database_url)
    try:
        assert not await connection.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        assert not await connection.fetchval("SELECT count(*) FROM pg_policy")
        rules = "SELECT count(*) FROM pg_rules WHERE schemaname = 'public'"
        assert not await connection.fetchval(rules)
        assert not await connection.fetchval("SELECT count(*) FROM pg_type WHERE typtype = 'e'")
    finally:
        await connection.close()

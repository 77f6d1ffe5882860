"""How it is told that something went wrong: codes, request ids, nothing leaked, and connections fit for the next."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from schema import execution, patience
from schema.execution import Answer
from tests.schema.world import ask
from tests.support.waiting import WAITING

ANALYST = Principal("reader", Role.ANALYST)
FILTERED = "query Q($w: ProductFilter) { products(where: $w) { totalCount } }"
PRODUCTS = "{ products { totalCount } }"


def only_error(answer: Answer) -> Any:
    [error] = orjson.loads(answer.body)["errors"]
    assert error["extensions"]["requestId"] == "req-1"
    assert error["extensions"]["code"] == answer.code
    return error


def has_data(answer: Answer) -> bool:
    return "data" in orjson.loads(answer.body)


async def until_nobody_waits(db: Database) -> None:
    """The database is told to end the statement too; it does so a moment later."""
    async with asyncio.timeout(20), db.connection() as connection:
        while await connection.fetchval(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture
def impatient() -> Iterator[pytest.MonkeyPatch]:
    """Until it is undone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patience, "PATIENCE", dict.fromkeys(Role, timedelta(seconds=0.3)))
        yield patch


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_a_question_that_takes_too_long_is_ended_and_told(
    database_url: str, db: Database, way: Any, impatient: pytest.MonkeyPatch
) -> None:
    one = Database(database_url, size=1)
    async with db.transaction() as tx:
        await tx.execute("LOCK TABLE product")
        answer = await ask(one, ANALYST, PRODUCTS, way=way)
        assert (answer.code, answer.executed, answer.unexpected) == ("TIMEOUT", False, ())
        assert not has_data(answer)
        await until_nobody_waits(db)
    impatient.undo()  # the second answer may take its time
    again = await ask(one, ANALYST, PRODUCTS, way=way)
    assert orjson.loads(again.body)["data"] == {"products": {"totalCount": 0}}
    await one.close()


@pytest.mark.usefixtures("impatient")
async def test_a_deed_that_takes_too_long_is_undone_and_told(database_url: str, db: Database) -> None:
    one = Database(database_url, size=1)
    text = "mutation { a: jobStart(kind: SCORE_CUSTOMERS) { errors { code } } }"
    async with db.transaction() as tx:
        await tx.execute("LOCK TABLE job IN SHARE MODE")
        answer = await ask(one, OPERATOR, text)
        assert (answer.code, answer.executed, answer.unexpected) == ("TIMEOUT", False, ())
    async with one.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM job") == 0
    await one.close()


async def test_when_every_connection_is_busy_it_is_told_at_once(database_url: str) -> None:
    one = Database(database_url, size=1, wait=timedelta(seconds=0.05))
    async with one.connection():
        for text in (PRODUCTS, "mutation { jobStart(kind: SCORE_CUSTOMERS) { errors { code } } }"):
            answer = await ask(one, OPERATOR, text)
            assert (answer.code, answer.executed) == ("UNAVAILABLE", False)
    await one.close()


async def test_a_database_that_is_away_is_told_and_handed_on(tmp_path: object) -> None:
    answer = await ask(Database(f"postgresql:///nothing?host={tmp_path}"), ANALYST, PRODUCTS)
    assert (answer.code, answer.executed, len(answer.unexpected)) == ("UNAVAILABLE", False, 1)
    assert str(tmp_path) not in answer.body.decode()


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_what_nobody_expected_is_masked(db: Database, monkeypatch: pytest.MonkeyPatch, way: Any) -> None:
    async def broken(*_: object) -> bytes:
        raise RuntimeError("SELECT secret FROM customer")

    monkeypatch.setattr(execution, "run", broken)
    answer = await ask(db, ANALYST, PRODUCTS, way=way)
    error = only_error(answer)
    assert (answer.code, answer.executed, has_data(answer)) == ("INTERNAL", False, False)
    assert "secret" not in error["message"]
    assert [str(cause) for cause in answer.unexpected] == ["SELECT secret FROM customer"]


async def test_a_mutation_that_breaks_undoes_what_went_before(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> object:
        raise RuntimeError("broke")

    monkeypatch.setattr("domain.ledger.cancel_job", broken)
    text = """mutation {
      jobStart(kind: SCORE_CUSTOMERS) { job { status } }
      jobCancel(id: "job_%s") { job { status } }
    }"""
    answer = await ask(db, OPERATOR, text % ("0" * 32))
    assert orjson.loads(answer.body)["data"] is None
    assert (answer.executed, answer.code, only_error(answer)["path"]) == (True, "INTERNAL", ["jobCancel"])
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM job") == 0


@pytest.mark.parametrize(
    ("text", "variables", "words"),
    [
        ("query Q($n: Int!) { jobs(first: $n) { totalCount } }", {}, "$n"),
        ("query Q($n: Int!) { jobs(first: $n) { totalCount } }", {"n": 2**31}, "32-bit"),
        (
            "query Q($w: ProductFilter) { products(where: $w) { totalCount } }",
            {"w": {"price": {"gt": "NaN"}}},
            "price.gt",
        ),
        ("query Q($w: ProductFilter) { products(where: $w) { totalCount } }", {"w": {"colour": 1}}, "colour"),
        ("query Q($s: String!) { products(search: $s) { totalCount } }", {"s": "\0"}, "NUL"),
        ("query Q($s: ID!) { job(id: $s) { status } }", {"s": ["x"]}, "ID"),
        ("mutation M($k: JobKind!) { jobStart(kind: $k) { errors { code } } }", {"k": "NOTHING"}, "NOTHING"),
    ],
)
async def test_variables_that_do_not_fit_are_told_by_name(
    db: Database, text: str, variables: dict[str, Any], words: str
) -> None:
    answer = await ask(db, OPERATOR, text, variables)
    error = only_error(answer)
    assert (answer.code, answer.executed, has_data(answer)) == ("INVALID", False, False)
    assert words in error["message"]
    assert error["locations"]


async def test_lists_of_errors_are_capped(db: Database) -> None:
    text = "query Q($k: [JobKind!]) { jobs(kind: $k) { totalCount } }"
    answer = await ask(db, OPERATOR, text, {"k": ["NOTHING"] * 1_000})
    assert len(orjson.loads(answer.body)["errors"]) <= 21


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_a_question_too_many_is_refused_with_the_remedy(db: Database, way: Any) -> None:
    text = "{ customers(first: 250) { nodes { orders(first: 250) { nodes { lines { product { name } } } } } } }"
    answer = await ask(db, OPERATOR, text, way=way)
    assert (answer.code, answer.executed) == ("TOO_COSTLY", False)
    assert "first" in only_error(answer)["message"]


async def test_introspection_and_type_names_are_answered(db: Database) -> None:
    text = """{ __typename __schema { queryType { name } } __type(name: "Job") { fields { name } }
                jobs { __typename totalCount } }"""
    answer = await ask(db, ANALYST, text)
    data = orjson.loads(answer.body)["data"]
    assert list(data) == ["__typename", "__schema", "__type", "jobs"]
    assert data["__schema"] == {"queryType": {"name": "Query"}}
    assert data["jobs"] == {"__typename": "JobConnection", "totalCount": 0}

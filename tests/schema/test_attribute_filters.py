"""Filters on declared attributes: who may not read personal data does not find out who has which either."""

from dataclasses import replace

import orjson
import pytest

from api.auth import KeyRing
from api.house import House
from domain.access.principal import Principal
from domain.customers.attributes import Declaration
from domain.customers.declaring import establish
from domain.database import Database
from domain.deployment import Deployment, Secret
from domain.vocabulary import AttributeType, Role
from schema.execution import execute
from tests.schema.arguments import NOW
from tests.schema.world import context, prepare

READER = Principal("reader", Role.ANALYST)
TEXT = """query ($n: String!) {
  customers(where: {attributes: [{name: $n, exists: true}]}) { totalCount }
}"""


async def declared(db: Database, name: str, *, personal: bool) -> None:
    async with db.transaction() as tx:
        await establish(tx, Declaration(name, AttributeType.STRING, personal), NOW)


async def test_only_what_is_declared_and_not_personal_is_asked_for(db: Database) -> None:
    await declared(db, "hat", personal=True)
    await declared(db, "shoe", personal=False)
    house = House(Deployment("", "", Secret.parse("ab" * 32)), db, KeyRing(db))
    await house.read_settings()
    prepared = prepare(TEXT)

    async def code(caller: Principal, name: str) -> object:
        asking = replace(context(db, caller), attributes=house.attributes)
        answer = await execute(prepared, {"n": name}, asking)
        [error] = orjson.loads(answer.body).get("errors") or [{"extensions": {"code": None}}]
        assert error["extensions"]["code"] == answer.code
        assert answer.code is None or "name" in error["message"]
        return answer.code

    # One document, one plan: it is judged anew whenever it is asked.
    for _ in range(2):
        assert await code(READER, "shoe") is None
        assert await code(READER, "hat") == "NOT_ALLOWED"
        assert await code(READER, "coat") == "INVALID"
        assert await code(replace(READER, reads_personal_data=True), "hat") is None
    await declared(db, "shoe", personal=True)
    await house.read_settings()
    assert await code(READER, "shoe") == "NOT_ALLOWED"


@pytest.mark.parametrize("personal", [True, False])
async def test_the_statement_leaves_out_what_became_personal_since(db: Database, personal: bool) -> None:
    await declared(db, "hat", personal=personal)
    answer = await execute(prepare(TEXT), {"n": "hat"}, context(db, READER))
    assert answer.code is None

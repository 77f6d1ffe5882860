"""Looking people up by what they are known by is counted a key, each alias and either way, before anything is read."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from domain.access.allowance import Allowance
from domain.database import Database
from schema.execution import Answer, Way, execute
from tests.schema.world import CALLERS, context, prepare

_ONE = 'customerByIdentity(kind: EMAIL, value: "nobody@example.org") { id }'


@pytest.mark.parametrize("way", ["auto", "standard"])
async def test_each_alias_counts_and_each_key_has_its_own(db: Database, way: Way) -> None:
    allowance = Allowance(10)
    prepared = prepare(f"query ($more: Boolean!) {{ a: {_ONE} b: {_ONE} ... @include(if: $more) {{ c: {_ONE} }} }}")

    async def ask(who: int = 0, *, more: bool = False, seconds: int = 0) -> Answer:
        asked = context(db, CALLERS[who])
        asked = replace(asked, lookups=allowance, now=asked.now + timedelta(seconds=seconds))
        return await execute(prepared, {"more": more}, asked, way=way)

    assert [(await ask()).code for _ in range(4)] == [None] * 4
    refused = await ask(more=True)
    assert (refused.code, refused.executed) == ("RATE_LIMITED", False)
    [told] = orjson.loads(refused.body)["errors"]
    assert told["message"].startswith(
        "customerByIdentity may be asked 10 times a minute with one key: ask again in 6 s"
    )
    assert [(await ask()).code for _ in range(2)] == [None, "RATE_LIMITED"]
    assert (await ask(1)).code is None
    assert (await ask(more=True, seconds=18)).code is None


async def test_what_looks_nobody_up_is_not_counted(db: Database) -> None:
    asked = replace(context(db, CALLERS[0]), lookups=Allowance(0))
    assert (await execute(prepare("{ customers { nodes { id } } viewer { name } }"), None, asked)).code is None

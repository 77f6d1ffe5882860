"""The floor: a bare ASGI app that sends Postgres's own JSON for hand-written statements.

No key, no roles, no limits, no GraphQL: what any server on this Postgres, uvicorn and asyncpg cannot be quicker than
by much. Run as `uvicorn tests.bench.read.floor:app` with DATABASE_URL.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from domain.database import Database

# Decimals as the contract tells them: at least two places, no zeros after them.
_DECIMAL = r"CASE WHEN \1 = round(\1, 2) THEN round(\1, 2) ELSE trim_scale(\1) END::text"
_HEADERS = [(b"content-type", b"application/json")]


def statement(name: str) -> str:
    text = (Path(__file__).parent / f"{name}.sql").read_text()
    return re.sub(r"\bdecimal\(([\w.]+)\)", _DECIMAL, text)


STATEMENTS = {name: statement(name) for name in ("customer", "list", "nested", "timeline", "profitability")}
database = Database(os.environ.get("DATABASE_URL", ""), size=10)


def _arguments(name: str, given: dict[str, str]) -> list[object]:
    if name in ("customer", "timeline"):
        return [UUID(hex=given["id"])]
    page: list[object] = [given["tier"], given["band"]]
    if name == "profitability":
        page += [date.fromisoformat(given["from"]), date.fromisoformat(given["until"])]
    return page


async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = orjson.loads(body)
    name = asked["question"]
    async with database.connection() as connection:
        answer = await connection.fetchval(STATEMENTS[name], *_arguments(name, asked["variables"]))
    told = b'{"data":' + answer + b"}"
    length = (b"content-length", str(len(told)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
    await send({"type": "http.response.body", "body": told})

"""The floor of a page of members: a bare ASGI app that sends Postgres's own JSON for one hand-written statement.

No key, no roles, no limits, no GraphQL. Run as `uvicorn tests.bench.segments.floor:app` with DATABASE_URL.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import orjson

from domain.database import Database

_HEADERS = [(b"content-type", b"application/json")]
_PAGE = Path(__file__).with_name("floor.sql").read_text()
database = Database(os.environ.get("DATABASE_URL", ""), size=10)


async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    async with database.connection() as connection:
        answer = await connection.fetchval(_PAGE, orjson.loads(body)["number"])
    told = b'{"data":' + answer + b"}"
    length = (b"content-length", str(len(told)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, length]})
    await send({"type": "http.response.body", "body": told})

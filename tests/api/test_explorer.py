"""The explorer: its files are sent right, and a real browser gives a key, types a question and reads the answer."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from api import explorer

HERE = Path(explorer.__file__).parent


@pytest.fixture
def files() -> httpx.AsyncClient:
    """A client of the routes alone, which announces no encoding of its own accord."""
    transport = httpx.ASGITransport(Starlette(routes=explorer.routes()))
    return httpx.AsyncClient(transport=transport, base_url="http://rapport", headers={"accept-encoding": "identity"})


async def test_the_page_runs_nothing_inline_and_loads_nothing_from_elsewhere(files: httpx.AsyncClient) -> None:
    answer = await files.get("/explorer")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|https?://", answer.text)


@pytest.mark.parametrize("name", ["explorer.js", "explorer.css", "LICENCES.txt"])
async def test_files_are_sent_packed_or_unpacked(files: httpx.AsyncClient, name: str) -> None:
    plain = await files.get(f"/explorer/{name}")
    assert "content-encoding" not in plain.headers
    async with files.stream("GET", f"/explorer/{name}", headers={"accept-encoding": "br;q=1, gzip;q=.5"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        packed = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert len(packed) == int(answer.headers["content-length"])
    assert gzip.decompress(packed) == plain.content
    refused = await files.get(f"/explorer/{name}", headers={"accept-encoding": "gzip;q=0, *"})
    assert "content-encoding" not in refused.headers
    assert refused.content == plain.content


async def test_a_browser_that_has_the_file_gets_it_once(files: httpx.AsyncClient) -> None:
    first = await files.get("/explorer/explorer.js")
    again = await files.get("/explorer/explorer.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_licences_name_every_bundled_package(files: httpx.AsyncClient) -> None:
    told = (await files.get("/explorer/LICENCES.txt")).text
    for name in ("graphiql", "@graphiql/react", "graphql", "graphql-ws", "react", "react-dom", "codemirror"):
        assert re.search(rf"^{re.escape(name)} \d+\.\d+\.\d+ \(", told, re.MULTILINE), name
    texts = told.split("\n" + "-" * 80 + "\n")
    assert len(texts) > 70
    assert [text[:60] for text in texts if len(text) < 500] == []


def test_what_is_committed_stays_small_and_names_no_registry() -> None:
    assert sum(file.stat().st_size for file in (HERE / "static").iterdir()) < 1_000_000
    lock = (HERE / "page" / "package-lock.json").read_text()
    assert "integrity" in lock
    assert "://" not in lock


def _browser() -> str:
    from tests.support import chromium

    if program := chromium.find():
        return program
    if os.environ.get("CI") == "true":
        pytest.fail("CI installs chromium, and there is none")
    pytest.skip("no chromium on this machine")

"""The explorer: its files are sent right, and a real browser gives a key, types a question and reads the answer."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from api import explorer
from domain.vocabulary import Role
from tests.api.conftest import Running, key_for
from tests.support import chromium

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


@pytest.fixture
def browser() -> str:
    """The browser's program. CI installs one, so there its absence is a failure."""
    if program := chromium.find():
        return program
    if os.environ.get("CI") == "true":
        pytest.fail("CI installs chromium, and there is none")
    pytest.skip("there is no chromium on this machine")


@pytest.fixture
async def tab(browser: str, running: Running) -> AsyncIterator[chromium.Tab]:
    """The explorer of a real web process, open in a real browser."""
    async with chromium.launch(browser) as tab:
        await tab.open(f"{running.url}/explorer")
        yield tab


EDITOR = ".graphiql-query-editor .CodeMirror"
RESULT = (
    "(() => { const e = document.querySelector('.result-window .CodeMirror'); return e && e.CodeMirror.getValue() })()"
)


async def give(tab: chromium.Tab, key: str) -> None:
    await tab.click("#key")
    await tab.ask("document.querySelector('#key').select()")
    await tab.type(key)
    await tab.click("button[type=submit]")


async def ask(tab: chromium.Tab, question: str) -> dict[str, Any]:
    """Types the question in place of the one that is there, runs it, and reads what the page shows."""
    await tab.click(f"{EDITOR}-lines")
    await tab.press("a", 65, control=True, command="selectAll")
    await tab.type(question)
    await tab.press("Enter", 13, control=True)
    shown: dict[str, Any] = orjson.loads(await tab.until(RESULT))
    return shown


@pytest.mark.browser
@pytest.mark.proof
async def test_a_key_is_given_a_question_typed_and_its_answer_read(tab: chromium.Tab, running: Running) -> None:
    key = await key_for(running, Role.ANALYST)
    await give(tab, "rap_nobody_has_this_key")
    assert "not accepted" in await tab.until("document.querySelector('[role=alert]').innerText")
    refused = tab.problems.pop()
    assert "401" in refused
    assert tab.problems == []

    await give(tab, key.token)
    await tab.until(f"!!document.querySelector('{EDITOR}')")
    shown = await ask(tab, "{ viewer { role } }")
    assert shown["data"] == {"viewer": {"role": "ANALYST"}}

    # The schema was read with the key as well: the documentation shows what can be asked.
    await tab.click("button[aria-label='Show Documentation Explorer']")
    await tab.until("document.querySelector('.graphiql-doc-explorer').innerText.includes('Query')")
    assert key.token in await tab.ask("JSON.stringify({...sessionStorage})")
    assert await tab.ask("JSON.stringify([{...localStorage}, document.cookie])") == '[{},""]'
    assert {urlsplit(address).netloc for address in tab.asked} == {f"127.0.0.1:{running.port}"}
    assert tab.problems == []

    await tab.click("button.leave")
    await tab.until("!!document.querySelector('#key')")
    assert await tab.ask("sessionStorage.length") == 0


@pytest.mark.browser
@pytest.mark.proof
async def test_a_subscription_goes_over_the_socket_with_the_key(tab: chromium.Tab, running: Running) -> None:
    key = await key_for(running)
    await give(tab, key.token)
    await tab.until(f"!!document.querySelector('{EDITOR}')")
    shown = await ask(tab, f'subscription {{ jobProgress(id: "job_{"0" * 32}") {{ id }} }}')
    assert [error["extensions"]["code"] for error in shown["errors"]] == ["NOT_FOUND"]
    assert running.socket_url in tab.asked
    assert tab.problems == []

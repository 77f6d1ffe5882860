"""A headless chromium driven over the DevTools protocol: just enough to open a page, type and read.

`launch()` gives a `Tab`. It records what went wrong in the page (`problems`) and every address asked (`asked`).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.support.waiting import PATIENCE

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    "--remote-debugging-port=0",
]


def find() -> str | None:
    """The browser's program, or None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Moving(Exception):
    """The page that was asked is just giving way to another."""


class Tab:
    """One page. Commands are answered by number; everything else that arrives is an event."""

    def __init__(self, socket: ClientConnection) -> None:
        self.problems: list[str] = []
        self.asked: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for raw in self._socket:
            message = orjson.loads(raw)
            if "id" in message:
                self._waiting.pop(message["id"]).set_result(message)
            else:
                self._note(message["method"], message["params"])

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.asked.append(params["url"])
        elif event == "Runtime.exceptionThrown":
            self.problems.append(str(params["exceptionDetails"]))
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._socket.send(orjson.dumps({"id": number, "method": method, "params": params}), text=True)
        message = await asyncio.wait_for(answer, PATIENCE)
        if "context" in str(message.get("error")):
            raise Moving(message["error"])
        assert "error" not in message, message["error"]
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, address: str) -> None:
        """Goes to an address; what it shows is waited for with `until`."""
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.send(f"{domain}.enable")
        await self.send("Page.navigate", url=address)

    async def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        said = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    async def until(self, expression: str) -> Any:
        """The value once it is truthy; what the page shows and complains of is told if it never is."""
        for _ in range(int(PATIENCE / 0.05)):
            with suppress(Moving):
                if value := await self.ask(expression):
                    return value
            await asyncio.sleep(0.05)
        shown = await self.ask("document.body.innerText")
        raise AssertionError(f"never: {expression}\nproblems: {self.problems}\nshown: {shown}")

    async def click(self, selector: str) -> None:
        """A real mouse click in the middle of the first element that matches."""
        box = await self.until(
            f"(() => {{ const e = document.querySelector({selector!r}); if (!e) return null;"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + Math.min(b.height / 2, 200)] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    async def type(self, text: str) -> None:
        """Text into whatever has the focus."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, code: int, *, control: bool = False, command: str | None = None) -> None:
        """One key; `command` names the editing command that the browser ties to it."""
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
        commands = {"commands": [command]} if command else {}
        await self.send("Input.dispatchKeyEvent", type="rawKeyDown", **common, **commands)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **common)


async def _page(port: int) -> str:
    """The socket's address of the one page; the browser opens its port before it has one."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        for _ in range(int(PATIENCE / 0.05)):
            told = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
            if pages := [page["webSocketDebuggerUrl"] for page in told if page["type"] == "page"]:
                return str(pages[0])
            await asyncio.sleep(0.05)
    raise AssertionError("the browser never opened a page")


async def _port(profile: Path) -> int:
    for _ in range(int(PATIENCE / 0.05)):
        told = profile / "DevToolsActivePort"
        if told.exists() and (text := told.read_text()).count("\n"):
            return int(text.split("\n")[0])
        await asyncio.sleep(0.05)
    raise AssertionError("the browser never opened its port")


@asynccontextmanager
async def launch(program: str) -> AsyncIterator[Tab]:
    """A fresh browser with an empty profile; it and its children are gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            *_FLAGS,
            f"--user-data-dir={folder}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            address = await _page(await _port(Path(folder)))
            async with connect(address, max_size=None, proxy=None, open_timeout=PATIENCE, ping_interval=None) as socket:
                yield Tab(socket)
        finally:
            # The browser is many processes: its whole session goes.
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

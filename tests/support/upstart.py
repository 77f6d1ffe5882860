"""`rapport up` as a person starts it: a process of its own, its words read, its children found."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.up.child import Account
from api.up.place import Place
from tests.support.waiting import PATIENCE, soon

ROOT = Path(__file__).parents[2]
RAPPORT = (sys.executable, "-c", "from api.cli import main; main()")
GIVEN = ("DATABASE_URL", "REDIS_URL", "RAPPORT_SECRET")


@dataclass(slots=True)
class Up:
    """One that was started."""

    process: "subprocess.Popen[str]"
    place: Place
    port: int
    log: Path
    began: float

    def said(self) -> str:
        return self.log.read_text()

    def runs(self, within: float = 3 * PATIENCE) -> bool:
        """Whether it came to its greeting; what it said instead is in the failure."""
        done = soon(lambda: "Ctrl-C stops everything" in self.said() or self.process.poll() is not None, within)
        assert done, self.said()
        assert self.process.poll() is None, self.said()
        return True

    def stop(self, number: int = signal.SIGINT, within: float = PATIENCE) -> int:
        self.process.send_signal(number)
        return self.process.wait(within)

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def ask(self, question: str, variables: dict[str, object] | None = None) -> dict[str, object]:
        """A question with the administrator's key that lies beside the data."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": question, "variables": variables or {}}).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.place.admin_key.read_text().strip()}",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, dict[str, object]] = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def answers(self) -> bool:
        """Whether the administrator's question comes back answered."""
        try:
            return self.ask("{ viewer { role } }") == {"viewer": {"role": "ADMIN"}}
        except OSError:
            return False

    def children(self) -> dict[str, int]:
        """The children's numbers, by what they are."""
        found = {}
        for number in _children(self.process.pid):
            with suppress(OSError):  # it may just have gone
                words = (Path("/proc") / str(number) / "cmdline").read_bytes().decode().split("\0")
                if words[0]:  # a dead one that nobody has waited for yet has no words
                    found[words[2] if words[1:2] == ["-m"] else Path(words[0].split()[0]).name] = number
        return found

    def all_gone(self, within: float = PATIENCE) -> bool:
        """Whether nothing that it started is left: everything holds the servers' lock as long as it lives."""

        def free() -> bool:
            held = self.place.hold_servers()
            if held is not None:
                os.close(held)
            return held is not None

        return soon(free, within)


def _children(parent: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        told = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout
        return [int(word) for word in told.split()]


@contextmanager
def up(folder: Path, *more: str, account: Account | None = None) -> Iterator[Up]:
    """Start it on the folder; whatever is left at the end is killed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder.with_name(f"{folder.name}-{time.monotonic_ns()}.said")
    environment = {name: value for name, value in os.environ.items() if name not in GIVEN}
    began = time.monotonic()
    with log.open("w") as said:
        process = subprocess.Popen(
            [*RAPPORT, "up", "--data-dir", str(folder), "--port", str(port), *more],
            stdout=said,
            stderr=said,
            text=True,
            cwd=ROOT,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else (),
        )
    started = Up(process, Place(folder), port, log, began)
    try:
        yield started
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
            started.all_gone()


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])

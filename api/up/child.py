"""One child process: it starts as somebody harmless, dies with its parent, and stops when it is asked to.

Start children from the main thread only: Linux sends the parent-death signal when the *thread* that forked ends.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that a child runs as."""

    uid: int
    gid: int

    def owns(self, folder: Path) -> None:
        """Make the folder the account's own; nobody else looks in."""
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def unprivileged() -> Account | None:
    """Whom to run Postgres as, which refuses root; None where we are an ordinary user ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ChildFailed("Postgres refuses to run as root and this machine has neither a user 'nobody' nor 'daemon'")


class ChildFailed(Exception):
    """A child could not start, or ended while it was needed; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run and how to end it."""

    name: str
    argv: tuple[str, ...]
    log: Path | None
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 10.0
    keep_open: tuple[int, ...] = ()
    gated: bool = False


class Child:
    """A running process, in a session of its own so that the terminal's Ctrl-C reaches only the supervisor."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.started = time.monotonic()
        self._process = _spawn(command)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.poll()

    def open_gate(self) -> None:
        """Tell a gated child, which has imported everything and waits, that it may begin."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.write(b"go\n")
                self._process.stdin.close()
            except BrokenPipeError:
                pass  # it died; the supervisor finds out by itself

    def ask_to_stop(self) -> None:
        if self.ended() is None:
            self._process.send_signal(self.command.stop_signal)

    def stop(self) -> int:
        """Ask, wait, and kill what does not listen."""
        self.ask_to_stop()
        return self.stop_asked()

    def stop_asked(self) -> int:
        """Wait for one that was asked, and kill it if it does not listen."""
        try:
            return self._process.wait(self.command.stop_within)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End the child and everything in its session."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        return self._process.wait()

    def why(self) -> str:
        """The last lines that the child wrote, to stand in an error."""
        tail = log_tail(self.command.log)
        return f"{self.command.name} ended with code {self.ended()}" + (f":\n{tail}" if tail else "")


def log_tail(log: Path | None, lines: int = 12) -> str:
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def run_to_end(command: Command) -> None:
    """Run something short; raise with its last words if it fails."""
    child = Child(command)
    try:
        child._process.wait()
    finally:
        if child.ended() is None:
            child.kill()
    if child.ended() != 0:
        raise ChildFailed(child.why())


def _spawn(command: Command) -> subprocess.Popen[bytes]:
    output: int = subprocess.DEVNULL
    if command.log is not None:
        command.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    account = command.account
    try:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE if command.gated else subprocess.DEVNULL,
            stdout=None if command.log is None else output,
            stderr=None if command.log is None else output,
            env={**os.environ, **command.env},
            cwd=None if account is None else "/",
            start_new_session=True,
            pass_fds=command.keep_open,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else (),
            preexec_fn=_dying_with_parent(command.orphan_signal),  # noqa: PLW1509 (nothing in it takes a lock)
        )
    finally:
        if command.log is not None:
            os.close(output)


def _dying_with_parent(orphan_signal: signal.Signals) -> Callable[[], None]:
    """Runs in the child after setuid (which would clear the wish) and before exec. macOS has no such wish."""
    parent = os.getpid()

    def arm() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arm

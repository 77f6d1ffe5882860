"""Arithmetic that takes longer than 50 ms: in a child process that is kept for the next time and dies with its parent.

A call is pickled into the child's standard input (eight bytes of length, then the function and its arguments), the
answer comes back the same way. `python -m jobs.cpu PARENT` is the child.
"""

import asyncio
import ctypes
import os
import pickle
import signal
import struct
import sys
import threading
import time
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, TypeVar

from domain.errors import Refused

T = TypeVar("T")

_LENGTH = struct.Struct("!Q")
_KEPT = 1
_POLITENESS = 5
_PR_SET_PDEATHSIG = 1
# The other cores are Postgres' and the web's: threads of linear algebra that wait for each other took twelve times as
# long for one fit while they were busy.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class CalculationFailed(Exception):
    """The function raised, or its process died; says what and where, without the values."""


class Calculator:
    """Children for one parent process: as many as there are calls at a time, one kept when they are done."""

    def __init__(self) -> None:
        self._idle: list[Process] = []

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """The function's answer; cancelled, the child is killed and the arithmetic ends with it."""
        call = pickle.dumps((function, arguments), protocol=5)
        child = self._take() or await _child()
        try:
            answer = await _ask(child, call)
        except BaseException as error:
            await _kill(child)
            if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                raise CalculationFailed(f"the process of {function.__qualname__} died") from error
            raise
        self._idle.append(child)
        while len(self._idle) > _KEPT:
            await _kill(self._idle.pop())
        kind, value = pickle.loads(answer)
        if kind == "answer":
            return value  # type: ignore[no-any-return]  # what the function returned, by way of a pipe
        raise Refused(*value) if kind == "refused" else CalculationFailed(value)

    async def close(self) -> None:
        while self._idle:
            await _kill(self._idle.pop())

    def _take(self) -> Process | None:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
        return None


async def _child() -> Process:
    environment = {**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    command = (sys.executable, "-m", "jobs.cpu", str(os.getpid()))
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)


async def _ask(child: Process, call: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(_LENGTH.pack(len(call)))
    child.stdin.write(call)
    await child.stdin.drain()
    (length,) = _LENGTH.unpack(await child.stdout.readexactly(_LENGTH.size))
    return await child.stdout.readexactly(length)


async def _kill(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    await asyncio.shield(child.wait())


def _answer(call: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(call)
        return pickle.dumps(("answer", function(*arguments)), protocol=5)
    except Refused as refused:
        return pickle.dumps(("refused", refused.faults))
    except Exception as error:
        return pickle.dumps(("failed", where(error)))


def where(error: BaseException) -> str:
    """What went wrong and where, without the message, which may hold somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _die_with(parent: int) -> None:
    """At once where the kernel can tell us, within a second elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def main(parent: int) -> None:
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_POLITENESS)
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not print into an answer
    while (call := _read(calls)) is not None:
        answer = _answer(call)
        answers.write(_LENGTH.pack(len(answer)))
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))

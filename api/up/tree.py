"""The supervised tree: children are watched, started again when they die, and stopped in the order of their ranks."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from api.up.child import Child, ChildFailed, Command

_LOOK_EVERY = 0.1
_STEADY_AFTER = 20.0
_LONGEST_PAUSE = 5.0


@dataclass(slots=True)
class Branch:
    """One child and, when it dies, the ones that follow it. Branches of one rank stop together."""

    command: Command
    rank: int
    child: Child
    deaths: int = 0
    again_at: float | None = None

    def look(self, now: float) -> str | None:
        """Start the child again if it is time; the line to tell if something happened."""
        if self.again_at is not None:
            if now < self.again_at:
                return None
            self.again_at = None
            self.child = Child(self.command)
            self.child.open_gate()
            return None
        code = self.child.ended()
        if code is None:
            return None
        self.deaths = 1 if now - self.child.started > _STEADY_AFTER else self.deaths + 1
        pause = 0.0 if self.deaths == 1 else min(0.25 * 2**self.deaths, _LONGEST_PAUSE)
        self.again_at = now + pause
        return f"{self.command.name} ended with code {code}: it is started again (see {self.command.log})"


@dataclass(slots=True)
class Tree:
    """Everything that runs under one `rapport up`."""

    tell: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)
    _branches: list[Branch] = field(default_factory=list)

    def grow(self, command: Command, rank: int) -> Child:
        """Start a child; lower ranks are stopped later."""
        child = Child(command)
        self._branches.append(Branch(command, rank, child))
        return child

    async def until_ready(self, child: Child, ready: Callable[[], Awaitable[bool]], within: float) -> None:
        """Wait for one that is starting; its death is the start's failure."""
        patience = time.monotonic() + within
        while not await ready():
            if child.ended() is not None:
                raise ChildFailed(child.why())
            if time.monotonic() > patience:
                raise ChildFailed(f"{child.command.name} is not ready after {within:.0f} s (see {child.command.log})")
            await asyncio.sleep(0.02)

    async def run_to_end(self, command: Command) -> None:
        """Run something short beside the rest; it goes with the tree if the tree goes first."""
        child = Child(command)
        try:
            while child.ended() is None:  # noqa: ASYNC110 (a process sets no event)
                await asyncio.sleep(0.02)
        finally:
            child.stop()
        if child.ended() != 0:
            raise ChildFailed(child.why())

    async def watch(self) -> None:
        """Forever: whoever dies is started again, at once the first time, later and later if it goes on dying."""
        while True:
            now = time.monotonic()
            for branch in self._branches:
                try:
                    happened = branch.look(now)
                except OSError as error:
                    happened, branch.again_at = f"{branch.command.name}: {error}", now + _LONGEST_PAUSE
                if happened:
                    self.tell(happened)
            await asyncio.sleep(_LOOK_EVERY)

    def stop(self) -> None:
        """The highest rank first; within a rank all are asked before one is waited for."""
        for rank in sorted({branch.rank for branch in self._branches}, reverse=True):
            together = [branch.child for branch in self._branches if branch.rank == rank]
            for child in together:
                child.ask_to_stop()
            for child in together:
                child.stop_asked()

    def kill(self) -> None:
        """At once and without asking, for a second Ctrl-C."""
        for branch in reversed(self._branches):
            branch.child.kill()

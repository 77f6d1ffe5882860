"""`python -m tests.support.mortal_segments PART POINT CALL`: the worker or the loop, killed with -9 at segments' work.

POINT is where: "looked", when customers were looked at and it is not committed; "held", when a version has taken its
place and that is not; "told", between two commits. CALL is how often it comes there until it dies.
"""

import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from domain.segments.membership import commands_refreshing
from jobs import loop, segments, worker
from jobs.process import run
from jobs.registry import product
from jobs.work import Work
from tests.support.mortal import die

AT_ONCE = 60
POINTS = ("looked", "held", "told")
Deed = Callable[..., Coroutine[Any, Any, Any]]


def mortal(deed: Deed, call: int) -> Deed:
    """Done, and then, the `call`th time, dead."""
    left = call

    async def last(*given: Any, **named: Any) -> Any:
        nonlocal left
        result = await deed(*given, **named)
        left -= 1
        if not left:
            die()
        return result

    return last


def prepare(point: str, call: int) -> None:
    segments._AT_ONCE = AT_ONCE
    if point == "looked":
        commands_refreshing.refresh = mortal(commands_refreshing.refresh, call)
    elif point == "held":
        commands_refreshing.hold = mortal(commands_refreshing.hold, call)
    elif point == "told":
        Work.progress = mortal(Work.progress, call)  # type: ignore[method-assign]  # that is the point


if __name__ == "__main__":
    part, point, call = sys.argv[1:4]
    prepare(point, int(call))
    run(partial(worker.main if part == "worker" else loop.main, registry=product()))

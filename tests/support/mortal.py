"""`python -m tests.support.mortal POINT [CALL]`: the product's worker, killed with -9 where a job tells that it is.

POINT is how the detail of the job's progress begins, at its CALLth telling; or "switched", when the scores are live and
the marks are not caught up; or a number of seconds after the first telling.
"""

import os
import signal
import sys
import threading
from functools import partial

from domain.analytics import commands_switch, queries_tallies
from domain.database import Tx
from jobs import worker
from jobs.process import run
from jobs.registry import product
from jobs.work import Work

SWITCHED = "switched"
_A_FEW = 30_000
"""Octets of tallies in a batch: some hundred customers, so that there are many batches to die in."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def mortal(point: str, call: int) -> None:
    told, progress, left = 0, Work.progress, call

    async def tell(self: Work, share: float, detail: str | None = None) -> None:
        nonlocal told, left
        told += 1
        if told == 1 and point.replace(".", "").isdigit():
            threading.Timer(float(point), die).start()
        if (detail or "").startswith(point):
            left -= 1
            if not left:
                die()
        await progress(self, share, detail)

    async def dying(tx: Tx) -> int:
        die()
        return 0

    Work.progress = tell  # type: ignore[method-assign]  # that is the point
    if point == SWITCHED:
        commands_switch.catch_up = dying
    queries_tallies.BATCH = _A_FEW


if __name__ == "__main__":
    mortal(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    run(partial(worker.main, registry=product()))

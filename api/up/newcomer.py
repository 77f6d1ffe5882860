"""The first start on an empty database: `python -m api.up.newcomer FILE DATABASE [--as-recorded]`.

Loads the bundled demo, then has the real worker fit the value model, score everybody, advise and find who is in which
segment, with a bar for each.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api.up import demo_state
from api.up.demo_state import DemoState
from domain import demo, ledger
from domain.access import OPERATOR
from domain.database import Database
from domain.deployment import Deployment, Label
from domain.ids import JobId
from domain.vocabulary import JobKind, JobStatus
from jobs.wake import Waker

_JOBS = {
    JobKind.FIT_VALUE_MODEL: "Fitting the model of value",
    JobKind.SCORE_CUSTOMERS: "Scoring every customer",
    JobKind.RELATE_PRODUCTS: "Finding what goes with what",
    JobKind.ADVISE_CUSTOMERS: "Working out what to do next",
}


class JobFailed(Exception):
    """A job of the first start did not succeed; the message says which and why."""


async def _welcome(deployment: Deployment, file: Path, state: DemoState | None, fresh: DemoState) -> None:
    database, waker = Database(deployment.database_url, size=4), Waker(deployment.redis_url)
    try:
        if state is None:
            async with database.transaction() as tx:
                if not await demo.is_empty(tx):
                    demo_state.write(file, replace(fresh, done=True))
                    return
            demo_state.write(file, state := fresh)
        with _bars() as progress:
            await _load(database, deployment, state, progress)
            for kind, words in _JOBS.items():
                async with database.transaction() as tx:
                    job = await ledger.start_job(tx, kind, {}, principal=OPERATOR, now=datetime.now(UTC))
                await _run(database, waker, job, words, progress)
            if (found := await demo.save_segments(database, datetime.now(UTC))) is not None:
                await _run(database, waker, found, "Finding who is in which segment", progress)
        demo_state.write(file, replace(state, done=True))
    finally:
        await waker.close()
        await database.close()


async def _load(database: Database, deployment: Deployment, state: DemoState, progress: Progress) -> None:
    bars: dict[str, TaskID] = {}

    def told(how_far: demo.DemoProgress) -> None:
        if how_far.part not in bars:
            bars[how_far.part] = progress.add_task(f"Loading the demo's {how_far.part}")
        progress.update(bars[how_far.part], completed=how_far.done, total=how_far.of)

    claims, began = deployment.secret.key(Label.CLAIMS), datetime.fromisoformat(state.began)
    loaded = await demo.load(database, claims=claims, now=began, as_recorded=state.as_recorded, progress=told)
    progress.console.print(
        f"{loaded.customers:,} customers, {loaded.orders:,} orders, {loaded.products:,} products and "
        f"{loaded.touchpoints:,} touchpoints of The Complete Journey (CC0).",
        *loaded.told,
        sep="\n  ",
        soft_wrap=True,
    )


async def _run(database: Database, waker: Waker, job: JobId, words: str, progress: Progress) -> None:
    """Watch the worker carry it out."""
    bar = progress.add_task(words, total=1000)
    await waker.wake(job)
    async for view in ledger.follow_job(database, job):
        progress.update(bar, completed=round(view.progress * 1000))
    if view.status != JobStatus.SUCCEEDED:
        raise JobFailed(f"{words}: the job ended as {view.status}: {view.error}")
    progress.update(bar, completed=1000)


def _bars() -> Progress:
    columns = (TextColumn("{task.description:<33}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(highlight=False))


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # unwinding: the bars give the cursor back
    file, which = Path(sys.argv[1]), sys.argv[2]
    fresh = DemoState(which, datetime.now(UTC).isoformat(), as_recorded="--as-recorded" in sys.argv, done=False)
    try:
        asyncio.run(_welcome(Deployment.from_environment(os.environ), file, demo_state.read(file, which), fresh))
    except JobFailed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""The arq worker: hears "look now" by way of Redis and looks into the ledger; without Redis it looks every second.

`python -m jobs.worker` is one of the two siblings that are the worker; jobs/loop.py is the other.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any

import arq.worker
from arq.connections import RedisSettings
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow

from domain.deployment import Deployment
from jobs.crew import Crew, wait_for_any
from jobs.process import Station, run
from jobs.registry import Registry, product
from jobs.wake import QUEUE

log = logging.getLogger("rapport.jobs")

LANES = 4
LOOK_EVERY = 1.0
_REDIS_TROUBLE = (RedisError, OSError, TimeoutError)


async def look(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
    """All that arq carries: a nudge. The work itself is in the ledger."""
    crew: Crew = ctx["crew"]
    crew.look_now()


def _redis(url: str) -> RedisSettings:
    settings = RedisSettings.from_dsn(url)
    settings.conn_retries = 0
    settings.retry_on_error = [RedisAway, RedisSlow]
    settings.retry = Retry(ExponentialBackoff(cap=1, base=0.05), 3)
    return settings


def _ears(crew: Crew, url: str) -> arq.worker.Worker:
    return arq.worker.Worker(
        functions=[arq.worker.func(look, name="look", keep_result=0, timeout=5, max_tries=1)],
        queue_name=QUEUE,
        redis_settings=_redis(url),
        handle_signals=False,
        job_completion_wait=5,
        poll_delay=0.2,
        health_check_interval=15,
        keep_result=0,
        log_results=False,
        ctx={"crew": crew},
    )


async def listen(crew: Crew, url: str, stopping: asyncio.Event) -> None:
    """Hear nudges until it is time to stop; when Redis goes, wait for it to come back."""
    while not stopping.is_set():
        ears = _ears(crew, url)
        hearing = asyncio.create_task(ears.async_run())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait((hearing, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        hearing.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await hearing
        except _REDIS_TROUBLE as error:
            log.warning("Redis is away; looking every second", extra={"reason": type(error).__name__})
        with suppress(*_REDIS_TROUBLE, asyncio.CancelledError):
            await ears.close()
        await wait_for_any(stopping, seconds=0.5)


async def main(deployment: Deployment, registry: Registry) -> None:
    station = Station(deployment, registry, part="worker")
    crew = station.crew(lanes=LANES, look_every=LOOK_EVERY)
    await station.run(crew, partial(listen, crew, deployment.redis_url, station.stopping))


if __name__ == "__main__":
    run(partial(main, registry=product()))

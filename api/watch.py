"""What ends an open socket or stream from our side: its key opens nothing any more, or the process is leaving."""

import asyncio
from enum import Enum
from typing import Any, Final

from api.house import House, now_utc
from domain.access import Presented

LOOKS_EVERY: Final = 1.0


class Ending(Enum):
    """Why we end it."""

    LOCKED_OUT = "the key opens nothing any more"
    LEAVING = "this process is leaving: connect again"
    UNSURE = "whether the key still opens cannot be found out: connect again later"


async def until_ended(house: House, presented: Presented) -> Ending:
    """Returns when there is a reason to end; until then it only looks, once a second."""
    while True:
        try:
            async with asyncio.timeout(LOOKS_EVERY):  # wait_for of Python 3.11 swallows a cancellation now and then
                await house.leaving.wait()
        except TimeoutError:
            try:
                if await house.ring.ask(presented, now_utc()) is None:
                    return Ending.LOCKED_OUT
            except Exception:  # the database is away; what could not be checked for that long must not go on
                return Ending.UNSURE
        else:
            return Ending.LEAVING


async def first_to_end(*tasks: "asyncio.Task[Any]") -> None:
    """Waits for the first and cancels all others; every one of them is over when this returns."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""Operations told as server-sent events to a POST: graphql-sse in its mode of distinct connections."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from api.answers import GUARDS, Headers, Receive, Send, unauthenticated
from api.asking import Asking
from api.idempotency import REPLAYED
from api.requests import Parameters, until_gone
from api.watch import Ending, first_to_end, until_ended
from schema.execution import Answer

_HEADERS: Final[Headers] = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    *GUARDS,
    # A proxy that gathers answers before it hands them on would hold events back.
    (b"x-accel-buffering", b"no"),
]
_HEARTBEAT: Final = 12.0
_COMPLETE: Final = b"event: complete\ndata:\n\n"
_COME_AGAIN: Final = b"retry: 1000\n\n"


async def tell_events(asking: Asking, parameters: Parameters, receive: Receive, send: Send, more: Headers) -> int:
    """Every answer is a `next` event, what is wrong with the question too; `complete` ends them."""
    opened = await _open(asking, parameters)
    again = [REPLAYED] if isinstance(opened, Answer) and opened.replayed else []
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *more, *again]})
    if isinstance(opened, Answer):
        await _write(send, _next(opened.body) + _COMPLETE)
    else:
        await _pass_on(asking, opened, receive, send)
    await send({"type": "http.response.body"})
    return 200


async def _open(asking: Asking, parameters: Parameters) -> Answer | AsyncIterator[Answer]:
    if asking.prepared is None:
        assert asking.answer is not None
        return asking.answer
    if asking.prepared.goes_on:
        return await asking.subscribe(asking.prepared, parameters.variables)
    return await asking.execute(asking.prepared, parameters.variables)


async def _pass_on(asking: Asking, events: AsyncIterator[Answer], receive: Receive, send: Send) -> None:
    """Until the events are over, the caller goes, or there is a reason to end."""
    assert asking.presented is not None
    source = asyncio.create_task(_write_all(events, send))
    ended = asyncio.create_task(until_ended(asking.house, asking.presented))
    others = (asyncio.create_task(until_gone(receive)), asyncio.create_task(_beat(send)))
    await first_to_end(source, ended, *others)
    if not source.cancelled():
        source.result()
        await _write(send, _COMPLETE)
    elif not ended.cancelled():
        await _write(send, _last_words(asking, ended.result()))


def _last_words(asking: Asking, ending: Ending) -> bytes:
    """Who is locked out is told so, and that it is over; who shall come again is told how soon."""
    if ending is not Ending.LOCKED_OUT:
        return _COME_AGAIN
    return _next(unauthenticated(shown=True).body(asking.request_id)) + _COMPLETE


async def _write_all(events: AsyncIterator[Answer], send: Send) -> None:
    async for answer in events:
        await _write(send, _next(answer.body))


async def _beat(send: Send) -> None:
    """A comment now and then, so that nobody between us takes silence for the end."""
    while True:
        await asyncio.sleep(_HEARTBEAT)
        await _write(send, b":\n\n")


def _next(body: bytes) -> bytes:
    """Postgres breaks lines between the elements of a list; here a line's end would end the data."""
    return b"event: next\ndata: %b\n\n" % body.replace(b"\n", b" ")


async def _write(send: Send, octets: bytes) -> None:
    await send({"type": "http.response.body", "body": octets, "more_body": True})

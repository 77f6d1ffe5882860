"""The one GraphQL endpoint over HTTP: who asks, what is asked, and how the answer is told.

Bare ASGI: a router and its request objects would cost as much as a small question.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from api import requests
from api.answers import (
    GUARDS,
    Headers,
    Receive,
    Refusal,
    Scope,
    Send,
    respond,
    status_of,
    status_of_undone,
    unauthenticated,
)
from api.asking import Asking
from api.documents import Ready
from api.house import House
from api.idempotency import REPLAYED, read_key
from api.negotiation import Media, asks_for_a_page, takes_events, wanted
from api.requests import Parameters
from api.stream import tell_events
from api.watch import first_to_end
from schema.execution import Answer

_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, accept, idempotency-key, x-rapport-client"),
    (b"access-control-max-age", b"600"),
]


class GraphQL:
    """`/graphql` over HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        asking = Asking(self.house, "http", client=headers.get(b"x-rapport-client", b"").decode("latin-1"))
        more = self._more(asking, headers)
        status = 499
        try:
            status = await self._serve(asking, scope, headers, receive, send, more)
        except Refusal as refused:
            status = refused.status
            media = wanted(headers.get(b"accept"))
            media = media if media is Media.RESPONSE else Media.JSON
            await respond(send, status, media, refused.body(asking.request_id), [*more, *refused.headers])
        except requests.Gone:
            pass
        except Exception as error:
            status = await self._masked(asking, error, send, more)
        asking.log(status)

    async def _serve(
        self,
        asking: Asking,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
        more: Headers,
    ) -> int:
        """Answers, and says with which status."""
        method, accept = scope["method"], headers.get(b"accept")
        if method == "OPTIONS":
            return await self._preflight(headers, send, more)
        if method not in ("POST", "GET"):
            raise Refusal(405, "METHOD_NOT_ALLOWED", "Ask by POST, or questions by GET.", (b"allow", b"GET, POST"))
        if method == "GET" and not scope["query_string"] and asks_for_a_page(accept):
            return await _to_explorer(send)
        shown = headers.get(b"authorization")
        if not await asking.let_in(self.house.ring.read(shown)):
            raise unauthenticated(shown=shown is not None)
        if (media := wanted(accept)) is None:
            raise Refusal(406, "NOT_ACCEPTABLE", "Answers are told as application/graphql-response+json.")
        if method == "POST":
            parameters = await requests.from_body(headers, receive)
        else:
            parameters = requests.from_url(scope)
        prepared = asking.prepare(parameters)
        if prepared is not None:
            _check_way(prepared, method, accept)
            if parameters.size > requests.LARGEST_BODY and not prepared.bulk:
                raise requests.too_large(requests.LARGEST_BODY)
            asking.idempotency_key = read_key(scope) if prepared.changes else None
        if media is Media.EVENTS or (prepared is not None and prepared.goes_on):
            _check_way_of_events(method)
            return await tell_events(asking, parameters, receive, send, more)
        if prepared is not None and prepared.waits:
            await _while_there(asking.execute(prepared, parameters.variables), receive)
        return await _answer(asking, parameters, media, send, more)

    def _more(self, asking: Asking, headers: Mapping[bytes, bytes]) -> Headers:
        """Headers of this answer alone."""
        more = [(b"x-request-id", asking.request_id.encode())]
        if (origin := headers.get(b"origin")) is not None:
            more.append((b"vary", b"origin"))
            if self.house.lets_in(origin, headers.get(b"host")):
                more.append((b"access-control-allow-origin", origin))
        if self.house.leaving.is_set():
            more.append((b"connection", b"close"))
        return more

    async def _preflight(self, headers: Mapping[bytes, bytes], send: Send, more: Headers) -> int:
        origin = headers.get(b"origin")
        allowed = origin is not None and self.house.lets_in(origin, headers.get(b"host"))
        told = [*GUARDS, *more, (b"allow", b"GET, POST"), *(_PREFLIGHT if allowed else ())]
        await send({"type": "http.response.start", "status": 204, "headers": told})
        await send({"type": "http.response.body"})
        return 204

    async def _masked(self, asking: Asking, error: Exception, send: Send, more: Headers) -> int:
        """What nobody expected, or a database that is away while the key is looked up."""
        answer = asking.answer = asking.failed(error)
        status = status_of(answer.code, Media.RESPONSE)
        await respond(send, status, Media.JSON, answer.body, more)
        return status


async def _answer(asking: Asking, parameters: Parameters, media: Media, send: Send, more: Headers) -> int:
    if asking.prepared is not None and asking.answer is None:
        await asking.execute(asking.prepared, parameters.variables)
    answer = asking.answer
    assert answer is not None
    status = 200 if answer.executed else status_of(answer.code, media)
    if answer.undone:
        status = status_of_undone(answer.code)
    await respond(send, status, media, answer.body, [*more, REPLAYED] if answer.replayed else more)
    return status


async def _while_there(answering: Coroutine[Any, Any, Answer], receive: Receive) -> None:
    """Nobody goes on working for a caller who has gone. Raises Gone."""
    answer, gone = asyncio.create_task(answering), asyncio.create_task(requests.until_gone(receive))
    await first_to_end(answer, gone)
    if answer.cancelled():
        raise requests.Gone
    answer.result()


async def _to_explorer(send: Send) -> int:
    """Somebody opened the address in a browser: there is a page for that."""
    headers = [*GUARDS, (b"location", b"/explorer"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body"})
    return 303


def _check_way(prepared: Ready, method: str, accept: bytes | None) -> None:
    """What changes something never comes by GET; what goes on needs an answer that goes on."""
    if prepared.changes and method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Mutations are sent by POST.", (b"allow", b"POST"))
    if prepared.goes_on and not takes_events(accept):
        message = "Subscriptions are told as text/event-stream to a POST that accepts it, or over graphql-transport-ws."
        raise Refusal(406, "NOT_ACCEPTABLE", message)


def _check_way_of_events(method: str) -> None:
    if method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "Streams of events are asked for by POST.", (b"allow", b"POST"))

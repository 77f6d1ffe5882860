"""The doors for files: `POST /imports/{kind}` takes them in, `GET /exports/{id}` hands them out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

import asyncpg
import orjson

from api import downloads
from api.answers import GUARDS, Headers, Receive, Refusal, Scope, Send, respond, status_of, unauthenticated
from api.asking import Asking
from api.house import House
from api.idempotency import read_key
from api.negotiation import Media
from api.requests import Gone
from api.uploads import MOST_UPLOADS, Body, check_role, kind_of
from domain import audit
from domain.database import Database
from domain.idempotency.rules import request_key
from domain.ids import Prefix, new_id, to_public
from domain.query.asking import Occasion
from domain.transfer import Kind, commands_uploads
from domain.transfer.uploads import Upload
from schema.once import MISMATCH

_EXPOSED: Final = (b"access-control-expose-headers", b"location, content-disposition, etag")
_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, idempotency-key, range"),
    (b"access-control-max-age", b"600"),
]
_CLOSE: Final = (b"connection", b"close")


class _Same(Exception):
    """The same request came twice at the same moment, and the other was faster."""


@dataclass(slots=True)
class Visit:
    """One request at these doors, and how it is answered."""

    asking: Asking
    scope: Scope
    headers: dict[bytes, bytes]
    body: Body
    send: Send
    more: Headers

    @property
    def path(self) -> str:
        path: str = self.scope["path"]
        return path

    @property
    def method(self) -> str:
        method: str = self.scope["method"]
        return method

    async def refuse(self, refused: Refusal) -> int:
        if b"expect" not in self.headers:
            await self.body.drain()
        told = refused.body(self.asking.request_id)
        await respond(self.send, refused.status, Media.JSON, told, [*self.more, *refused.headers, _CLOSE])
        return refused.status

    async def fail(self, error: Exception) -> int:
        """What nobody expected, or a database that is away."""
        answer = self.asking.answer = self.asking.failed(error)
        status = status_of(answer.code, Media.RESPONSE)
        await respond(self.send, status, Media.JSON, answer.body, [*self.more, _CLOSE])
        return status


class Transfer:
    """`/imports/…` and `/exports/…`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.db = Database(house.deployment.database_url, size=MOST_UPLOADS, wait=timedelta(seconds=1))
        self._open = 0

    async def close(self) -> None:
        await self.db.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        asking = Asking(self.house, "import" if scope["path"].startswith("/imports/") else "export")
        visit = Visit(asking, scope, headers, Body(receive), send, self._more(asking, headers))
        status = 499
        try:
            status = await self._answer(visit)
        except Refusal as refused:
            status = await visit.refuse(refused)
        except (Gone, downloads.CutOff):
            if visit.asking.door == "export":
                raise  # nobody shall take the beginning for the whole
        except Exception as error:
            status = await visit.fail(error)
        finally:
            asking.log(status)

    async def _answer(self, visit: Visit) -> int:
        if visit.method == "OPTIONS":
            return await self._preflight(visit)
        shown = visit.headers.get(b"authorization")
        if not await visit.asking.let_in(self.house.ring.read(shown)):
            raise unauthenticated(shown=shown is not None)
        if visit.asking.door == "import":
            return await self._take_in(visit)
        if visit.method not in ("GET", "HEAD"):
            raise Refusal(405, "METHOD_NOT_ALLOWED", "Files are fetched by GET.", (b"allow", b"GET, HEAD"))
        head = visit.method == "HEAD"
        request = downloads.Request(visit.asking, visit.path, visit.headers, head)
        return await downloads.hand_out(self.house.db, request, visit.send, visit.more)

    async def _take_in(self, visit: Visit) -> int:
        if visit.method != "POST":
            raise Refusal(405, "METHOD_NOT_ALLOWED", "Imports are sent by POST.", (b"allow", b"POST"))
        kind, principal = kind_of(visit.path), visit.asking.principal
        assert principal is not None
        check_role(principal, kind)
        visit.body.check(visit.headers)
        key = self._request_key(visit)
        if (job := None if key is None else await self._again(key, kind, visit)) is None:
            job = await self._admit(visit, kind, key)
        told = to_public(Prefix.JOB, job)
        question = quote(f'{{job(id:"{told}"){{status progress detail result}}}}')
        where = (b"location", f"/graphql?query={question}".encode())
        await respond(visit.send, 202, Media.JSON, orjson.dumps({"job": told}), [*visit.more, where])
        return 202

    def _request_key(self, visit: Visit) -> UUID | None:
        """Of the caller and its Idempotency-Key."""
        key, presented = read_key(visit.scope), visit.asking.presented
        if key is None or presented is None:
            return None
        visit.body.compare(self.house.idempotency)
        return request_key(self.house.idempotency, f"upload {presented.key_id.hex}", key)

    async def _again(self, key: UUID, kind: Kind, visit: Visit) -> UUID | None:
        """The job that the same request has started before. The body is read to its end: it tells whether it is."""
        async with self.house.db.connection() as connection:
            same = await commands_uploads.same_request(connection, key, visit.asking.now)
        if same is None:
            return None
        if same.kind is not kind:
            raise Refusal(422, MISMATCH, f"This Idempotency-Key was used for an import of {same.kind}: use another.")
        await visit.body.read_on()
        if (same.size, same.body_hash) != (visit.body.size, visit.body.hash):
            raise Refusal(422, MISMATCH, "This Idempotency-Key was used for an import of another body: use another.")
        return same.job_id

    async def _admit(self, visit: Visit, kind: Kind, key: UUID | None) -> UUID:
        if self._open >= MOST_UPLOADS:
            raise Refusal(503, "UNAVAILABLE", f"{MOST_UPLOADS} imports are coming in already: try again.")
        self._open += 1
        try:
            job = await self._store(visit, kind, key)
        except _Same:
            assert key is not None
            again = await self._again(key, kind, visit)
            assert again is not None, "it was committed before"
            job = again
        except asyncpg.DiskFullError as error:
            raise Refusal(507, "UNAVAILABLE", "The database's disk is full: nothing of the body was kept.") from error
        finally:
            self._open -= 1
        await self.house.wake(job)
        return job

    async def _store(self, visit: Visit, kind: Kind, key: UUID | None) -> UUID:
        """All in one transaction: until the body has ended there is nothing, and then there are body, job and entry."""
        house, asking, body = self.house, visit.asking, visit.body
        job, principal = new_id(asking.now), asking.principal
        assert principal is not None
        async with self.db.transaction() as tx:
            await commands_uploads.receive(tx, job, body.pieces())
            if not body.size:
                raise Refusal(400, "BAD_REQUEST", "The body is empty: send NDJSON or CSV.")
            upload = Upload(job, kind, body.size, body.count, asking.now, principal)
            if not await commands_uploads.complete(tx, upload, key, body.hash):
                raise _Same
            after = {"kind": kind.value, "bytes": body.size}
            did = audit.Did(key=job, subject=to_public(Prefix.JOB, job), after=after)
            occasion = Occasion(principal, asking.now, house.zone, house.keys)
            await audit.enter(tx, did, action="import", occasion=occasion)
        return job

    def _more(self, asking: Asking, headers: dict[bytes, bytes]) -> Headers:
        """Headers of this answer alone."""
        more = [(b"x-request-id", asking.request_id.encode())]
        if (origin := headers.get(b"origin")) is not None:
            more.append((b"vary", b"origin"))
            if self.house.lets_in(origin, headers.get(b"host")):
                more += [(b"access-control-allow-origin", origin), _EXPOSED]
        if self.house.leaving.is_set():
            more.append(_CLOSE)
        return more

    async def _preflight(self, visit: Visit) -> int:
        origin = visit.headers.get(b"origin")
        allowed = origin is not None and self.house.lets_in(origin, visit.headers.get(b"host"))
        told = [*GUARDS, *visit.more, *(_PREFLIGHT if allowed else ()), (b"allow", b"GET, HEAD, POST")]
        await visit.send({"type": "http.response.start", "status": 204, "headers": told})
        await visit.send({"type": "http.response.body"})
        return 204

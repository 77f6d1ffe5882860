"""The explorer: GraphiQL as a static page without data at `/explorer`. It asks for a key in the browser.

The files in `static/` are built from the locked npm packages in `page/` (`make explorer`) and stored gzipped, the
one exception to "no public code". They are sent as they are, or unpacked for the rare client that takes no gzip.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_STATIC: Final = Path(__file__).with_name("static")

# Nothing is loaded from elsewhere, nothing inline is run, nothing is evaluated, nobody may frame the page.
# Styles may be inline: the editor positions its lines by style attributes and the dialogs bring a style element.
# `connect-src 'self'` covers the socket of the same origin too.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "explorer.js": "text/javascript; charset=utf-8",
    "explorer.css": "text/css; charset=utf-8",
    "LICENCES.txt": "text/plain; charset=utf-8",
}


class _File(NamedTuple):
    """One built file: its gzipped bytes and the headers that go with them however they are sent."""

    packed: bytes
    headers: dict[str, str]


@cache
def _file(name: str) -> _File:
    packed = (_STATIC / f"{name}.gz").read_bytes()
    headers = {
        "Content-Type": _TYPES[name],
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        # Asked again each time, answered 304: an upgrade shows at once.
        "Cache-Control": "no-cache",
        "ETag": f'W/"{hashlib.sha256(packed).hexdigest()[:20]}"',
        "Vary": "Accept-Encoding",
    }
    return _File(packed, headers)


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header lets gzip through; its own entry goes before the star's."""
    weights: dict[str, float] = {}
    for entry in accepted.lower().split(","):
        coding, _, parameters = entry.partition(";")
        weight = parameters.strip().removeprefix("q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _endpoint(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        file = _file(name)
        if file.headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=file.headers)
        if takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(file.packed, headers={**file.headers, "Content-Encoding": "gzip"})
        return Response(gzip.decompress(file.packed), headers=file.headers)

    return send


def routes() -> list[Route]:
    """The page and its files. All public: there is no data in them."""
    page = [Route(path, _endpoint("index.html"), methods=["GET"]) for path in ("/explorer", "/explorer/")]
    return page + [
        Route(f"/explorer/{name}", _endpoint(name), methods=["GET"]) for name in _TYPES if name != "index.html"
    ]

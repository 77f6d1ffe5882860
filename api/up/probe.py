"""Asking over the network whether the web process is there, without any client library's import."""

import asyncio
import json
import socket
from contextlib import suppress

from api.up.child import ChildFailed

_QUESTION = json.dumps({"query": "{ __typename }"}).encode()


def must_be_free(host: str, port: int) -> None:
    """Raise with a remedy if somebody listens there already."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((host, port))
        except OSError as error:
            raise ChildFailed(
                f"port {port} of {host} cannot be had ({error.strerror}); choose another: --port"
            ) from error


async def answers(host: str, port: int, path: str, *, key: str | None = None) -> bool:
    """Whether it answers with 200: a GET, or with a key the smallest question."""
    if key is None:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
    else:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(_QUESTION)}\r\n\r\n"
        request = head.encode() + _QUESTION
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                status = await reader.readline()
            finally:
                writer.close()
            return status.split()[1:2] == [b"200"]
    return False

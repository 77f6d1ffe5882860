"""The Idempotency-Key of a request over HTTP: read from its headers, and joined with what is asked and by whom.

Sockets have no header an operation: what must not be done twice is sent by POST.
"""

import hashlib
from typing import Final

from graphql import print_ast

from api.answers import Refusal, Scope
from api.documents import Ready
from domain.access import Presented
from domain.idempotency import Once, is_key, request_hash, request_key

HEADER: Final = b"idempotency-key"
REPLAYED: Final = (b"idempotent-replayed", b"true")


def read_key(scope: Scope) -> bytes | None:
    """The key that the headers name, or None where they name none; Refusal where it is no key."""
    found: list[bytes] = [value for name, value in scope["headers"] if name == HEADER]
    if not found:
        return None
    if len(found) > 1 or not is_key(found[0]):
        message = "The header Idempotency-Key must be given once, with 1 to 255 visible ASCII characters."
        raise Refusal(400, "BAD_REQUEST", message)
    return found[0]


def once(secret: bytes, presented: Presented, key: bytes, prepared: Ready, variables: dict[str, object] | None) -> Once:
    """What makes the request the same as one that came before; `secret` is the deployment's sub-key for this."""
    return Once(
        request_key(secret, presented.key_id.hex, key),
        request_hash(prepared.name, _normalised(prepared), variables),
        presented.answers_key,
    )


def _normalised(prepared: Ready) -> bytes:
    """The document without its layout, by its hash; read once for each that is kept."""
    if prepared.digest is None:
        prepared.digest = hashlib.sha256(print_ast(prepared.document).encode()).digest()
    return prepared.digest

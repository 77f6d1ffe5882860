"""Decisions about requests that come with a key: which are the same, and who alone can read an answer that was kept."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.deployment import claim_key

KEPT: Final = timedelta(hours=24)
"""For how long a request sent again is known, at least."""
WAIT: Final = 2.0
"""Seconds that a request waits for the same one that is being carried out."""

_NONCE: Final = 12
_CUSTOMER: Final = re.compile(rb"\bcus_([0-9a-f]{32})\b")
_SYNTAX: Final = re.compile(rb"[\x21-\x7e]{1,255}")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be carried out once: its key, what it asks, and the caller's key for the answer."""

    request_key: UUID
    request_hash: bytes
    answers_key: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered the first time."""

    status: int
    answer: bytes


class Mismatch(Exception):
    """The key was used for another request."""


class Forgotten(Exception):
    """The request was carried out, and somebody whom it named was erased since: neither it nor its answer is known."""


class Busy(Exception):
    """The same request is being carried out at this moment."""


def is_key(text: bytes) -> bool:
    """Whether it can be a key: 1 to 255 visible ASCII characters."""
    return _SYNTAX.fullmatch(text) is not None


def request_key(secret: bytes, caller: str, key: bytes) -> UUID:
    """One key of one caller; `secret` is the deployment's sub-key for this."""
    return UUID(bytes=claim_key(secret, caller, key.decode("ascii")))


def request_hash(operation_name: str | None, document: bytes, variables: Mapping[str, object] | None) -> bytes:
    """The same for requests that ask the same, however their JSON is laid out; `document` is normalised already."""
    parts = ((operation_name or "").encode(), document, _canonical(variables or {}))
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()


def _canonical(variables: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, lone surrogates: refused later, but by the field's own words
        return json.dumps(variables, sort_keys=True).encode()


def sealed(once: Once, answer: bytes) -> bytes:
    """The answer, to be read only with the secret that the caller presents; bound to its request."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(once.answers_key).encrypt(nonce, answer, once.request_key.bytes + once.request_hash)


def opened(once: Once, octets: bytes) -> bytes:
    return AESGCM(once.answers_key).decrypt(
        octets[:_NONCE], octets[_NONCE:], once.request_key.bytes + once.request_hash
    )


def customers_in(answer: bytes) -> set[UUID]:
    """Whom an answer names."""
    return {UUID(hex=found.decode()) for found in _CUSTOMER.findall(answer)}


def without(answer: bytes, secrets: Iterable[Path]) -> bytes:
    """The answer with null at these places of its data."""
    paths = list(secrets)
    if not paths:
        return answer
    told = orjson.loads(answer)
    for path in paths:
        place = told["data"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = None
    return orjson.dumps(told)

"""The deployment: where the servers are, the secret, and the sub-keys derived from it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
_BLOCK = 64


class Label(StrEnum):
    """What a sub-key is for; one label each, so that no two uses share a key."""

    CLAIMS = "claims"
    ARMS = "arms"
    TOMBSTONES = "tombstones"
    CURSORS = "cursors"
    IDEMPOTENCY = "idempotency"
    LINKS = "links"
    WEBHOOKS = "webhooks"
    FINGERPRINT = "fingerprint"


class Misconfigured(Exception):
    """The environment lacks something or says something impossible; the message names the variable and the remedy."""


@dataclass(frozen=True, slots=True)
class Secret:
    """RAPPORT_SECRET: 32 bytes, never in the database."""

    value: bytes

    @staticmethod
    def parse(text: str) -> "Secret":
        """From 64 hex digits or base64."""
        try:
            value = bytes.fromhex(text) if len(text) == 2 * SECRET_BYTES else base64.b64decode(text, validate=True)
        except ValueError as error:
            raise Misconfigured("RAPPORT_SECRET is neither 64 hex digits nor base64 of 32 bytes") from error
        if len(value) != SECRET_BYTES:
            raise Misconfigured(f"RAPPORT_SECRET has {len(value)} bytes; it must have {SECRET_BYTES}")
        return Secret(value)

    def key(self, label: Label, length: int = 32) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=f"rapport:{label}".encode()).derive(self.value)

    @property
    def fingerprint(self) -> str:
        """Kept in the database; a start with another secret is refused by it."""
        return self.key(Label.FINGERPRINT, 16).hex()

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the environment says; one value handed down from the doors."""

    database_url: str
    redis_url: str
    secret: Secret
    allowed_origins: tuple[str, ...] = ()
    # Where the journal of erasures is kept, outside the database.
    erasures: Path | None = None

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> "Deployment":
        def need(name: str, remedy: str) -> str:
            value = environment.get(name, "").strip()
            if not value:
                raise Misconfigured(f"{name} is not set: {remedy}")
            return value

        origins = environment.get("RAPPORT_ALLOWED_ORIGINS", "")
        return Deployment(
            database_url=need("DATABASE_URL", "set it to a Postgres URL, or start everything with `rapport up`"),
            redis_url=need("REDIS_URL", "set it to a Redis or Valkey URL, or start everything with `rapport up`"),
            secret=Secret.parse(need("RAPPORT_SECRET", "set it to 64 hex digits, the same on every start")),
            allowed_origins=tuple(origin.strip() for origin in origins.split(",") if origin.strip()),
            erasures=Path(environment["RAPPORT_ERASURES"]) if environment.get("RAPPORT_ERASURES") else None,
        )


def claim_key(key: bytes, source: str, external_id: str) -> bytes:
    """The first 16 bytes of an HMAC of (source, external id): unique like the text, and telling nothing of it."""
    halves = _halves(key)
    inner, outer = halves[0].copy(), halves[1].copy()
    inner.update(f"{source}\x00{external_id}".encode())
    outer.update(inner.digest())
    return outer.digest()[:16]


@lru_cache(maxsize=8)
def _halves(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """HMAC's two hashes with the key in them (RFC 2104): made once, for millions of claims are made with one key."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

"""What a key is: how its text is made and taken apart, when it holds, and what a request for one must say."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.access.principal import Principal
from domain.errors import Fault, Refused
from domain.ids import KeyId
from domain.vocabulary import MADE_OF_CONTACTS, Role

_SECRET_BYTES: Final = 32
_SHOWN: Final = 20
"""How much of a key is shown again later: `rap_` and the first half of its id, which is no secret."""
_LONGEST: Final = 200
_TOKEN: Final = re.compile(r"rap_([0-9a-f]{32})([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What is asked for; whether it reads personal data follows from the role where nothing is said."""

    name: str
    role: Role
    source: str | None = None
    reads_personal_data: bool | None = None
    expires_at: datetime | None = None

    @property
    def may_read_personal_data(self) -> bool:
        return self.role is Role.ADMIN if self.reads_personal_data is None else self.reads_personal_data


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: everything but its secret."""

    key_id: KeyId
    name: str
    role: Role
    source: str | None
    reads_personal_data: bool
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, with its whole text: shown once, stored nowhere."""

    key: Key
    token: str

    def __repr__(self) -> str:
        return f"NewKey({self.key!r}, token=…)"


@dataclass(frozen=True, slots=True)
class Lock:
    """What a presented key is held against."""

    principal: Principal
    secret_hash: bytes
    expires_at: datetime | None
    revoked_at: datetime | None

    def opens(self, secret_hash: bytes, *, now: datetime) -> bool:
        """Whether the key fits and still holds; the comparison takes the same time whatever differs."""
        fits = hmac.compare_digest(self.secret_hash, secret_hash)
        return fits and self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Presented:
    """A key that somebody shows: which one it says it is, and the hash of its secret."""

    key_id: KeyId
    secret_hash: bytes
    # From the secret itself, which is stored nowhere: what is encrypted with it, its owner alone can read.
    answers_key: bytes = field(repr=False)


def new_token(key_id: UUID) -> tuple[str, bytes]:
    """The whole text of a new key, and the hash that is stored of it."""
    secret = secrets.token_hex(_SECRET_BYTES)
    return f"rap_{key_id.hex}{secret}", _hash(secret)


def read_token(text: str) -> Presented | None:
    """None where the text is no key of ours: nobody has to be asked then."""
    found = _TOKEN.fullmatch(text)
    return Presented(KeyId(UUID(hex=found[1])), _hash(found[2]), _answers_key(found[2])) if found else None


def shown_part(token: str) -> str:
    return token[:_SHOWN]


def check_request(request: KeyRequest, *, now: datetime) -> None:
    """Refuses a request that cannot become a key, naming every field that is wrong."""
    faults = []
    if not request.name.strip():
        faults.append(Fault.required("must say whom or what the key is for", "name"))
    elif len(request.name) > _LONGEST:
        faults.append(Fault.invalid(f"is longer than {_LONGEST} characters", "name"))
    source = (request.source or "").strip()
    if request.role is Role.PARTNER and not source:
        faults.append(Fault.required("is needed: a PARTNER reads and writes for one source only", "source"))
    elif len(source) > _LONGEST:
        faults.append(Fault.invalid(f"is longer than {_LONGEST} characters", "source"))
    elif source == MADE_OF_CONTACTS:
        message = f"{source} is the name of what is made of campaigns' contacts: give another"
        faults.append(Fault.invalid(message, "source"))
    if request.expires_at is not None and request.expires_at <= now:
        faults.append(Fault.invalid("lies in the past", "expiresAt"))
    if faults:
        raise Refused(*faults)


def _answers_key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"rapport:answers").derive(secret.encode())


def _hash(secret: str) -> bytes:
    """SHA-256 alone is enough for 256 random bits: there is nothing to guess that a slow hash would protect."""
    return hashlib.sha256(secret.encode()).digest()

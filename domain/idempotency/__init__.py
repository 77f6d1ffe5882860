"""Idempotency: a request that comes with a key is carried out once, and sent again it is answered the same."""

from domain.idempotency.commands import forget, keep, take, tidy
from domain.idempotency.rules import Busy, Forgotten, Kept, Mismatch, Once, is_key, request_hash, request_key, without

__all__ = [
    "Busy",
    "Forgotten",
    "Kept",
    "Mismatch",
    "Once",
    "forget",
    "is_key",
    "keep",
    "request_hash",
    "request_key",
    "take",
    "tidy",
    "without",
]

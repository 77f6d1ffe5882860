"""Access: who may ask and write what. Keys are made, listed, revoked and held against what a caller presents."""

from domain.access.allowance import Allowance
from domain.access.commands import create_key, note_use, revoke_key, settle_secret
from domain.access.commands_roles import grant_service, service_role
from domain.access.principal import OPERATOR, Principal
from domain.access.queries import find_key, list_keys, lock_of
from domain.access.rules import Key, KeyRequest, Lock, NewKey, Presented, read_token

__all__ = [
    "OPERATOR",
    "Allowance",
    "Key",
    "KeyRequest",
    "Lock",
    "NewKey",
    "Presented",
    "Principal",
    "create_key",
    "find_key",
    "grant_service",
    "list_keys",
    "lock_of",
    "note_use",
    "read_token",
    "revoke_key",
    "service_role",
    "settle_secret",
]

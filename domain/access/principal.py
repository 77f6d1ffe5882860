"""The caller: who asks, in which role, for which source, and whether personal data may be read."""

from dataclasses import dataclass

from domain.ids import KeyId
from domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """What a credential stands for. `source` is the one that a PARTNER may read and write for."""

    name: str
    role: Role
    reads_personal_data: bool = False
    source: str | None = None
    key_id: KeyId | None = None


OPERATOR = Principal("operator", Role.ADMIN, reads_personal_data=True)
"""Who types on the deployment's own command line."""

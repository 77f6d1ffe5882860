"""What is stored of callers: API keys by the hash of their secret."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Role


class ApiKey(SQLModel, table=True):
    """The secret itself is shown once and never stored."""

    __tablename__ = "api_key"
    __table_args__ = (columns.one_of("role", Role, "api_key"), columns.LOCAL)

    key_id: UUID = columns.uuid(key=True)
    name: str = columns.words(personal=False)
    role: str = columns.words(personal=False)
    source: str | None = columns.words(personal=False, null=True)
    reads_personal_data: bool = columns.truth()
    prefix: str = columns.words(personal=False)
    secret_hash: bytes = columns.octets()
    created_at: datetime = columns.instant()
    last_used_at: datetime | None = columns.instant(null=True)
    expires_at: datetime | None = columns.instant(null=True)
    revoked_at: datetime | None = columns.instant(null=True)

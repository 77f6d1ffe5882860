"""What is stored of campaigns: the name that touchpoints and orders refer to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from domain import columns


class Campaign(SQLModel, table=True):
    """A campaign that facts may name; steps, arms and contacts come with the campaigns feature."""

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("key", name="campaign_key"), columns.REFERENCE)

    campaign_id: UUID = columns.uuid(key=True)
    key: str = columns.words(personal=False)
    name: str = columns.words(personal=False)
    created_at: datetime = columns.instant()
    updated_at: datetime = columns.instant()

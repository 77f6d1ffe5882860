"""What is stored of segments: the segments, each version of their rules, and who is and was in them.

Who is in a segment is packed, one row a customer: a hundred segments of a million customers are a million rows, not
fifteen million, and one customer's segments are one look-up. Who has left is a row a stay.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import SegmentChangeCause, SegmentKind


class Segment(SQLModel, table=True):
    """A saved question about customers that stays answered, or a list that people keep."""

    __tablename__ = "segment"
    __table_args__ = (
        columns.one_of("kind", SegmentKind, "segment"),
        UniqueConstraint("key", name="segment_key"),
        Index("segment_created_at", "created_at", "segment_id"),
        columns.REFERENCE,
    )

    segment_id: UUID = columns.uuid(key=True)
    key: str = columns.words(personal=False)
    name: str = columns.words(personal=False)
    # What search looks in: key and name, folded.
    search_fold: str = columns.folded(personal=False)
    description: str | None = columns.words(personal=False, null=True)
    kind: str = columns.words(personal=False)
    # The version that membership follows; null until everybody has been looked at once.
    number: int | None = columns.big(null=True)
    member_count: int = columns.big(default="0")
    created_at: datetime = columns.instant()
    updated_at: datetime = columns.instant()
    refreshed_at: datetime | None = columns.instant(null=True)
    archived_at: datetime | None = columns.instant(null=True)


class SegmentVersion(SQLModel, table=True):
    """A rule as it was said once. An edit makes another, which is built beside the one that holds, and then holds.

    `rule` is as domain/segments/rule.py keeps it, `filter` as it is told; both are null where people keep the list.
    A rule that asks for personal data has its values told only to those who may read such.
    """

    __tablename__ = "segment_version"
    __table_args__ = (Index("segment_version_segment", "segment_id"), columns.REFERENCE)

    number: int = columns.big(key=True)
    segment_id: UUID = columns.uuid()
    rule: object = columns.json(personal=True, null=True)
    filter: object = columns.json(personal=True, null=True)
    definition: str | None = columns.words(personal=True, null=True)
    # The same without its values.
    masked: str | None = columns.words(personal=False, null=True)
    personal: bool = columns.truth()
    # Whether it asks for personal data by anything else than declared attributes; null in rows of before it was kept.
    inherent: bool | None = columns.truth(default=None, null=True)
    made_at: datetime = columns.instant()
    retired_at: datetime | None = columns.instant(null=True)


class SegmentUse(SQLModel, table=True):
    """A segment whose newest rule names another."""

    __tablename__ = "segment_use"
    __table_args__ = (Index("segment_use_named", "named_id"), columns.REFERENCE)

    segment_id: UUID = columns.uuid(key=True)
    named_id: UUID = columns.uuid(key=True)


class CustomerSegment(SQLModel, table=True):
    """The segments that a customer is in, by the numbers of their versions, in order; since when, and why."""

    __tablename__ = "customer_segment"
    __table_args__ = (
        Index("customer_segment_segments", "segments", postgresql_using="gin"),
        # Whoever follows a segment is told of those who have changed lately.
        Index("customer_segment_refreshed_at", "refreshed_at"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    segments: list[int] = columns.big_list()
    entered_at: list[datetime] = columns.instant_list()
    # Places in SegmentChangeCause.
    causes: list[int] = columns.big_list()
    refreshed_at: datetime = columns.instant()


class SegmentStay(SQLModel, table=True):
    """A stay that has ended."""

    __tablename__ = "segment_stay"
    __table_args__ = (
        columns.one_of("entered_cause", SegmentChangeCause, "segment_stay"),
        columns.one_of("left_cause", SegmentChangeCause, "segment_stay"),
        Index("segment_stay_left", "segment_id", "left_at"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    segment_id: UUID = columns.uuid(key=True)
    entered_at: datetime = columns.instant(key=True)
    entered_cause: str = columns.words(personal=False)
    left_at: datetime = columns.instant()
    left_cause: str = columns.words(personal=False)


class SegmentSweep(SQLModel, table=True):
    """How far the clock was followed: the one row there is."""

    __tablename__ = "segment_sweep"
    __table_args__ = (columns.REFERENCE,)

    sweep_id: int = columns.big(key=True)
    before: datetime = columns.instant()
    swept_until: datetime = columns.instant()


class SegmentTurn(SQLModel, table=True):
    """Somebody whom the edge of a window has passed, and who is still to be looked at."""

    __tablename__ = "segment_turn"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)


class SegmentListed(SQLModel, table=True):
    """Somebody whom people, or a clustering, put on a list."""

    __tablename__ = "segment_listed"
    __table_args__ = (Index("segment_listed_segment", "segment_id", "customer_id"), columns.distributed())

    customer_id: UUID = columns.uuid(key=True)
    segment_id: UUID = columns.uuid(key=True)
    recorded_for: UUID = columns.uuid(key=True)
    listed_at: datetime = columns.instant()

"""Score history: what the scores of a customer were, when; and of which instants everybody's are kept.

A month's snapshot is everybody's; between two of them only those are written whose stage, tier or band has changed
since their latest one. So what held of a customer at any instant is their latest snapshot up to it.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import LifecycleStage, RiskBand, ValueTier


class ScoreSnapshot(SQLModel, table=True):
    """What is told of the past, and nothing else: eight columns, which with their indexes take some 200 bytes.

    Beside what a customer's history tells there is the band: who among the best has become likely to leave is asked
    of two instants. Revenue and profit of any period are in customer_month, so they are not here. `as_of` is that of
    the scoring, the same for all of a run. No fact moves it: merged customers keep what was so of them, apart from
    the survivor's, and have it again when the merge is undone.
    """

    __tablename__ = "score_snapshot"
    __table_args__ = (
        columns.one_of("lifecycle_stage", LifecycleStage, "score_snapshot"),
        columns.one_of("value_tier", ValueTier, "score_snapshot"),
        columns.one_of("risk_band", RiskBand, "score_snapshot"),
        Index("score_snapshot_as_of", "as_of"),
        # What a large segment's history reads of each member, from the index alone.
        Index(
            "score_snapshot_held", "customer_id", "as_of", postgresql_include=["lifetime_value", "churn_probability"]
        ),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    as_of: datetime = columns.instant(key=True)
    churn_probability: float | None = columns.narrow(null=True)
    # Three digits: recency, frequency, monetary value.
    rfm: int | None = columns.small(null=True)
    lifetime_value: Decimal | None = columns.money(null=True)
    lifecycle_stage: str = columns.words(personal=False)
    value_tier: str | None = columns.words(personal=False, null=True)
    risk_band: str | None = columns.words(personal=False, null=True)


class SnapshotOfAll(SQLModel, table=True):
    """An instant of which everybody's snapshot is there, whole: it is kept for ever, and answers for who is in it."""

    __tablename__ = "snapshot_of_all"
    __table_args__ = (columns.REFERENCE,)

    as_of: datetime = columns.instant(key=True)
    written_at: datetime = columns.instant()

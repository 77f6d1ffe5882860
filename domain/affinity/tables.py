"""What is kept of products together: small tables that the nightly run writes whole, and the runs themselves."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns


class ProductOffer(SQLModel, table=True):
    """One product as something to offer. Chances are of a customer's next purchase, a day as everywhere."""

    __tablename__ = "product_offer"
    __table_args__ = (Index("product_offer_place", "place"), columns.REFERENCE)

    product_id: UUID = columns.uuid(key=True)
    buyers: int = columns.big()
    # Of all customers who bought anything.
    buyer_share: float = columns.real()
    units: int = columns.big()
    purchases: int = columns.big()
    # The logit of the chance that the next purchase holds it, of somebody who never bought it.
    base: float = columns.real()
    # The share of its buyers' later purchases that hold it again, and how far the back-test moves its logit.
    again: float = columns.real()
    again_shift: float = columns.real()
    # Of its buyers who came back for anything, how many bought it again.
    repeat_share: float = columns.real()
    is_repeated: bool = columns.truth()
    # Days between two purchases of it, on the mean of those who bought it again.
    gap_days: float | None = columns.real(null=True)
    profit_per_unit: Decimal = columns.money()
    profit_per_purchase: Decimal = columns.money()
    last_sold_at: datetime = columns.instant()
    # From 1, by what offering it to a stranger is expected to earn; null where too few bought it.
    place: int | None = columns.big(null=True)


class ProductAffinity(SQLModel, table=True):
    """Who bought the one, bought the other: the strongest of each product."""

    __tablename__ = "product_affinity"
    __table_args__ = (columns.REFERENCE,)

    product_id: UUID = columns.uuid(key=True)
    offered_id: UUID = columns.uuid(key=True)
    # Customers who bought both.
    buyers: int = columns.big()
    # Of those who bought the one, how many bought the other; and of those who did not.
    share: float = columns.real()
    share_of_others: float = columns.real()
    # share ÷ that of all, shrunk towards 1.
    lift: float = columns.real()
    # What it adds to the logit of the chance.
    weight: float = columns.real()


class CategoryTransition(SQLModel, table=True):
    """From a category of one purchase to those of the next."""

    __tablename__ = "category_transition"
    __table_args__ = (columns.REFERENCE,)

    category: str = columns.words(key=True, personal=False)
    next_category: str = columns.words(key=True, personal=False)
    customers: int = columns.big()
    share: float = columns.real()
    lift: float = columns.real()
    weight: float = columns.real()


class AttributeShare(SQLModel, table=True):
    """A value that products have: what share of all units sold has it."""

    __tablename__ = "attribute_share"
    __table_args__ = (columns.REFERENCE,)

    attribute: str = columns.words(key=True, personal=False)
    value: str = columns.words(key=True, personal=False)
    units: int = columns.big()
    share: float = columns.real()


class AffinityRun(SQLModel, table=True):
    """A nightly run: as of when, over how many, how it was calibrated and what its back-test says."""

    __tablename__ = "affinity_run"
    __table_args__ = (Index("affinity_run_as_of", "as_of"), columns.REFERENCE)

    affinity_run_id: UUID = columns.uuid(key=True)
    as_of: datetime = columns.instant()
    finished_at: datetime = columns.instant()
    # Those whose purchases were counted; all of them, unless there are very many.
    customers: int = columns.big()
    calibration: dict[str, object] = columns.json(personal=False)
    holdout: dict[str, object] | None = columns.json(personal=False, null=True)

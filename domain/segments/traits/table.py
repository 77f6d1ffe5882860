"""What is stored of traits: how many of all customers have each value."""

from datetime import datetime

from sqlmodel import SQLModel

from domain import columns


class TraitShare(SQLModel, table=True):
    """A value that customers have, or a band of numbers; counted every night, and held against a segment's members."""

    __tablename__ = "trait_share"
    __table_args__ = (columns.REFERENCE,)

    attribute: str = columns.words(key=True, personal=False)
    value: str = columns.words(key=True, personal=False)
    # Made of personal data: told only to those who may read such.
    personal: bool = columns.truth()
    # A band of numbers, from low to below high; open where one is null.
    banded: bool = columns.truth()
    low: float | None = columns.real(null=True)
    high: float | None = columns.real(null=True)
    customers: int = columns.big()
    # Of all customers.
    share: float = columns.real()
    as_of: datetime = columns.instant()

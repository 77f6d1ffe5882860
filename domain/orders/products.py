"""What is stored of products: the catalogue, and what each cost and was sold for over time."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import ProductKind


class Product(SQLModel, table=True):
    """Known by its sku; what was sold keeps the price and cost of its day."""

    __tablename__ = "product"
    __table_args__ = (
        columns.one_of("kind", ProductKind, "product"),
        UniqueConstraint("sku", name="product_sku"),
        Index("product_name", "name_fold", "product_id"),
        columns.REFERENCE,
    )

    product_id: UUID = columns.uuid(key=True)
    sku: str = columns.words(personal=False)
    name: str = columns.words(personal=False)
    name_fold: str = columns.folded(personal=False)
    kind: str = columns.words(personal=False, default="'GOOD'")
    category: str | None = columns.words(personal=False, null=True)
    supplier: str | None = columns.words(personal=False, null=True)
    price: Decimal | None = columns.money(null=True)
    unit_cost: Decimal | None = columns.money(null=True)
    attributes: dict[str, object] = columns.json(personal=False)
    discontinued_at: datetime | None = columns.instant(null=True)
    created_at: datetime = columns.instant()
    updated_at: datetime = columns.instant()


class ProductPrice(SQLModel, table=True):
    """Price and cost from a moment on; the earliest also stands for all time before it."""

    __tablename__ = "product_price"
    __table_args__ = (columns.REFERENCE,)

    product_id: UUID = columns.uuid(key=True)
    valid_from: datetime = columns.instant(key=True)
    price: Decimal | None = columns.money(null=True)
    unit_cost: Decimal | None = columns.money(null=True)

"""What is sold."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from domain.vocabulary import ProductKind
from schema.connection import FORWARD, Connection, Node
from schema.fields import argument, field, optional
from schema.filters import AttributeFilter, DecimalFilter, IDFilter, Period, StringFilter
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.portfolio_habits import ProductAdoption

_Adoption = Annotated["ProductAdoption", strawberry.lazy("schema.portfolio_habits")]


@strawberry.type(description="A good or a service that is sold.")
class Product(Node):
    sku: str = field("Its number in the catalogue.")
    name: str = field("What it is called.")
    kind: ProductKind = field("A good or a service.")
    category: str | None = field("The department or group that it belongs to.")
    supplier: str | None = field("Who makes or delivers it.")
    price: Decimal | None = field("What one costs today.")
    unit_cost: Decimal | None = field("What one costs us today; null where it is not known.")
    attributes: JSON = field("Whatever else is said of it, by name.")
    discontinued_at: datetime | None = field("No longer sold, and never recommended, from then on.")
    adoption: _Adoption = field(
        "Which of all customers buy it, and who else might. Of many products at once, portfolio.productAdoption tells.",
        argument("over", Period | None, "From when until when; left out: the whole relationship."),
    )


@strawberry.input(description="Which products. All that is given must hold.")
class ProductFilter:
    id: IDFilter | None = optional("By id.")
    sku: StringFilter | None = optional("By number in the catalogue.")
    kind: ProductKind | None = optional("Goods or services.")
    category: StringFilter | None = optional("By category.")
    supplier: StringFilter | None = optional("By supplier.")
    name: StringFilter | None = optional("By name.")
    price: DecimalFilter | None = optional("By today's price.")
    attributes: list[AttributeFilter] | None = optional("By named values; all must hold.")
    discontinued: bool | None = optional("Whether it is sold no longer.")


@strawberry.type
class ProductQuery:
    product: Product | None = field(
        "One product, by its id or by its SKU.",
        argument("id", ID | None, "Its id."),
        argument("sku", str | None, "Its number in the catalogue."),
    )
    products: Connection[Product] = field(
        "The catalogue, by name.",
        *FORWARD,
        argument("where", ProductFilter | None, "Which products."),
        argument("search", str | None, "Finds by part of a name or SKU."),
    )

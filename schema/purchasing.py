"""How a customer buys, and what that earns."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.vocabulary import PaymentMethod, TradingForm
from schema.fields import argument, field
from schema.products import Product


@strawberry.type(description="How often, and how much of, one product was bought.")
class ProductPurchases:
    product: Product = field("The product.")
    orders: int = field("Orders that hold it.")
    units: int = field("How many were bought.")
    revenue: Decimal = field("What they brought in, before returns.")
    last_order_at: datetime = field("When it was last ordered.")


@strawberry.type(description="How often, and how much of, one category was bought.")
class CategoryPurchases:
    category: str = field("The category.")
    orders: int = field("Orders that hold it.")
    units: int = field("How many were bought.")
    revenue: Decimal = field("What they brought in, before returns.")
    last_order_at: datetime = field("When it was last ordered.")


@strawberry.type(description="How the customer buys. Cancelled orders count in nothing.")
class Purchasing:
    order_count: int = field("How many orders.")
    first_order_at: datetime | None = field("The first order.")
    last_order_at: datetime | None = field("The last order.")
    average_order_value: Decimal | None = field("What an order brings in; null without one.")
    median_days_between_orders: float | None = field(
        "How many days usually lie between two with a purchase (the median); null with fewer than two."
    )
    next_order_expected_at: datetime | None = field(
        "When the next order is to be expected; null where the customer has probably left."
    )
    return_rate: float | None = field("Share of the revenue that was paid back for returns.")
    discount_share: float | None = field("Share of the orders that had a discount.")
    revenue_trend: float | None = field("Revenue of the last twelve months against the twelve before: 1 is level.")
    outstanding: Decimal = field("What was ordered and is not paid yet.")
    overdue: Decimal = field("What was not paid when it was due.")
    product_count: int = field("Different products that were bought.")
    category_count: int = field("Different categories that were bought.")
    categories: list[CategoryPurchases] = field("Most revenue first.")
    products: list[ProductPurchases] = field(
        "Most revenue first.", argument("first", int | None, "How many: at most 250.", default=10)
    )
    preferred_trading_form: TradingForm | None = field("The form of trade of most orders.")
    preferred_payment_method: PaymentMethod | None = field("What most orders were paid with.")


@strawberry.type(description="profit = revenue - returns - costOfGoods - costToServe - marketingCost")
class Profitability:
    revenue: Decimal = field("What orders brought in, with shipping, net of tax, before returns.")
    returns: Decimal = field("What was paid back for returns.")
    cost_of_goods: Decimal = field("What we paid for what was sold, less what came back.")
    cost_to_serve: Decimal = field("What touchpoints of no campaign cost.")
    marketing_cost: Decimal = field("What campaigns cost.")
    profit: Decimal = field("What is left.")
    margin: float | None = field("profit / (revenue - returns), null without revenue.")
    cost_coverage: float | None = field(
        "Share of the revenue whose cost of goods is known; for the rest the settings' margin is assumed. Null without"
        " revenue."
    )

"""Orders with products, payments and returns: what customers buy, pay and bring back."""

from domain.orders.catalogue import record_products
from domain.orders.commands import record_orders
from domain.orders.keeping import kept_tables
from domain.orders.returning import record_returns

__all__ = ["kept_tables", "record_orders", "record_products", "record_returns"]

"""The temporary tables of a deed on orders, for a session that keeps them (domain/commands_kept.py)."""

from functools import cache
from pathlib import Path

from domain.sqlfile import statements

_DOMAIN = Path(__file__).parents[1]
# Each after those that it is made of.
_STEPS = {
    "orders/sql/record.sql": ("batch", "costs", "lines", "parts", "sums", "faults", "new", "refs"),
    "portfolio/sql/months.sql": ("create",),
    "identity/sql/resolve.sql": ("who", "touch", "prospect"),
    "touchpoints/sql/facts.sql": ("create", "rates"),
    "customers/sql/touch.sql": ("marked",),
    "orders/sql/again.sql": ("again", "stored", "sent", "lines", "payments", "cancelled"),
}
_LAST = ("paid_orders", "told_before")


@cache
def kept_tables(staging: str) -> tuple[str, ...]:
    """The statements that make them."""
    steps = [(path, step) for path, names in _STEPS.items() for step in names]
    steps += [("orders/sql/record.sql", step) for step in _LAST]
    return tuple(statements(_DOMAIN / path)[step].replace("{s}", staging) for path, step in steps)

"""Products on their way into staging."""

from datetime import datetime
from decimal import Decimal
from math import isfinite

import orjson
from msgspec import UNSET, UnsetType

from domain.folding import order_key
from domain.transfer.inputs import ProductInput
from domain.transfer.scalars import Unfit, dated, plain
from domain.transfer.stage import Batches, Ground, Row


class ProductStaging:
    """Every row is a unit; of a field it is staged whether it was given, for null clears and left out stays."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._batches = Batches()
        self.tables: dict[str, list[Row]] = {"product": []}

    def add(self, given: ProductInput, line: int) -> None:
        price, unit_cost = _amount(given.price, "price"), _amount(given.unit_cost, "unitCost")
        discontinued = _moment(given.discontinued_at)
        attributes = None if given.attributes is None else attributes_text(given.attributes, "attributes")
        batch, product_id = self._batches.of(1), next(self._ground.ids)
        name = None if given.name is None else (given.name, order_key(given.name))
        self.tables["product"].append(
            (
                *(line, batch, product_id, given.sku),
                *(name or (None, None)),
                given.kind,
                *_given(given.category),
                *_given(given.supplier),
                *_given(price),
                *_given(unit_cost),
                attributes,
                *_given(discontinued),
            )
        )


def _given(value: object) -> Row:
    return (None, False) if value is UNSET else (value, True)


def _amount(value: Decimal | UnsetType | None, field: str) -> str | UnsetType | None:
    return plain(value, field) if isinstance(value, Decimal) else value


def _moment(value: datetime | UnsetType | None) -> datetime | UnsetType | None:
    return dated(value, "discontinuedAt") if isinstance(value, datetime) else value


def attributes_text(attributes: dict[str, object], field: str) -> str:
    """Values by name as JSON text: scalars only. Raises Unfit."""
    for name, value in attributes.items():
        if not name or len(name) > 255:
            raise Unfit(field, "has a name that is empty or longer than 255 characters")
        if isinstance(value, (dict, list)):
            raise Unfit(f"{field}.{name}", "must be a text, a number, true, false or null")
        if isinstance(value, float) and not isfinite(value):
            raise Unfit(f"{field}.{name}", "is no number")
    try:
        return orjson.dumps(attributes).decode()
    except TypeError as error:
        raise Unfit(field, "has a number that is too large") from error

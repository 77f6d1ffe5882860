"""Returns on their way into staging: by order or by customer, in the base currency."""

from domain.errors import ErrorCode
from domain.transfer.inputs import ReturnInput, ReturnLineInput
from domain.transfer.kinds import MOST_LINES
from domain.transfer.refs import MISSING, NOBODY, who
from domain.transfer.scalars import Unfit, not_ahead, plain
from domain.transfer.stage import Ground, Row, at_least_one


class ReturnStaging:
    """Batches are numbered when all are in: returns are applied in the order of their times."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._apart = one_row_a_line
        self._last: Row | None = None
        names = ("return_head", "return_row") if one_row_a_line else ("return", "return_line")
        self.tables: dict[str, list[Row]] = {name: [] for name in names}

    def add(self, given: ReturnInput, line: int) -> None:
        self._ground.check_source(given.source)
        if given.customer is None and given.order_external_id is None:
            raise Unfit("customer", MISSING, ErrorCode.REQUIRED)
        reference = NOBODY if given.customer is None else who(given.customer, given.source, self._ground.caller)
        if not given.lines:
            raise Unfit("lines", "is empty: say what came back", ErrorCode.REQUIRED)
        if len(given.lines) > MOST_LINES:
            raise Unfit("lines", f"are more than {MOST_LINES}", ErrorCode.LIMIT_EXCEEDED)
        lines = [_line(item, position) for position, item in enumerate(given.lines)]
        refund = None if given.refund is None else plain(given.refund, "refund")
        order = given.order_external_id and self._ground.claim(given.source, given.order_external_id)
        claim = self._ground.claim(given.source, given.external_id)
        returned_at = not_ahead(given.returned_at, self._ground.now, "returnedAt")
        about = (*reference, given.source, given.external_id, returned_at)
        fields = (*about, given.reason, refund)
        if self._apart:
            self._add_row(claim, line, order, fields, lines[0])
            return
        self.tables["return"].append((line, 0, claim, order, *self._ids(), *fields))
        items = [(line, 0, position, line, *item) for position, item in enumerate(lines)]
        self.tables["return_line"].extend(items)

    def _add_row(self, claim: object, line: int, order: object, fields: Row, item: Row) -> None:
        if self._last != (claim, order, fields):
            self._last = (claim, order, fields)
            self.tables["return_head"].append((line, 0, claim, order, *self._ids(), *fields))
        self.tables["return_row"].append((claim, line, *item))

    def _ids(self) -> Row:
        ids = self._ground.ids
        return next(ids), next(ids), next(ids)


def _line(item: ReturnLineInput, position: int) -> Row:
    try:
        quantity = at_least_one(item.quantity, "quantity")
        amount = None if item.unit_amount is None else plain(item.unit_amount, "unitAmount")
    except Unfit as fault:
        raise Unfit(f"lines.{position}.{fault.field}", fault.reason, fault.code) from None
    return item.sku, quantity, amount

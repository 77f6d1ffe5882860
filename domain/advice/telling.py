"""How the evidence of an advice is told: amounts, shares and days in SQL, for the placeholders of sql/actions.sql."""


def _amount(sql: str) -> str:
    return f"round({sql}, 2) || ' ' || p.money"


def _share(sql: str) -> str:
    """Per cent, with a decimal where it is small."""
    return f"round(({sql} * 100)::numeric, CASE WHEN {sql} < 0.1 THEN 1 ELSE 0 END) || ' %'"


def _day(sql: str) -> str:
    return f"to_char({sql} AT TIME ZONE {{zone}}, 'FMDD FMMonth YYYY')"


FIGURES = {
    "risk": _share("p.risk"),
    "response": _share("p.response"),
    "usual": _share("p.usual_rate"),
    "low": _share("p.low"),
    "high": _share("p.high"),
    "predicted": _amount("p.predicted"),
    "worth": _amount("p.worth"),
    "usual_order": _amount("u.amount"),
    "message": _amount("p.message_cost"),
    "product_price": _amount("x.price"),
    "paid": _amount("x.paid"),
    "served": _amount("d.cost"),
    "saved": _amount("d.saved"),
    "open_since": _day("p.open_since"),
    "complained": _day("p.complained_at"),
    "last_order": _day("p.last_order_at"),
    "first_order": _day("p.first_order_at"),
}

"""The fragments that recommendations and valued attributes are read by: for one customer in a question, for many in a
job. sql/recommended.sql is the one place that knows what is offered to whom.
"""

from pathlib import Path

from domain.consents.entity import UNWILLING, willing
from domain.sqlfile import part

_SQL = Path(__file__).parent / "sql"

MOST = 60
"""So many recommendations a customer at most."""

TABLES = {"offers": "product_offer", "affinities": "product_affinity", "transitions": "category_transition"}

VALUED = """
SELECT a.attribute, a.value
FROM (VALUES ('category', p.category), ('supplier', p.supplier), ('kind', p.kind)) AS a (attribute, value)
WHERE a.value IS NOT NULL
UNION ALL
SELECT e.key, e.value FROM jsonb_each_text(p.attributes) e
WHERE jsonb_typeof(p.attributes -> e.key) IN ('string', 'number', 'boolean')
  AND e.key NOT IN ('category', 'supplier', 'kind') AND length(e.key) <= 200 AND length(e.value) <= 200
"""
"""The values of a product {p}: its group, who makes it, what it is, and what else is said of it in a word."""


def recommended(
    *, now: str = "{now}", today: str = "{today}", zone: str = "{zone}", most: int = MOST, owner: str = "{owner}"
) -> str:
    """A select of what to offer one customer, best expected profit first (`place`); names as the reader fills them."""
    levels = {f"of_{name}": f"{alias}.customer_id = {owner}" for name, alias in _LEVELS.items()}
    return _filled(f"SELECT {owner}::uuid AS customer_id", levels, TABLES, now, today, zone, most)


def recommended_to_many(
    among: str, *, now: str, today: str, zone: str, most: int = MOST, tables: dict[str, str] | None = None
) -> str:
    """The same for all customers of a select with the column customer_id."""
    levels = dict.fromkeys((f"of_{name}" for name in _LEVELS), "true")
    return _filled(among, levels, tables or TABLES, now, today, zone, most)


def valued() -> str:
    """A select of which values of products one customer prefers: attribute, value, share, lift, score."""
    return part(_SQL / "valued.sql").format(owner="{owner}", now="{now}", willing=willing("{owner}"), valued=VALUED)


_LEVELS = {"consents": "k", "orders": "o", "lines": "l"}


def _filled(
    whose: str, levels: dict[str, str], tables: dict[str, str], now: str, today: str, zone: str, most: int
) -> str:
    told = {
        "repeat_share": _percent("b.repeat_share"),
        "share": _percent("b.share"),
        "led_share": _percent("b.led_share"),
        "buyer_share": _percent("b.buyer_share"),
        "times_others": "trim_scale(round((b.share / nullif(b.share_of_others, 0))::numeric, 1))",
        "gap": "greatest(round(b.gap_days), 1)",
    }
    asked = {"now": now, "today": today, "zone": zone, "most": str(most), "unwilling": UNWILLING}
    return part(_SQL / "recommended.sql").format(whose=whose, **levels, **tables, **told, **asked)


def _percent(share: str) -> str:
    """A share in words: whole per cent, of small ones a decimal more."""
    return f"trim_scale(round((100 * {share})::numeric, CASE WHEN {share} < 0.0995 THEN 1 ELSE 0 END)) || ' %'"

"""What customers are worth: in ten equal groups, by value and risk, and by why they buy."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Final

from domain.portfolio import fragments
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.declare import first, money, real, text, whole
from domain.query.entity import Entity, Relation, Shape
from domain.vocabulary import RiskBand, ValueTier

_sql: Final = partial(fragments.part, "worth")


def told(select: str, key: str, label: str, where: str) -> str:
    """A source of rows g of the select, each a group."""
    return f"(SELECT g.*, {key} AS group_key, {label} AS group_label, {where} AS group_where FROM ({select}) g) {{b}}"


def listed(words: type[StrEnum]) -> str:
    """SQL of a closed set, in its order."""
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"


_DECILES: Final = told(
    _sql("deciles"),
    "g.decile::text",
    "CASE g.decile WHEN 1 THEN 'The most valuable tenth' WHEN 10 THEN 'The least valuable tenth'"
    " ELSE 'Tenth ' || g.decile || ' by lifetime value' END",
    "jsonb_build_object('lifetimeValue', jsonb_build_object('gte', g.lowest::text, 'lte', g.highest::text))",
)
_GRID: Final = told(
    _sql("grid").replace("{tiers}", listed(ValueTier)).replace("{bands}", listed(RiskBand)),
    "g.value_tier || '.' || g.risk_band",
    "'Value ' || lower(g.value_tier) || ', risk ' || lower(g.risk_band)",
    "jsonb_build_object('valueTier', jsonb_build_array(g.value_tier), 'riskBand', jsonb_build_array(g.risk_band))",
)
_NEEDS: Final = told(
    _sql("needs"),
    "g.kind || '.' || g.name",
    "g.name",
    "jsonb_build_object('need', jsonb_build_object('kind', g.kind, 'name', g.name))",
)

_WORTH = {"customers": whole("customers"), "lifetimeValue": money("lifetime_value")}
ENTITIES: Final = (
    Entity(
        name="ValueDecile",
        key="decile",
        columns={
            "decile": whole("decile"),
            "shareOfTotal": real("share"),
            "cumulativeShare": real("cumulative"),
            **_WORTH,
        },
        relations={"group": OF_GROUP},
    ),
    Entity(
        name="RiskValueCell",
        key="place",
        columns={
            "valueTier": text("value_tier"),
            "riskBand": text("risk_band"),
            "profit": money("profit"),
            **_WORTH,
        },
        relations={"group": OF_GROUP},
    ),
    Entity(
        name="NeedShare",
        key="group_key",
        columns={"kind": text("kind"), "name": text("name"), "profit": money("profit"), **_WORTH},
        relations={"group": OF_GROUP},
    ),
)

OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "valueDeciles": Relation(
        entity="ValueDecile", shape=Shape.MANY, source=_DECILES, order="{a}.decile", rows=10, weight=WEIGHT
    ),
    "riskValueGrid": Relation(
        entity="RiskValueCell", shape=Shape.MANY, source=_GRID, order="{a}.place", rows=12, weight=WEIGHT
    ),
    "needs": Relation(
        entity="NeedShare",
        shape=Shape.MANY,
        source=_NEEDS,
        find=first(50),
        order='{a}.customers DESC, {a}.group_key COLLATE "C"',
        weight=WEIGHT,
    ),
}

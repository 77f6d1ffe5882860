"""How customers come and move on: along the life cycle, what winning them costs, and what would improve profit."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from domain.consents.entity import willing
from domain.portfolio import fragments
from domain.portfolio.queries_grouping import WORDS
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.portfolio.queries_worth import listed, told
from domain.query.asking import Asked, Tree
from domain.query.declare import money, text, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import present
from domain.vocabulary import LifecycleStage, Strategy

_sql: Final = partial(fragments.part, "worth")
CUSTOMARY: Final = "{now} - interval '90 days'"
"""Since when moves are told where nobody says."""


def _flow(asked: Asked, _: Mapping[str, Tree]) -> Found:
    """Where it ends now, the live stages are read and no snapshot."""
    over = asked.over if isinstance(asked.over, dict) else {}
    named = [name for name in ("from", "until", "last") if present(over, name) is not None]
    since = "{since}" if named else CUSTOMARY
    began, ended, joined = _then("b", since), "s.lifecycle_stage", _joined("b", since)
    if "until" in named:
        ended = f"CASE WHEN {{until}} >= {{now}} THEN s.lifecycle_stage ELSE {_then('e', '{until}')} END"
        joined += _joined("e", "{until}")
    select = _sql("flow").replace("{stage_from}", began).replace("{stage_until}", ended).replace("{joined}", joined)
    return Found(source=f"({select.replace('{willing}', willing('w.customer_id'))}) {{b}}")


def _then(alias: str, at: str) -> str:
    return _sql("stage_then").format(alias=alias, at=at)


def _joined(alias: str, at: str) -> str:
    return " " + _sql("joined_then").format(alias=alias, at=at, who="{who}")


_STAGES: Final = listed(LifecycleStage)
_WON: Final = "s.first_order_at >= {since} AND s.first_order_at < {until}"
_ADVISED: Final = _sql("advised").replace("{willing}", willing("n.customer_id"))

_WHY: Final[Mapping[Strategy, str]] = {
    Strategy.ONBOARD: "New customers who have bought on one day only",
    Strategy.NURTURE: "Prospects, and customers who are neither loyal nor at risk",
    Strategy.CROSS_SELL: "Buyers to whom something of a kind that they have not bought is recommended",
    Strategy.UP_SELL: "Buyers to whom something dearer than they usually buy is recommended",
    Strategy.REWARD_LOYALTY: "Loyal customers who are unlikely to leave",
    Strategy.RETAIN: "Customers who may leave",
    Strategy.WIN_BACK: "Customers who have lapsed",
    Strategy.RECOVER_SERVICE: "Customers with an open case, or with a complaint since which none was resolved",
    Strategy.REDUCE_COST_TO_SERVE: "Customers who cost much to serve, and could be reached over a cheaper channel",
}
_REASON: Final = (
    "CASE g.strategy " + " ".join(f"WHEN '{strategy}' THEN '{why}'" for strategy, why in _WHY.items()) + " END"
    " || ': advised first for ' || g.customers || ', who are expected to earn ' || g.each || ' ' || g.money"
    " || ' each on the mean' || coalesce('; over ' || g.channel || ' for ' || g.over_channel || ' of them', '')"
    " || '; worked out until ' || to_char(g.as_of AT TIME ZONE {zone}, 'FMDD FMMonth YYYY')"
)
_STRATEGIES: Final = told(
    f"SELECT g.*, {_REASON} AS reason FROM ({_sql('strategies').replace('{advised}', _ADVISED)}) g",
    "g.strategy",
    WORDS.format("g.strategy"),
    "jsonb_build_object('nextAction', jsonb_build_array(g.strategy))",
)

ENTITIES: Final = (
    Entity(
        name="LifecycleFlow",
        key="stage_from",
        columns={"from": text("stage_from"), "to": text("stage_until"), "customers": whole("customers")},
    ),
    Entity(
        name="AcquisitionCost",
        key="channel",
        columns={
            "channel": text("channel"),
            "customers": whole("customers"),
            "cost": money("cost"),
            "costPerCustomer": money("cost_each"),
            "lifetimeValuePerCustomer": money("value_each"),
        },
    ),
    Entity(
        name="StrategyOpportunity",
        key="strategy",
        columns={
            "strategy": text("strategy"),
            "customers": whole("customers"),
            "expectedProfit": money("expected_profit"),
            "reason": text("reason"),
        },
        relations={"group": OF_GROUP},
    ),
)

OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "lifecycleFlow": Relation(
        entity="LifecycleFlow",
        shape=Shape.MANY,
        find=_flow,
        order=f"array_position({_STAGES}, {{a}}.stage_from), array_position({_STAGES}, {{a}}.stage_until)",
        rows=len(LifecycleStage) ** 2,
        weight=WEIGHT,
    ),
    "acquisition": Relation(
        entity="AcquisitionCost",
        shape=Shape.MANY,
        source=f"({_sql('acquisition').replace('{won}', _WON)}) {{b}}",
        order='{a}.customers DESC, {a}.channel COLLATE "C"',
        rows=12,
        weight=WEIGHT,
    ),
    "strategies": Relation(
        entity="StrategyOpportunity",
        shape=Shape.MANY,
        source=_STRATEGIES,
        order='{a}.expected_profit DESC, {a}.strategy COLLATE "C"',
        rows=len(Strategy),
        weight=WEIGHT,
    ),
}

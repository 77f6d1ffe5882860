"""How groups answered what campaigns sent them: rates shrunk towards everybody's, with what holds them 80 times in 100.

Empirical Bayes as in domain/advice/shrinkage.py: everybody's rate leans on what is customary of direct marketing, and
a group's on everybody's, each with the weight of GROUP_STRENGTH messages; the interval is the posterior's.
"""

from collections.abc import Mapping
from typing import Final

from domain.advice.shrinkage import ASSUMED, GROUP_STRENGTH, LEVEL
from domain.consents.entity import UNWILLING
from domain.ids import Prefix
from domain.portfolio.dimensions import ResultDimension
from domain.portfolio.fragments import IN_TIME, filled, part, spanned
from domain.portfolio.queries_channels import CONTACTS
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.asking import Asked, Occasion, Tree, plain
from domain.query.declare import part as of_row
from domain.query.declare import public_id, real, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone
from domain.query.predicate import Slots
from domain.segments.entities.withheld import FEWEST, shown, unless_read

MOST: Final = 250
"""Groups that are told at once."""
_CELLS: Final = 400

FLOAT_INTERVAL: Final = Entity(
    name="FloatInterval", columns={"low": real("low"), "high": real("high"), "level": real("level")}
)

PROPENSITY_GROUP: Final = Entity(
    name="PropensityGroup",
    key="group_key",
    columns={
        "contacted": whole("contacted"),
        "responded": whole("responded"),
        "responseRate": real("response_rate"),
    },
    relations={"group": OF_GROUP, "interval": of_row("FloatInterval")},
)


def _of_score(name: str, filtered: str, *, refused: bool = True) -> str:
    """What a customer is scored as; who refuses profiling is not scored, or soon will not be."""
    unwilling = f"SELECT FROM customer_consent k WHERE k.customer_id = s.customer_id AND {UNWILLING}"
    return _of_customer(
        f"x.{name}",
        f"jsonb_build_object('{filtered}', jsonb_build_array(x.{name}))",
        f"JOIN customer_score x ON x.customer_id = s.customer_id WHERE x.{name} IS NOT NULL"
        + (f" AND NOT EXISTS ({unwilling})" if refused else ""),
    )


def _of_customer(key: str, named: str, joined: str, *, label: str = "") -> str:
    return filled(part("propensity", "by_customer"), key=key, label=label or key, named=named, joined=joined)


_SEGMENT: Final = public_id(Prefix.SEGMENT, "v.segment_id")
_GROUPED: Final[Mapping[ResultDimension, str]] = {
    ResultDimension.CHANNEL: part("propensity", "by_channel"),
    ResultDimension.OFFER: part("propensity", "by_offer"),
    ResultDimension.VALUE_TIER: _of_score("value_tier", "valueTier"),
    ResultDimension.RISK_BAND: _of_score("risk_band", "riskBand"),
    # That is made of purchases alone: lists tell it of everybody.
    ResultDimension.LIFECYCLE_STAGE: _of_score("lifecycle_stage", "lifecycleStage", refused=False),
    ResultDimension.COUNTRY: _of_customer(
        "x.country",
        "jsonb_build_object('country', jsonb_build_object('eq', x.country))",
        "JOIN customer x ON x.customer_id = s.customer_id WHERE x.country IS NOT NULL",
    ),
    ResultDimension.NEED: _of_customer(
        "x.kind || ':' || x.name",
        "jsonb_build_object('need', jsonb_build_object('kind', x.kind, 'name', x.name))",
        "JOIN customer_need x ON x.customer_id = s.customer_id",
        label="x.name",
    ),
    ResultDimension.SEGMENT: _of_customer(
        "v.key",
        f"jsonb_build_object('inSegment', jsonb_build_array({_SEGMENT}))",
        "JOIN customer_segment x ON x.customer_id = s.customer_id CROSS JOIN LATERAL unnest(x.segments) AS u (number)"
        " JOIN segment v ON v.number = u.number WHERE v.archived_at IS NULL"
        f" AND {unless_read(shown('v.segment_id'))}",
        label="v.name",
    ),
}
"""How contacts are grouped. Of variants, steps and goals of campaigns nothing is recorded yet: no group."""


_TOUCHED: Final = (
    "jsonb_build_object('touchpoints', jsonb_build_object('where',"
    """ '{{"kind": ["CAMPAIGN_SENT"]}}'::jsonb || {0} || """ + spanned("occurredAt") + "))"
)
# An offer that a touchpoint names and few received might name who they are.
_ENOUGH: Final = f"{{reads}} OR bool_and(f.is_open) OR count(DISTINCT f.customer_id) >= {FEWEST}"
_SOURCE: Final = filled(
    part("propensity", "propensity"),
    contacts=CONTACTS,
    in_time=IN_TIME.format("c.at"),
    enough=_ENOUGH,
    groups=f"{MOST}",
    quantiles=part("propensity", "quantiles"),
    sent=_TOUCHED.replace("{0}", "r.sent"),
    sent_too=_TOUCHED.replace("{0}", "r.sent_too"),
    assumed_rate=f"{ASSUMED.rate}",
    strength=f"{GROUP_STRENGTH}::float8",
    level=f"{LEVEL}::float8",
    cells=f"{_CELLS}",
)
_NOBODY: Final = (
    "(SELECT NULL::text AS group_key, NULL::text AS group_label, NULL::jsonb AS group_where, 0 AS contacted,"
    " 0 AS responded, NULL::float8 AS response_rate, NULL::float8 AS low, NULL::float8 AS high, NULL::float8 AS level"
    " WHERE false) {b}"
)


def _groups(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    by, goal, channel = (alone(arguments, name) for name in ("by", "goal", "channel"))
    assert by is not None
    grouped = _GROUPED.get(ResultDimension(str(asked.decide(by, turn=_plainly))))
    if grouped is None or goal is not None:
        return Found(source=_NOBODY)
    slots: Slots = () if channel is None else (("channel", asked.slot("text", channel, turn=_plainly)),)
    only = "'{{}}'::jsonb" if channel is None else "jsonb_build_object('channel', jsonb_build_array({channel}))"
    among = "" if channel is None else "AND c.channel = {channel}"
    return Found(source=filled(_SOURCE, grouped=grouped, over_channel=among, only_channel=only), slots=slots)


def _plainly(_: Occasion, value: object) -> object:
    return plain(value)


OF_PORTFOLIO: Final = {
    "responsePropensity": Relation(
        entity="PropensityGroup",
        shape=Shape.MANY,
        find=_groups,
        order='{a}.response_rate DESC, {a}.contacted DESC, {a}.group_key COLLATE "C"',
        rows=12,
        weight=WEIGHT,
    )
}

ENTITIES: Final = (PROPENSITY_GROUP, FLOAT_INTERVAL)

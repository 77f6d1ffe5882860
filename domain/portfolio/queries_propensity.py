"""How groups answered what campaigns sent them: rates shrunk towards everybody's, with what holds them 80 times in 100.

Empirical Bayes as in domain/advice/shrinkage.py: everybody's rate leans on what is customary of direct marketing with
the weight of GROUP_STRENGTH messages, a group's on everybody's with as many as groups that answer so much alike are
worth (Kleinman's moments). The moments of a few groups are chance: GROUP_STRENGTH has the say of one more group.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.advice.shrinkage import ASSUMED, FEWEST, GROUP_STRENGTH, LEVEL
from domain.advice.shrinkage import MOST as MOST_STRENGTH
from domain.consents.entity import willing
from domain.ids import Prefix
from domain.portfolio.dimensions import ResultDimension
from domain.portfolio.fragments import IN_TIME, filled, part, spanned
from domain.portfolio.queries_channels import CONTACTS
from domain.portfolio.queries_whom import OF_GROUP, WEIGHT
from domain.query.asking import Asked, Given, Tree, plainly
from domain.query.declare import part as of_row
from domain.query.declare import public_id, real, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone
from domain.query.predicate import Slots
from domain.segments.entities.withheld import shown, unless_read

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


Sent = Callable[[str], str]
"""SQL of a CustomerFilter: whom campaigns sent something in the period, as this JSON says besides."""
_ANYTHING: Final = "'{{}}'::jsonb"


@dataclass(frozen=True, slots=True)
class Grouping:
    """How messages are grouped, and SQL by a group's key r.key: the CustomerFilter that finds it, and its label."""

    rows: str
    where: Callable[[Sent], str]
    label: str = "r.key"


def _by_touchpoints(said: str) -> str:
    return (
        "jsonb_build_object('touchpoints', jsonb_build_object('where',"
        f""" '{{{{"kind": ["CAMPAIGN_SENT"]}}}}'::jsonb || {{only_channel}} || {said} || {spanned("occurredAt")}))"""
    )


def _by_contacts(said: str) -> str:
    return (
        "jsonb_build_object('contacts', jsonb_build_object('where',"
        f""" '{{{{"sentAt": {{{{"isNull": false}}}}}}}}'::jsonb || {{only_channel}} || {{only_goal}} || {said}"""
        f" || {spanned('sentAt')}))"
    )


def _of_contacts(key: str, said: str) -> Grouping:
    rows = filled(part("propensity", "by_contact"), key=key)
    return Grouping(rows, lambda _: _by_contacts(f"jsonb_build_object({said})"))


def _of_customer(key: str, named: str, joined: str, *, label: str = "r.key") -> Grouping:
    rows = filled(part("propensity", "by_customer"), key=key, joined=joined)
    return Grouping(rows, lambda sent: f"jsonb_build_object({named}) || {sent(_ANYTHING)}", label)


def _of_score(name: str, filtered: str, *, refused: bool = True) -> Grouping:
    """What a customer is scored as; who refuses profiling is not scored, or soon will not be."""
    joined = f"JOIN customer_score x ON x.customer_id = s.customer_id WHERE x.{name} IS NOT NULL"
    joined += f" AND {willing('s.customer_id')}" if refused else ""
    return _of_customer(f"x.{name}", f"'{filtered}', jsonb_build_array(r.key)", joined)


_SEGMENT: Final = public_id(Prefix.SEGMENT, "v.segment_id")
_OF_KEY: Final = "(SELECT {0} FROM segment v WHERE v.key = r.key)"
_NEED: Final = "split_part(r.key, ':', 1)", "substr(r.key, strpos(r.key, ':') + 1)"
_CAMPAIGN: Final = f"(SELECT {public_id(Prefix.CAMPAIGN, 'k.campaign_id')} FROM campaign k WHERE k.key = r.key)"
_NAMED: Final = "jsonb_build_object('properties', jsonb_build_array(jsonb_build_object('name', 'offer') || {0}))"
_MOST_WAYS: Final = 100
"""Of saying one offer that its filter knows of: with blanks around it, or longer than is told."""


def _offered(sent: Sent) -> str:
    """What a message names as its offer, no contact tells."""
    besides = "" if sent is _by_touchpoints else f" || {sent(_ANYTHING)}"
    tests = {"as_told": "jsonb_build_object('string', jsonb_build_object('eq', r.key))", "as_said": "x.test"}
    ways = {way: f"{_by_touchpoints(_NAMED.format(test))}{besides}" for way, test in tests.items()}
    of_campaign = sent(f"jsonb_build_object('campaign', {_CAMPAIGN})")
    return filled(
        part("propensity", "where_offer"),
        of_campaign=of_campaign,
        of_offer=filled(part("propensity", "where_said"), **ways),
    )


_GROUPED: Final[Mapping[ResultDimension, Grouping]] = {
    ResultDimension.CHANNEL: Grouping(
        part("propensity", "by_channel"), lambda sent: sent("jsonb_build_object('channel', jsonb_build_array(r.key))")
    ),
    ResultDimension.GOAL: Grouping(
        part("propensity", "by_goal"), lambda _: _by_contacts("jsonb_build_object('goal', jsonb_build_array(r.key))")
    ),
    ResultDimension.VARIANT: _of_contacts("k.variant", "'variant', r.key"),
    ResultDimension.STEP: _of_contacts(part("propensity", "step"), "'step', r.key::bigint"),
    ResultDimension.OFFER: Grouping(
        # What touchpoints say is personal: who may not read such, may not ask for it by the group's filter either.
        filled(part("propensity", "by_offer"), ways=f"{_MOST_WAYS}"),
        _offered,
    ),
    ResultDimension.VALUE_TIER: _of_score("value_tier", "valueTier"),
    ResultDimension.RISK_BAND: _of_score("risk_band", "riskBand"),
    # That is made of purchases: lists tell it of everybody.
    ResultDimension.LIFECYCLE_STAGE: _of_score("lifecycle_stage", "lifecycleStage", refused=False),
    ResultDimension.COUNTRY: _of_customer(
        "x.country",
        "'country', jsonb_build_object('eq', r.key)",
        "JOIN customer x ON x.customer_id = s.customer_id WHERE x.country IS NOT NULL",
    ),
    ResultDimension.NEED: _of_customer(
        "x.kind || ':' || x.name",
        f"'need', jsonb_build_object('kind', {_NEED[0]}, 'name', {_NEED[1]})",
        "JOIN customer_need x ON x.customer_id = s.customer_id",
        label=_NEED[1],
    ),
    ResultDimension.SEGMENT: Grouping(
        filled(part("propensity", "by_segment"), shown=unless_read(shown("v.segment_id"))),
        lambda sent: (
            f"jsonb_build_object('inSegment', jsonb_build_array({_OF_KEY.format(_SEGMENT)})) || {sent(_ANYTHING)}"
        ),
        _OF_KEY.format("v.name"),
    ),
}

_SOURCE: Final = filled(
    part("propensity", "propensity"),
    contacts=CONTACTS,
    in_time=IN_TIME.format("c.at"),
    groups=f"{MOST}",
    quantiles=part("propensity", "quantiles"),
    assumed_rate=f"{ASSUMED.rate}",
    strength=f"{GROUP_STRENGTH}::float8",
    fewest=f"{FEWEST}::float8",
    most=f"{MOST_STRENGTH}::float8",
    level=f"{LEVEL}::float8",
    cells=f"{_CELLS}",
)
_COUNTS: Final = "count(*) AS contacted, count(*) FILTER (WHERE s.answered) AS responded"


def _groups(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    by, goal, channel = (alone(arguments, name) for name in ("by", "goal", "channel"))
    assert by is not None
    grouping = _GROUPED[ResultDimension(asked.word(by))]
    given = (("channel", channel), ("goal", goal))
    slots: Slots = tuple((name, asked.slot("text", one, turn=plainly)) for name, one in given if one is not None)
    source = filled(
        _SOURCE,
        grouped=grouping.rows,
        counts=_COUNTS,
        label=grouping.label,
        # A touchpoint knows its campaign, and not what that was for.
        where=grouping.where(_by_touchpoints if goal is None else _by_contacts),
        over_channel="" if channel is None else "AND c.channel = {channel}",
        over_goal="" if goal is None else part("propensity", "over_goal"),
        only_channel=_only("channel", channel),
        only_goal=_only("goal", goal),
    )
    return Found(source=source, slots=slots)


def _only(name: str, given: Given | None) -> str:
    return _ANYTHING if given is None else f"jsonb_build_object('{name}', jsonb_build_array({{{name}}}))"


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

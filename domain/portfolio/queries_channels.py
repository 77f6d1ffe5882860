"""What channels the customers of a portfolio use, prefer and answer, and what each earns and costs."""

from collections.abc import Mapping
from typing import Final

from domain.advice import fragments as advice
from domain.portfolio.fragments import IN_TIME, filled, part
from domain.portfolio.queries_whom import WEIGHT, over_of
from domain.query.asking import Asked, Tree
from domain.query.declare import money, real, text, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.periods import WHOLE
from domain.vocabulary import Channel

_KINDS: Final = "'CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE'"
_SENT: Final = filled(advice.part("contacts", "sent"), whose="IN (SELECT w.customer_id FROM {who} w)", kinds=_KINDS)
# What was sent before the period takes no answer away from what was sent in it: the last before an answer has it.
_SINCE: Final = _SENT.replace("t.occurred_at <= {now}", "t.occurred_at <= {now} AND t.occurred_at >= {since}")
# An order is looked for contact by contact: whose it may be is known.
CONTACTS: Final = f"{_SINCE}, {filled(advice.part('contacts', 'contact'), whose='IS NOT NULL')}"
"""Parts of a WITH: `contact`, what campaigns sent to the customers from the beginning of the period on, each with
whether it was answered by now, credited as everywhere.
"""

CHANNEL_USE: Final = Entity(
    name="ChannelUse",
    key="channel",
    columns={
        "channel": text("channel"),
        "customers": whole("customers"),
        "touches": whole("touches"),
        "preferredBy": whole("preferred_by"),
        "responseRate": real("response_rate"),
        "revenue": money("revenue"),
        "cost": money("cost"),
    },
)


def _source(over: str) -> str:
    return filled(
        part("channels", "mix"),
        passed=part("channels", f"passed_{over}"),
        users=part("channels", f"users_{over}"),
        channels=f"ARRAY{[str(channel) for channel in Channel]}",
        contacts=CONTACTS,
        in_time=IN_TIME.format("c.at"),
        touched=IN_TIME.format("t.occurred_at"),
        ordered=IN_TIME.format("o.ordered_at"),
    )


_EVER: Final = _source("ever")
_OVER: Final = _source("over")


def _mix(asked: Asked, _: Mapping[str, Tree]) -> Found:
    return Found(source=_EVER if over_of(asked) == WHOLE else _OVER)


OF_PORTFOLIO: Final = {
    "channelMix": Relation(
        entity="ChannelUse",
        shape=Shape.MANY,
        find=_mix,
        order='{a}.customers DESC, {a}.touches DESC, {a}.channel COLLATE "C"',
        rows=len(Channel),
        weight=WEIGHT,
    )
}

ENTITIES: Final = (CHANNEL_USE,)

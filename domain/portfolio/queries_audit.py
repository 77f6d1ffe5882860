"""Signs that relationships are weakening: nine figures of a period, held against the period of equal length before.

What the scores were when a period began is what was kept of them; the SQL says what counts as known.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from domain.consents.entity import willing
from domain.ids import Prefix
from domain.portfolio import fragments
from domain.portfolio.dimensions import AuditSignalKind as K
from domain.portfolio.fragments import filled
from domain.portfolio.queries_whom import WEIGHT
from domain.portfolio.significance import SCORE_AT_LEVEL, deviate
from domain.query.declare import instant, of, part, public_id, real, text
from domain.query.entity import Entity, Kind, Relation, Shape

_sql: Final = partial(fragments.part, "audit")
MOST_NAMED: Final = 1_000
"""So many customers are named one by one where no filter describes them."""

# Not before the calendar begins.
_OTHERWISE: Final = "greatest({until} - interval '90 days', '0001-01-01Z'::timestamptz)"
_BEGAN: Final = f"(CASE WHEN isfinite({{since}}) THEN least({{since}}, {{until}}) ELSE {_OTHERWISE} END)"
_BEFORE: Final = f"({_BEGAN} - ({{until}} - {_BEGAN}))"
_EARLIER: Final = f"({_BEFORE} - ({{until}} - {_BEGAN}))"
_TIMES: Final = {"began": _BEGAN, "before": _BEFORE, "earlier": _EARLIER}

# What is told of each, and of whom it is.
_KINDS: Final[Mapping[K, tuple[str, str]]] = {
    K.BEST_CUSTOMERS_AT_RISK: (
        "Best customers who came into a higher risk band",
        "Best customers whose risk has risen",
    ),
    K.CUSTOMERS_SWITCHING_AWAY: ("Customers who left", "Customers who left"),
    K.REPURCHASE_RATE_OF_BEST: (
        "Best customers who bought again, of those who bought in the period before",
        "Best customers who did not buy again",
    ),
    K.NEW_CUSTOMERS: ("Customers who ordered for the first time", "New customers"),
    K.COMPETITORS_COURTING_BEST: (
        "Offers of competitors to best customers",
        "Best customers whom competitors courted",
    ),
    K.RECOMMEND_SCORE: ("Mean recommend score", "Customers who answered 0 to 6"),
    K.COMPLAINTS: ("Complaints", "Customers who complained"),
    K.UNSUBSCRIBES: ("Unsubscribes", "Customers who unsubscribed"),
    K.AVERAGE_SATISFACTION: ("Mean satisfaction", "Customers who answered 0 to 4"),
}


def _signals() -> str:
    """One select of nine rows; each part reads its own tables once."""
    score = str(SCORE_AT_LEVEL)
    telling = {**_TIMES, "code": _sql("code"), "willing": willing("m.customer_id"), "score": score}
    states = [filled(_sql("state"), **telling, n=str(n)) for n in (1, 2, 3)]
    named = [filled(_sql(name), **telling) for name in ("moved", "said", "counted")]
    figures = {
        "counts": filled(_sql("counts"), **telling),
        "shares": filled(_sql("shares"), **telling),
        "means": filled(_sql("means"), **telling, deviate=_apart()),
    }
    made = [filled(_sql("known"), **_TIMES), *states, *named]
    made += [f"{name} AS ({sql})" for name, sql in figures.items()]
    made += [_sql("sure"), _sql("signal"), _sql("concerned")]
    kinds = (f"({n}, '{kind}', '{told}', '{whom}')" for n, (kind, (told, whom)) in enumerate(_KINDS.items(), start=1))
    who = filled(_sql("named"), id=public_id(Prefix.CUSTOMER, "c.customer_id"), most=str(MOST_NAMED))
    described = filled(_sql("described"), within=filled(_sql("within"), **_TIMES))
    return filled(_sql("signals"), made=",\n".join(made), kinds=", ".join(kinds), named=who, described=described)


def _apart() -> str:
    """Welch's t, over customers."""
    score = "(abs(s.current - s.previous) / sqrt(nullif(s.v + s.u, 0)))"
    freedom = "((s.v + s.u) ^ 2 / nullif(s.v ^ 2 / (s.k - 1) + s.u ^ 2 / (s.l - 1), 0))"
    return deviate(score, freedom)


PERIOD: Final = Entity(name="AuditPeriod", columns={"from": instant("began"), "until": instant("ended")})
AUDIT: Final = Entity(
    name="RelationshipAudit",
    key="began",
    relations={
        "over": part("AuditPeriod"),
        "signals": Relation(
            entity="AuditSignal", shape=Shape.MANY, source=_signals(), order="{a}.n", rows=9, weight=2 * WEIGHT
        ),
    },
)
SIGNAL: Final = Entity(
    name="AuditSignal",
    key="n",
    columns={
        "kind": text("kind"),
        "current": real("current"),
        "previous": real("previous"),
        "change": real("change"),
        "significant": of(Kind.BOOL, "significant"),
        "detail": text("detail"),
    },
    relations={"group": part("Group", present="{a}.group_key IS NOT NULL")},
)

OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "relationshipAudit": Relation(
        entity="RelationshipAudit",
        shape=Shape.ONE,
        source=f"(SELECT {_BEGAN} AS began, {{until}} AS ended) {{b}}",
    ),
}

ENTITIES = (PERIOD, AUDIT, SIGNAL)

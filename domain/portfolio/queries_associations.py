"""Which attributes of customers go with an outcome: the size of each effect, and whether chance explains it.

Attributes are those that traits of segments are told by. All that can be tried is tried, in one statement, and the
chances are corrected for that (Benjamini and Hochberg 1995).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from domain.consents.entity import willing
from domain.portfolio import fragments
from domain.portfolio.dimensions import Outcome as O
from domain.portfolio.entity import PROFIT
from domain.portfolio.fragments import filled
from domain.portfolio.queries_whom import WEIGHT, over_of
from domain.portfolio.significance import deviate, two_sided
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import real, text, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit
from domain.query.periods import WHOLE
from domain.segments.entities.withheld import FEWEST
from domain.segments.traits.commands import MOST_VALUES
from domain.segments.traits.queries import PERSONAL, PLACE, numbers, words

_sql: Final = partial(fragments.part, "associations")
MOST_CUSTOMERS: Final = 20_000
"""Of so many it is told: shares are within .7 percentage points then, 95 times in 100."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """The part of the SQL that tells an outcome, over all time and over a period; an amount, or what happens or not.

    `made_of_it`: attributes that say the outcome in other words.
    """

    ever: str
    then: str
    is_amount: bool
    made_of_it: tuple[str, ...] = ()


_MEASURED: Final[Mapping[O, _Measured]] = {
    O.PROFIT: _Measured("profit", "profit_then", True, ("profitability.profit", "valueTier", "rfm")),
    O.LIFETIME_VALUE: _Measured("value", "value", True, ("profitability.profit", "valueTier", "rfm")),
    O.CHURN: _Measured(
        *("churn", "churn_then", False),
        ("lifecycleStage", "riskBand", "lastOrderAt", "rfm", "valueTier", "revenueTrend"),
    ),
    O.REPEAT_PURCHASE: _Measured("repeat", "repeat_then", False, ("orderCount", "lifecycleStage", "rfm")),
    O.RESPONSE: _Measured("response", "response", False),
}

_PROFIT: Final = PROFIT.replace("{a}", "f")
_DECLARED_PERSONAL: Final = (
    "NOT EXISTS (SELECT FROM attribute_declaration n WHERE n.personal AND n.name = substr(x.attribute, 12)"
    " AND starts_with(x.attribute, 'attributes.'))"
)


def associations(outcome: O, *, ever: bool) -> str:
    """A source of associations; `ever`: over all time."""
    how = _MEASURED[outcome]
    shown = f"({{reads}} OR x.attribute NOT IN {_among(PERSONAL)}) AND {_DECLARED_PERSONAL}"
    if how.made_of_it:
        shown += f" AND x.attribute NOT IN {_among(how.made_of_it)}"
    looked_at = filled(
        _sql("looked_at"),
        outcome=filled(_sql(how.ever if ever else how.then), profit=_PROFIT),
        place=PLACE.format("w.customer_id"),
        willing=willing("w.customer_id"),
        most=str(MOST_CUSTOMERS),
        middle="(SELECT avg(d.y) FROM drawn d)" if how.is_amount else "0",
        words=words("whom"),
        numbers=numbers("whom"),
        shown=shown,
        values=str(MOST_VALUES),
        fewest=str(FEWEST),
    )
    return filled(
        _sql("associations"),
        looked_at=looked_at,
        of_words=_sql("of_amounts" if how.is_amount else "of_shares"),
        of_numbers=_sql("of_numbers"),
        p_value=two_sided("z.score"),
        deviate=deviate("t.score", "t.freedom"),
    )


def _among(names: Sequence[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


def _find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """The strongest first, whichever way it goes."""
    given = alone(arguments, "outcome")
    assert given is not None
    outcome = O(asked.word(given))
    count = limit(asked, alone(arguments, "first") or Given(20))
    return Found(source=associations(outcome, ever=over_of(asked) == WHOLE), limit=count, rows=count)


ASSOCIATION: Final = Entity(
    name="Association",
    key="attribute",
    columns={
        "attribute": text("attribute"),
        "value": text("value"),
        "customers": whole("customers"),
        "effect": real("effect"),
        "pValue": real("p_value"),
        "adjustedPValue": real("adjusted"),
    },
)

OF_PORTFOLIO: Final[Mapping[str, Relation]] = {
    "associations": Relation(
        entity="Association",
        shape=Shape.MANY,
        find=_find,
        order='abs({a}.effect) DESC, {a}.attribute COLLATE "C", {a}.value COLLATE "C" NULLS FIRST',
        rows=20,
        weight=WEIGHT,
        sampled_above=MOST_CUSTOMERS,
    ),
}

ENTITIES = (ASSOCIATION,)

"""How content a customer is: exact, from the customer's own touchpoints; the summaries are made by the same SQL."""

from domain.query.declare import real, whole
from domain.query.entity import Entity, Relation, Shape
from domain.touchpoints.queries_cases import turns


def answers(of: str, by: str = "") -> str:
    """What was answered and complained. Of answers at one instant the lower counts: no order of arrival decides."""
    return (
        f"SELECT {by + ', ' if by else ''}"
        "(array_agg(t.recommend_score ORDER BY t.occurred_at DESC, t.recommend_score)"
        " FILTER (WHERE t.recommend_score IS NOT NULL))[1]::integer AS recommend_score,"
        " avg(t.satisfaction)::float8 AS average_satisfaction,"
        " count(*) FILTER (WHERE t.kind = 'COMPLAINT') AS complaints"
        f" FROM touchpoint t WHERE {of}{' GROUP BY ' + by if by else ''}"
    )


def cases(of: str, by: str = "") -> str:
    """How many are open, and how long it takes to resolve one."""
    told = by.replace("t.", "g.")
    return (
        f"SELECT {told + ', ' if by else ''}"
        "count(*) FILTER (WHERE g.opened IS NOT NULL AND g.resolved IS NULL) AS open_cases,"
        " percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM g.resolved - g.opened)::float8 / 3600)"
        f" AS median_hours_to_resolve FROM ({turns(of, by)}) g{' GROUP BY ' + told if by else ''}"
    )


_OWN = "t.customer_id = {owner}"

SATISFACTION = Entity(
    name="Satisfaction",
    key="complaints",
    columns={
        "recommendScore": whole("recommend_score"),
        "averageSatisfaction": real("average_satisfaction"),
        "openCases": whole("open_cases"),
        "complaints": whole("complaints"),
        "medianHoursToResolve": real("median_hours_to_resolve"),
    },
)

OF_CUSTOMER = Relation(
    entity="Satisfaction",
    shape=Shape.ONE,
    source=f"(SELECT s.*, k.* FROM ({answers(_OWN)}) s CROSS JOIN ({cases(_OWN)}) k) {{b}}",
    kin=True,
    weight=2.0,
)

ENTITIES = (SATISFACTION,)

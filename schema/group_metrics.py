"""What a group of customers earns, at an instant and in the period before it."""

from datetime import datetime
from decimal import Decimal

import strawberry

from schema.fields import field
from schema.purchasing import Profitability


@strawberry.type(
    description="What a group of customers earns. Its figures are of those who belong to it at asOf, whoever they were"
    " before; of customers who were merged since, the survivor counts. Facts told late change the past, too. Customers"
    " who were erased are in no group, nor in its past; what they had earned is in profitability of the history of"
    " everybody's portfolio."
)
class GroupMetrics:
    as_of: datetime = field("The end of the period; of one that is running, now.")
    customers: int = field("How many belong to it at asOf.")
    entered: int = field(
        "How often somebody entered it in the period, up to asOf; whoever came twice is counted twice."
    )
    left: int = field("How often somebody left it in the period, up to asOf.")
    profitability: Profitability = field("What they earned us in the period, whether they belonged to it yet or not.")
    profit_per_customer: Decimal | None = field(
        "The profit of those who belong to it divided by customers; null without customers."
    )
    lifetime_value: Decimal = field(
        "Their lifetime values together: those that were last scored by the end of the period, or live ones where it is"
        " running. A customer who was not scored adds nothing."
    )
    repeat_rate: float | None = field(
        "Share of them who had bought on at least two days by asOf; null without customers."
    )
    repurchase_rate: float | None = field(
        "Share of them who bought in the period before and again in this one; null without customers."
    )
    churn_probability: float | None = field(
        "How likely it is that they have gone: the mean of those who were scored, at the same time as lifetimeValue."
        " Null where nobody was."
    )
    response_rate: float | None = field(
        "Responses to campaigns recorded of them in the period, for each message that was sent to them in it; null"
        " where none was sent."
    )

"""The portfolio: questions that every organization must be able to answer, of many customers together."""

from datetime import datetime, timedelta
from decimal import Decimal

import strawberry

from domain.clock import Duration
from schema.customer_filter import CustomerFilter
from schema.fields import argument, field
from schema.filters import Period
from schema.group_metrics import GroupMetrics
from schema.portfolio_habits import Habits
from schema.portfolio_signs import Signs
from schema.portfolio_worth import Worth
from schema.purchasing import Profitability

OVER = argument(
    "over",
    Period | None,
    "From when until when; left out: the whole relationship. What is not said to be of a period, such as"
    " lifetimeValue, is as of now either way.",
)


@strawberry.type(
    description="The customers that were asked for (all, those of a filter, those of a segment), over the whole time or"
    " a period. Customers who were merged into others count once, as those. Those who were erased are no customers"
    " any more, but what they had earned stays in totals: where no filter leaves anybody out, it is in profitability,"
    " in the amounts of history, in touches, revenue and cost of channelMix, and in profitabilityBy, each of it on the"
    " first day of its month. All else, and whatever is of a filter or a segment, is of those who are known. Amounts"
    " are in the base currency."
)
class Portfolio(Worth, Habits, Signs):
    as_of: datetime = field("The instant that it holds for: now.")
    exact: bool = field(
        "False where something that is asked for beside it may be told from a sample: associations of more than 20,000"
        " customers, likelyBuyers of more than 50,000. Else true: everybody is counted."
    )
    currency: str = field("The base currency: ISO 4217, such as EUR.")
    customers: int = field(
        "How many customers they are, whether they did anything in the period or not. Of a segment whose filter asks"
        " for personal data, callers that may not read such are told 5 where there are fewer, and all other figures as"
        " if there were nobody."
    )
    profitable_customers: int = field(
        "How many of them earned us more than they cost: with a profit above 0. Who earned and cost nothing, such as"
        " most prospects, is neither profitable nor unprofitable."
    )
    unprofitable_customers: int = field("How many of them cost us more than they earned: with a profit below 0.")
    profitability: Profitability = field(
        "What they earned us together; of everybody, with what erased customers had earned."
    )
    lifetime_value: Decimal = field(
        "Their lifetime values together: profit so far and expected profit, as last scored. Who was not scored, such as"
        " prospects and customers who refuse profiling, adds nothing. As of now, whatever the period."
    )
    history: list[GroupMetrics] = field(
        "What they earned, a row for each period, oldest first: does value grow across the portfolio? At most 120. It"
        " is of those who are asked for now, each since we first heard of them: entered counts those who were new in"
        " the row, left is always 0. Who came to a segment and left it again is told by Segment.history.",
        argument(
            "every",
            Duration,
            "How long a period is: whole days, weeks, months or years. One begins where the one before it ends, at a"
            " midnight in settings.timeZone; a month that has no such day ends with its last. The rows are those of the"
            " portfolio's period; where that is left out, or its beginning, the twelve latest, the running one the"
            " last.",
            default=Duration(1, timedelta()),
        ),
    )


@strawberry.type
class PortfolioQuery:
    portfolio: Portfolio = field(
        "All customers together, or those of a filter: who is profitable, what they are worth, and where that comes"
        " from.",
        argument("where", CustomerFilter | None, "Which customers; left out: all."),
        OVER,
    )

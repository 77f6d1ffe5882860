"""Signs that relationships weaken, what goes with an outcome, and whether processes work."""

from datetime import datetime

import strawberry

from domain.portfolio.dimensions import AuditSignalKind, Outcome, ProcessDimension
from schema.fields import argument, closed_set, field
from schema.portfolio_groups import Group

closed_set(
    AuditSignalKind,
    "What weakening relationships show themselves by. Best customers are those of the value tier HIGH when the period"
    " began, as scored last before it, or else as known first; customers who refuse profiling are not among them.",
    BEST_CUSTOMERS_AT_RISK="Best customers whose risk of leaving has risen: how many came into a higher risk band.",
    CUSTOMERS_SWITCHING_AWAY="Customers who have left, against the period before: who told us so, or whose silence"
    " became longer than their own habit allows (LAPSED). Each counts once.",
    REPURCHASE_RATE_OF_BEST="Repurchase rate among the best customers: of those who bought in the period before, the"
    " share that bought again.",
    NEW_CUSTOMERS="New customers, against the period before: who ordered for the first time.",
    COMPETITORS_COURTING_BEST="Competitors' offers to the best customers, as far as they are told: how many.",
    RECOMMEND_SCORE="Willingness to do business with us rather than with competitors, by recommend scores: the mean of"
    " all answers, 0 to 10.",
    COMPLAINTS="How many complaints were made.",
    UNSUBSCRIBES="How often somebody unsubscribed.",
    AVERAGE_SATISFACTION="How content customers were: the mean of all answers, 0 to 10.",
)
closed_set(
    Outcome,
    "What attributes are held against. Over a period it is what came of it in the period; over the whole relationship,"
    " what holds now.",
    PROFIT="What a customer earned us.",
    LIFETIME_VALUE="Profit so far and expected profit together, as last scored, whatever the period; of those scored.",
    CHURN="Whether a customer left. Over the whole relationship: whether who has bought has lapsed. Over a period:"
    " whether who had bought before it bought nothing in it.",
    REPEAT_PURCHASE="Whether who bought did so on two days at least.",
    RESPONSE="Whether whom a campaign sent something has answered a campaign since.",
)
closed_set(
    ProcessDimension,
    "What processes are told apart by. A touchpoint or an order of which it is not known is in no group.",
    FUNCTION="The department whose work a touchpoint was; orders are of none.",
    CHANNEL="The channel of the touchpoint, and of the order.",
    HANDLED_BY="Who dealt with it: a member of staff, a team, a dealer or a partner.",
    SOURCE="The system that sent the touchpoint, and the order.",
    TRADING_FORM="The form of trade of the order; touchpoints are grouped by the order that they name.",
    PRODUCT_CATEGORY="The category of the product: of the one that the touchpoint names, or else of each that its order"
    " holds, and of each that an order holds. So a row may be in several groups.",
)


@strawberry.type(description="The period that an audit is of; it is held against the one of equal length before.")
class AuditPeriod:
    from_: datetime = field("Its first instant.", name="from")
    until: datetime = field("The instant that it ends before.")


@strawberry.type(description="One sign, in the period and in the period of equal length before.")
class AuditSignal:
    kind: AuditSignalKind = field("What it is a sign of.")
    current: float | None = field(
        "In the period: a number of customers or events, a share, or a mean, as kind says. Null: not known, such as a"
        " mean of no answers, or a change of scores from before any were kept."
    )
    previous: float | None = field("The same in the period before.")
    change: float | None = field("current - previous; null where either is.")
    significant: bool = field(
        "Whether chance would hardly explain the change: at a level of .01, two-sided, because nine signs are looked at"
        " at once. Numbers: customers are held against themselves, each as likely to do more as less (McNemar 1947,"
        " corrected for continuity by Edwards 1948; of repeated events the sign-flip variance). Shares, and how many of"
        " the best came into a higher risk band: two proportions with Yates' correction. Means: Welch's t over"
        " customers, who may answer more than once; of fewer than five customers they never are. False where current or"
        " previous is null."
    )
    group: Group | None = field(
        "Whom it concerns in the period: who left, is new, complained, unsubscribed; the best whose risk has risen, who"
        " did not buy again, whom competitors courted; who answered 0 to 6 when asked for a recommendation, 0 to 4 for"
        " satisfaction. Where no filter describes them, they are named one by one; null where that would be more than"
        " 1,000 or none, and where current is."
    )
    detail: str = field("The figures in words, with how many customers they are of.")


@strawberry.type(description="Signs that relationships are weakening, against the period before.")
class RelationshipAudit:
    over: AuditPeriod = field(
        "The portfolio's period; where that is left out, the last 90 days; where it has no beginning, the 90 days"
        " before its end."
    )
    signals: list[AuditSignal] = field("All nine, in the order of AuditSignalKind.")


@strawberry.type(description="How one attribute goes with an outcome, beside all who do not have it.")
class Association:
    attribute: str = field(
        "What it is about, as CustomerFilter names it: country, orderCount, bought.category and so on; rfm is the"
        " label, touchpoints.channel the one that is used most, need.KIND a need, attributes.NAME a declared attribute"
        " that is not personal. age is left out for callers that may not read personal data."
    )
    value: str | None = field(
        "What customers have who are held against all others; null: a number, held against the outcome as it is."
    )
    customers: int = field("How many of those who were looked at have it; of a number, of how many it is known.")
    effect: float = field(
        "How strong, in the scale of Cohen's d: .2 is small, .5 medium, .8 large (Cohen 1988); positive where the"
        " outcome is higher, or likelier, with it, negative where lower. Amounts: d, the difference of the means in"
        " pooled standard deviations. What happened or not: h, 2·arcsin √share with it − 2·arcsin √share without it."
        " Numbers: d = 2r / √(1 − r²) of the correlation."
    )
    p_value: float = field(
        "How likely an effect as strong is by chance alone, two-sided: by Welch's test, Pearson's test of two shares"
        " (N − 1), or the test of a correlation."
    )
    adjusted_p_value: float = field(
        "Corrected for having looked at all attributes and values that were tried (Benjamini and Hochberg 1995): of"
        " those below .05, about one in twenty is found by chance."
    )


@strawberry.type(
    description="Whether the processes that customers meet work. Cancelled orders, and cases without a number, count in"
    " nothing."
)
class ProcessQuality:
    cases_opened: int = field("Service cases that were opened in the period; one that was opened again counts again.")
    cases_resolved: int = field("Service cases that were resolved in the period, whenever they were opened.")
    median_hours_to_resolve: float | None = field(
        "How many hours usually passed from opening to resolving (the median), of those that were resolved in the"
        " period; null without any."
    )
    orders_on_time: float | None = field(
        "Share of the orders that came when promised: of those placed in the period with a promised time, delivered, or"
        " else overdue by now. Null without any, and by FUNCTION."
    )
    complaints_per_thousand_orders: float | None = field(
        "Complaints in the period for each thousand orders placed in it; null without orders. By TRADING_FORM and"
        " PRODUCT_CATEGORY of the group's own orders, else of all orders, so that what groups have adds up."
    )
    average_satisfaction: float | None = field(
        "How content customers were, 0 to 10: the mean of the answers of the period; null without any."
    )
    recommend_score: float | None = field(
        "How likely customers are to recommend us, 0 to 10: the mean of the answers of the period; null without any."
    )


@strawberry.type(description="The processes of one department, channel, and the like.")
class ProcessQualityGroup:
    group: Group = field(
        "Its customers: who had a touchpoint or an order of it in the period. A case is of whom its opening and its"
        " resolving were; by TRADING_FORM and PRODUCT_CATEGORY, of the order or product that either names, while the"
        " group's filter lists who ordered so in the period, or whose touchpoints name such a product."
    )
    quality: ProcessQuality = field("How it works.")


@strawberry.type
class Signs:
    relationship_audit: RelationshipAudit = field(
        "Signs that relationships are weakening, against the period before. Best are those who were of high value when"
        " it began."
    )
    associations: list[Association] = field(
        "Which attributes go with an outcome, strongest first, corrected for having looked at many. Values that fewer"
        " than five customers have, or all but five, are not tried, nor of each attribute all but the 200 commonest;"
        " nor attributes that say the outcome in other words, such as riskBand of CHURN. Customers who refuse profiling"
        " are left out. Of more than 20,000 customers so many are looked at, always the same ones. What goes with an"
        " outcome need not cause it.",
        argument("outcome", Outcome, "What attributes are held against."),
        argument("first", int | None, "How many: at most 250.", default=20),
    )
    process_quality: ProcessQuality = field(
        "Whether the processes that customers meet work: cases, deliveries, satisfaction."
    )
    process_quality_by: list[ProcessQualityGroup] = field(
        "The same by department, channel or who dealt with it, worst satisfaction first, those of whom it is not known"
        " last.",
        argument("dimension", ProcessDimension, "What it is told apart by."),
        argument("first", int | None, "How many: at most 250.", default=50),
    )

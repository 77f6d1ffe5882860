"""Questions of the portfolio on what customers are worth, where that comes from, and what would improve it."""

from decimal import Decimal

import strawberry

from domain.portfolio.dimensions import ProfitabilityDimension
from domain.vocabulary import Channel, LifecycleStage, NeedKind, RiskBand, Strategy, ValueTier
from schema.fields import argument, closed_set, field
from schema.portfolio_groups import Group
from schema.purchasing import Profitability

closed_set(
    ProfitabilityDimension,
    "What profit is grouped by. Where each customer, or each order, is in one group, the groups add up to the"
    " portfolio's profitability. What erased customers had earned, which everybody's portfolio keeps, is in the groups"
    " by what was ordered and how. By what customers are, by ATTRIBUTE too, it is in a group of its own (key: ERASED),"
    " which no customer is in any more. By SEGMENT and NEED it is in none.",
    SEGMENT="Each segment that is not put away, by its members. A customer may be in several; each counts all that the"
    " customer earned. Segments whose members the caller may not be told of are left out.",
    CHANNEL="The channel that orders came over, and that touches were made over with what these cost. A group's"
    " customers ordered or were touched over it, so they may be in several; amounts are in one.",
    PRODUCT="Each product that was sold or came back, by its SKU. Shipping, and what serving and marketing cost, are in"
    " the group of no product (key: empty), whose customers are all who were asked for. A group's customers bought the"
    " product, so they may be in several; amounts are in one.",
    PRODUCT_CATEGORY="As PRODUCT, by the category that the product has today; what has none is in the group of none.",
    COUNTRY="Where the customer's address is. Customers of whom it is not known are a group (key: empty).",
    LIFECYCLE_STAGE="The stage that the customer is in now.",
    VALUE_TIER="The tier that the customer is in now. Those who have none, such as prospects and customers who refuse"
    " profiling, are a group (key: empty).",
    RISK_BAND="The band that the customer is in now. Those who have none are a group (key: empty).",
    TRADING_FORM="The form of trade that orders came by. What is of no order, such as the cost of serving, is in the"
    " group of none (key: empty), whose customers are all who were asked for. A group's customers ordered so; they may"
    " be in several; amounts are in one.",
    PAYMENT_METHOD="What orders were paid with, at least in part: an order that was paid with two counts whole in both."
    " Orders without a payment, and what is of no order, are in the group of none (key: empty), whose customers are all"
    " who were asked for.",
    ACQUISITION_CHANNEL="How the customer came to us. Those of whom it is not known are a group (key: empty).",
    SECTOR="The market sector, chiefly of organizations. Those of whom it is not known are a group (key: empty).",
    NEED="Why customers buy: each need (key: KIND.name), or with attribute those of one kind. A customer may have"
    " several; each counts all that the customer earned.",
    ATTRIBUTE="The values of the declared attribute that attribute names: texts, true and false, the years of days;"
    " numbers as they are where at most 20 are different, else in fifths. Those of whom none was stated are a group"
    " (key: empty). Of a personal attribute, which only callers may name that may read personal data, values that fewer"
    " than 5 customers have are left out.",
)


@strawberry.type(description="What a group of the portfolio's customers earned us, in the portfolio's period.")
class ProfitabilityGroup:
    group: Group = field(
        "Which group. Its filter finds the customers that are counted; of groups by what was ordered over a period it"
        " names the period, too."
    )
    customers: int = field("How many customers are in it; who was erased is not counted.")
    profitability: Profitability = field("What they earned us; of groups by what was ordered: what that earned us.")
    profit_per_customer: Decimal = field("The profit divided by customers; 0 where there are none.")
    share_of_profit: float | None = field(
        "Its profit divided by that of the whole portfolio, so negative where it cost us; null where the portfolio made"
        " no profit."
    )


@strawberry.type(description="One of ten equal groups of customers by lifetime value.")
class ValueDecile:
    decile: int = field("From 1, the most valuable, to 10.")
    group: Group = field("Which customers: those between its least and its greatest lifetime value.")
    customers: int = field(
        "How many. Who ties with others is with them in the better group, so groups may be smaller or larger; a group"
        " that nobody is left for is not told."
    )
    lifetime_value: Decimal = field("Their lifetime values together.")
    share_of_total: float = field(
        "Share of the lifetime value of all ten together; 0 where that is 0. Negative values make shares above 1."
    )
    cumulative_share: float = field("The share of this group and the more valuable ones together.")


@strawberry.type(description="Customers of one value tier and one risk band.")
class RiskValueCell:
    value_tier: ValueTier = field("How much they are worth.")
    risk_band: RiskBand = field("How likely they are to buy nothing within the churn horizon.")
    group: Group = field("Which customers.")
    customers: int = field("How many; 0 where there are none.")
    profit: Decimal = field("What they earned us in the portfolio's period.")
    lifetime_value: Decimal = field("Their lifetime values together.")


@strawberry.type(description="A need, how many customers have it, and what they are worth.")
class NeedShare:
    kind: NeedKind = field("What kind of need it is.")
    name: str = field("What it is called.")
    group: Group = field("Which customers have it.")
    customers: int = field("How many have it.")
    profit: Decimal = field("What they earned us in the portfolio's period, whatever they bought.")
    lifetime_value: Decimal = field("Their lifetime values together; who was not scored adds nothing.")


@strawberry.type(description="How many customers moved from one stage of the life cycle to another, or stayed.")
class LifecycleFlow:
    from_: LifecycleStage = field(
        "The stage when the period began, as it was scored then. Who was not scored then was a PROSPECT before the"
        " first purchase, also where we did not know them yet.",
        name="from",
    )
    to: LifecycleStage = field("The stage when the period ended, or now.")
    customers: int = field("How many.")


@strawberry.type(description="What it cost to win the customers who came over a channel, and what they are worth.")
class AcquisitionCost:
    channel: Channel = field("Over which they came: the channel of Customer.acquisition.")
    customers: int = field("How many were won: bought for the first time, in the portfolio's period.")
    cost: Decimal = field(
        "What touchpoints cost in the period, campaigns' and others, with customers who came over it, before their"
        " first purchase; also with those who have not bought yet."
    )
    cost_per_customer: Decimal | None = field("The cost divided by customers; null where nobody was won.")
    lifetime_value_per_customer: Decimal | None = field(
        "The mean lifetime value, as of now, of those who were won and scored; null without any."
    )


@strawberry.type(description="What could be done first for some customers, and what that is expected to earn.")
class StrategyOpportunity:
    strategy: Strategy = field("What to do.")
    group: Group = field("For whom it is advised before all else.")
    customers: int = field("How many they are.")
    expected_profit: Decimal = field(
        "What it is expected to earn with all of them together, after what the contacts cost: the sum of their"
        " nextActions."
    )
    reason: str = field("Why, in plain words, with the figures that it rests on.")


@strawberry.type
class Worth:
    profitability_by: list[ProfitabilityGroup] = field(
        "Which customers are profitable, and how profit, revenue and risk group: the group with the most profit first.",
        argument("dimension", ProfitabilityDimension, "What to group by."),
        argument(
            "attribute",
            str | None,
            "With ATTRIBUTE: the name of the declared attribute. With NEED: the kind of need, such as MOTIVATION; left"
            " out: all kinds. With any other dimension it is refused.",
        ),
        argument("first", int | None, "How many groups: at most 250.", default=50),
    )
    value_deciles: list[ValueDecile] = field(
        "Ten equal groups by lifetime value, the most valuable first: on how few customers does the value rest? Of"
        " those who have a lifetime value: prospects, and customers who refuse profiling, have none. As of now,"
        " whatever the period."
    )
    lifecycle_flow: list[LifecycleFlow] = field(
        "How customers moved along the life cycle in the portfolio's period, and how many stayed where they were;"
        " where no period is asked for, in the last 90 days. Left out are customers who refuse profiling, and those of"
        " whom no score tells where they stood then. Stages of the past are those of nightly and monthly scores."
    )
    acquisition: list[AcquisitionCost] = field(
        "What winning a customer costs, and what those who were won are worth: a row for each channel that customers"
        " came over, most customers first. Customers of whom no acquisition is known are left out."
    )
    risk_value_grid: list[RiskValueCell] = field(
        "Customers by value and risk, all twelve cells: the best and the safest first. Who is in no tier or no band is"
        " left out, such as prospects and customers who refuse profiling. Tier, band and lifetime value are as of now."
    )
    needs: list[NeedShare] = field(
        "Why customers buy: which needs, how many have them, what they are worth; the commonest first. A customer who"
        " has several counts in each.",
        argument("first", int | None, "How many: at most 250.", default=50),
    )
    strategies: list[StrategyOpportunity] = field(
        "What would improve profitability, the largest expected gain first: of what is advised to do first for each"
        " customer, as it was worked out last, at night, or after a change where not very many changed at once."
        " Whatever the period."
    )

"""What customers buy and how often, whether they stay, and which channels they use and answer."""

from datetime import date, timedelta
from decimal import Decimal

import strawberry

from domain.campaigns.vocabulary import CampaignGoal
from domain.clock import Duration
from domain.portfolio.dimensions import ProductDimension, ResultDimension
from domain.vocabulary import Channel
from schema.fields import argument, closed_set, field
from schema.portfolio_groups import Group
from schema.products import Product, ProductFilter

closed_set(
    ProductDimension,
    "What purchases are told by.",
    PRODUCT="Each product.",
    CATEGORY="Each group of products, as the catalogue has it today.",
)
closed_set(
    ResultDimension,
    "What results of campaigns are told by. What customers are (tier, band, stage, country, and so on) is as of now.",
    VARIANT="Which wording was sent.",
    STEP="Which of the campaign's messages.",
    OFFER="What was offered: as the message names it, else the campaign's key.",
    NEED="What customers need; a customer may have several.",
    SEGMENT="A customer may be in several.",
)


@strawberry.type(description="Between which two values something lies, and how sure that is.")
class FloatInterval:
    low: float = field("The lower bound.")
    high: float = field("The upper bound.")
    level: float = field("How often it holds what it is of: 0.8 is 80 times in 100.")


@strawberry.type(
    description="Who buys a product, or of a category, and who does not. Purchases are standing orders of the period;"
    " customers are those of the portfolio."
)
class ProductAdoption:
    group: Group = field("Its customers are the buyers.")
    product: Product | None = field("The product; null for a category.")
    buyers: int = field("Customers who bought it.")
    non_buyers: int = field("Customers who did not.")
    adoption: float = field("Share of the customers who bought it, from 0 to 1; 0 without customers.")
    units: int = field("How many were bought, before returns; 2,147,483,647 where they are more.")
    revenue: Decimal = field("What they brought in, net of discounts, without shipping, before returns.")
    profit: Decimal = field(
        "revenue, less cost of goods, less what was paid back for returns in the period, plus what came back had cost."
    )
    likely_buyers: int = field(
        "Non-buyers who resemble buyers. Of a product: who bought, in the period, one of the five products that go with"
        " it most strongly, each bought by the same people at least 1.2 times as often as by chance. Of a category:"
        " whose last purchase in the period held one after which it is bought next at least 1.2 times as often as"
        " by chance. What goes with what is what RELATE_PRODUCTS found last night; 0 before its first run, and of what"
        " is no longer sold. Who refuses profiling is not among them. Of more than 50,000 customers so many are looked"
        " at, always the same ones, and the number is of all: within 0.5 per cent of the customers, 95 times in 100."
    )


@strawberry.type(
    description="How customers buy, together. Purchases are standing orders of the period; over the whole relationship"
    " they are those that filters such as orderCount know, which are seconds behind what is recorded."
)
class PurchaseBehaviour:
    customers: int = field("How many customers they are.")
    buyers: int = field("How many of them bought.")
    repeat_rate: float | None = field(
        "Buyers with two or more orders, of all buyers. Two orders of one day count as two. Null without buyers."
    )
    repurchase_rate: float | None = field(
        "Of those who bought in the period before, the share that bought again in the period. The period before is as"
        " long and ends where it begins; of whole calendar months it is as many of them. Where over is left out, or its"
        " beginning: of those who bought in the twelve months before the last twelve, who bought in the last twelve."
        " Null where nobody bought before."
    )
    multi_product_rate: float | None = field(
        "Buyers of two or more categories, of all buyers; categories are what products were in when they were bought."
        " Null without buyers."
    )
    median_days_between_orders: float | None = field(
        "How many days usually lie between two days with a purchase of the same customer: the median over all of them."
        " Null where nobody bought on two days."
    )
    average_order_value: Decimal | None = field(
        "What an order brings in, with shipping, before returns; null without one."
    )
    orders_per_buyer: float | None = field("Orders for each buyer; null without buyers.")


@strawberry.type(description="Customers who bought first in the same period, and how many of them bought again later.")
class RetentionCohort:
    cohort: date = field("The first day of the period in which they bought first, of all they ever bought.")
    group: Group = field("They.")
    customers: int = field("How many they are.")
    retained: list[float] = field(
        "Share of the cohort that bought in each later period, the first being its own, which is 1. The last period is"
        " the one that over, or now, cuts off: it is not over yet."
    )


@strawberry.type(description="How customers use a channel, like it and answer over it.")
class ChannelUse:
    channel: Channel = field("The channel.")
    customers: int = field("How many used it: with at least one touch of the period over it.")
    touches: int = field("Touchpoints over it in the period, purchases among them. What campaigns sent is not counted.")
    preferred_by: int = field(
        "For how many it is the preferred channel: as they said, else as they use it most. As of now, whatever the"
        " period."
    )
    response_rate: float | None = field(
        "Of the messages that campaigns sent over it in the period, the share that was answered by now. An answer is"
        " credited once, to the last message before it that it can belong to; where no answers to an offer are"
        " recorded, an order within 30 days and before the next message stands for one. Null where none was sent."
    )
    revenue: Decimal = field("What orders over it brought in, with shipping, before returns.")
    cost: Decimal = field("What touchpoints over it cost: of serving and of campaigns together.")


@strawberry.type(description="How a group answered what campaigns sent: what to expect of the next message.")
class PropensityGroup:
    group: Group = field("Customers who were sent such a message.")
    contacted: int = field("Messages that were sent to them in the period.")
    responded: int = field(
        "How many of these messages were answered by now, each answer credited once, as in ChannelUse.responseRate."
    )
    response_rate: float = field(
        "Share of the messages that is answered, shrunk towards the rate of all messages of the question"
        " (beta-binomial): the more, the more alike the groups of the question answer, by as much as 0.5 to 1,000"
        " messages of the group would weigh. With one group it is 25 messages, and these have the say of one"
        " group more beside several. The rate of all leans on 2 in 100, with the weight of 25 messages."
    )
    interval: FloatInterval = field(
        "Holds the true rate 80 times in 100: what lies between the 10th and the 90th percentile of the beta"
        " distribution that the messages leave."
    )


@strawberry.type
class Habits:
    product_adoption: list[ProductAdoption] = field(
        "Which products are being bought, and which not, and by how many more they might be; most likely buyers first,"
        " then most buyers. Products of no category are told by PRODUCT only.",
        argument("by", ProductDimension, "By product or by category.", default=ProductDimension.CATEGORY),
        argument(
            "where",
            ProductFilter | None,
            "Which products count; of a category only these. Left out: all.",
        ),
        argument("first", int | None, "How many at most: up to 250.", default=50),
    )
    purchase_behaviour: PurchaseBehaviour = field("Loyalty, retention, repeat purchase and multiple product purchase.")
    retention: list[RetentionCohort] = field(
        "Who came when, and who stayed: cohorts by the period of their first purchase, the oldest first. At most 60;"
        " a period in which nobody bought first is left out.",
        argument(
            "every",
            Duration,
            "How long a period is: whole days, weeks, months or years. One begins where the one before it ends, at a"
            " midnight in settings.timeZone; a month that has no such day ends with its last. The periods are those of"
            " the portfolio's period; where that is left out, or its beginning, the 60 latest, the running one the"
            " last.",
            default=Duration(1, timedelta()),
        ),
    )
    channel_mix: list[ChannelUse] = field(
        "What channels customers use, prefer and answer; the channel of most customers first. Of channels that nothing"
        " is known of there is no row."
    )
    response_propensity: list[PropensityGroup] = field(
        "How groups answered each kind of campaign and channel: what to expect of the next; the highest rate first. Of"
        " groups that were sent nothing there is no row; of more than 250, those that were sent most. What customers"
        " are is as of now: who answered by an order may stand better since. Customers of whom it is not known are in"
        " no group; those who refuse profiling are in no tier and no risk band. Offers that messages themselves"
        " name (properties.offer) are left out for callers that may not read personal data; a campaign's filter lists"
        " whoever was sent it, whatever else a message named, and that of an offer which messages name as a list or an"
        " object whoever was sent any.",
        argument("by", ResultDimension, "What groups are made by. Of VARIANT and STEP, what contacts record."),
        argument("goal", CampaignGoal | None, "Of campaigns of this goal only."),
        argument("channel", Channel | None, "Of messages over this channel only."),
    )

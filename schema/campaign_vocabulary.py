"""The closed sets of campaigns, told as GraphQL enums, and what their values mean where the name does not say."""

from domain.campaigns import vocabulary as words
from schema.fields import closed_set

closed_set(
    words.CampaignGoal,
    "What a campaign is for.",
    ACQUIRE="To win customers.",
    ONBOARD="To make the first weeks go well.",
    CROSS_SELL="To sell what the customer does not buy yet.",
    UP_SELL="To sell more or better of what the customer buys.",
    LOYALTY="To thank those who stay.",
    RETAIN="To keep those who may leave.",
    WIN_BACK="To bring back those who have left.",
    SERVICE="To tell what customers need to know.",
    RESEARCH="To ask.",
)
closed_set(
    words.CampaignStatus,
    "How far a campaign has come.",
    DRAFT="Being planned: it can be changed.",
    SCHEDULED="Its audience is fixed; it waits for its start.",
    RUNNING="It is being sent.",
    PAUSED="It was running, and waits.",
    COMPLETED="It is over.",
    CANCELLED="It was called off.",
)
closed_set(
    words.ResponseKind,
    "What counts as an answer to a campaign.",
    ANY_ORDER="An order of anything.",
    PRODUCT_ORDER="An order of one product.",
    CLICK="A link was followed.",
    REPLY="The customer wrote or called.",
    VISIT="The customer came.",
)
closed_set(
    words.Arm,
    "Whether a customer of a campaign's audience is contacted.",
    TREATED="To be contacted.",
    CONTROL="Held out, to show what would have happened anyway.",
)
closed_set(
    words.ContactStatus,
    "How far a contact has come. What is told later may come earlier: the furthest holds, in the order PENDING,"
    " SUPPRESSED, EXPORTED, SENDING, UNKNOWN, then SENT or FAILED (whichever happened later), then DELIVERED.",
    PENDING="Still to go out.",
    EXPORTED="Handed to a mailing house.",
    SENDING="Handed over, and not yet known how it went.",
    SENT="It went out.",
    DELIVERED="It arrived.",
    FAILED="It could not be sent, or came back.",
    SUPPRESSED="It was held back.",
    UNKNOWN="It can never be known whether it went out; it is not sent again.",
)
closed_set(
    words.SuppressionReason,
    "Why somebody in the audience was not contacted.",
    NO_CONSENT="Marketing over the channel is not allowed.",
    NO_ADDRESS="There is no address for the channel.",
    FREQUENCY_CAP="Too many contacts lately.",
    HELD_OUT="Held out, to show what would have happened anyway.",
    EXCLUDED="In a segment that the campaign leaves out.",
    ERASED="The person asked to be forgotten.",
    PREFERRED_CHANNEL_ONLY="Another channel is preferred.",
    SAME_HOUSEHOLD="Somebody of the same household is contacted.",
    ALREADY_RESPONDED="Has answered an earlier step.",
)

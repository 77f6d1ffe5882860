"""The closed sets of the domain, told as GraphQL enums, and what their values mean where the name does not say."""

from domain import vocabulary as words
from domain.errors import ErrorCode
from schema.fields import closed_set

closed_set(
    words.Channel,
    "How we and the customer reach each other.",
    PHONE="Fixed, mobile or over the internet (VoIP).",
    IN_PERSON="Face to face: a store, a visit, a fair.",
    TV="Digital, cable or satellite.",
    PARTNER="Through a dealer, an agent or another company.",
)
closed_set(
    words.Direction,
    "Who reached out.",
    INBOUND="The customer came to us.",
    OUTBOUND="We went to the customer.",
)
closed_set(words.BusinessFunction, "The department whose work the touchpoint was.")
closed_set(
    words.TouchpointKind,
    "What happened between the customer and us.",
    BASKET="Chosen but not yet bought.",
    USE="The product or service was used.",
    COMPETITOR_OFFER="A competitor courted the customer.",
    SWITCHED_AWAY="The customer said to have gone to a competitor, or ended the contract.",
    CAMPAIGN_SENT="A campaign's message went to the customer.",
    CAMPAIGN_RESPONSE="The customer answered a campaign.",
)
closed_set(words.TradingForm, "The form of trade that an order came by.")
closed_set(words.CustomerKind, "What a customer is: one person, a household, or an organization.")
closed_set(words.PaymentMethod, "What an order was paid with.")
closed_set(words.ProductKind, "Something that is handed over, or something that is done.")
closed_set(
    words.IdentityKind,
    "What kind of value a customer is known by.",
    EXTERNAL_ID="The customer's number in another system, such as a loyalty card or an account.",
    DEVICE="A phone or computer, as an app knows it. Several people may share one.",
    COOKIE="A browser, as a site knows it. Several people may share one.",
)
closed_set(
    words.LifecycleStage,
    "Where the customer stands in the relationship: the first of these that holds, read from PROSPECT, WON_BACK,"
    " LAPSED, AT_RISK, NEW, LOYAL to ACTIVE.",
    PROSPECT="Has bought nothing yet.",
    NEW="Bought for the first time less than 90 days ago.",
    ACTIVE="Buys, and none of the other stages holds.",
    LOYAL="Bought on at least 5 days, 4 of them within a year.",
    AT_RISK="Likely to buy nothing within the churn horizon.",
    LAPSED="Silent for longer than the customer's own habit allows.",
    WON_BACK="Came back after a lapse, less than 90 days ago.",
)
closed_set(
    words.Strategy,
    "What can be done to improve what a customer is worth. Each has a rule that says for whom; what it is expected to"
    " earn is the chance of an answer × what is at stake − what the contact costs.",
    ONBOARD="A new customer has bought on one day only: towards the second. At stake: what a purchase earns.",
    NURTURE="A prospect, or a customer neither loyal nor at risk: keep in touch. At stake: what a purchase earns.",
    CROSS_SELL="A product of a category that the customer has not bought from. At stake: what offering it should earn.",
    UP_SELL="A dearer product of a category that the customer buys from. At stake: what it should earn beyond that.",
    REWARD_LOYALTY="A loyal customer at no risk: thank for it. At stake: what a purchase earns.",
    RETAIN="A customer whose risk of leaving is not low. At stake: expected profit × risk.",
    WIN_BACK="A customer who has lapsed. At stake: what a purchase earns.",
    RECOVER_SERVICE="A case is open, or a complaint of the last 90 days was followed by no resolved case: make good,"
    " before all else. At stake: expected profit × risk.",
    REDUCE_COST_TO_SERVE="Serving an unprofitable customer, or for a quarter or more of what the customer's purchases"
    " earned in twelve months: over a cheaper channel, where it is known what a touch costs there (by what touches did"
    " cost, or by the rate card). At stake: what that saves in a year.",
)
closed_set(
    words.ValueTier,
    "How much the customer is worth: profit so far and expected profit together.",
    HIGH="Of the fifth that is worth most.",
    MEDIUM="Of the next 30 %.",
    LOW="All others who are worth something.",
    UNPROFITABLE="Costs more than is earned.",
)
closed_set(
    words.RiskBand,
    "How likely it is that the customer buys nothing within the churn horizon.",
    LOW="Below 35 %.",
    MEDIUM="From 35 % to below 70 %.",
    HIGH="70 % and more.",
)
closed_set(
    words.ValueModelFamily,
    "The family of models that foretell how a customer buys.",
    BG_NBD="Repeat purchases, Fader, Hardie and Lee 2005.",
    MBG_NBD="Repeat purchases, Batislam and others 2007.",
    PARETO_NBD="Repeat purchases, Schmittlein, Morrison and Colombo 1987.",
    GAMMA_GAMMA="Profit of a purchase, Fader and Hardie 2013.",
)
closed_set(
    words.JobKind,
    "What a job does.",
    SCORE_CUSTOMERS="Sums up every customer's purchases and gives all scores anew.",
    FIT_VALUE_MODEL="Fits the models that lifetime value and churn risk come from.",
    RELATE_PRODUCTS="Counts which products go together, for recommendations, and tries that on the last 90 days; and"
    " what customers have in common, for the traits of segments.",
    DISCOVER_SEGMENTS="Finds groups of customers who behave alike, and saves them as segments: see segmentsDiscover.",
    REFRESH_SEGMENTS="Looks at everybody by segments' rules: those that are new, those that were asked for, or all.",
    SNAPSHOT_METRICS="Keeps everybody's scores of the month, for scoreHistory.",
    IMPORT="Records a file: rapport import, or POST /imports.",
    EXPORT="Writes a file: customerExport, or segmentExport.",
    ERASE_CUSTOMER="Forgets a person: customerErase.",
    ADVISE_CUSTOMERS="Works out base rates of answers, and what to do next with each customer.",
    RECALCULATE="Counts anew what was worked out from settings that have changed: costs of touchpoints, months, goods.",
)
closed_set(
    words.JobStatus,
    "How far a job has come.",
    QUEUED="Waits for a worker, or for its next attempt.",
    FAILED="Given up after its last attempt.",
)
closed_set(
    words.Role,
    "What a caller may do.",
    ANALYST="Reads.",
    PARTNER="Records for its own source and reads what is its own.",
    MARKETER="Reads, and runs segments and campaigns.",
    ADMIN="Does everything.",
)

closed_set(words.Score, "A score that a customer may have.")
closed_set(
    words.ScoreAbsenceReason,
    "Why a score cannot be given yet.",
    NO_PURCHASE="Nothing was bought, so there is nothing to foretell from.",
    TOO_LITTLE_HISTORY="What was bought says too little.",
    NO_MODEL="No model has been fitted yet: FIT_VALUE_MODEL does it.",
    MODEL_DEGENERATE="The fitted model is not to be trusted.",
    NOT_YET_SCORED="The next SCORE_CUSTOMERS will give it.",
    NO_CONSENT_TO_PROFILING="The customer does not allow it.",
)
closed_set(
    words.SortDirection, "Which end of an order comes first.", ASC="The smallest first.", DESC="The largest first."
)
closed_set(
    words.CustomerSortField,
    "What customers can be ordered by. Those who have no such figure come last.",
    LIFETIME_VALUE="Profit so far and expected profit together: lifetimeValue.total.",
    CHURN_PROBABILITY="How likely they are to leave: churnRisk.probability.",
)
closed_set(
    words.NeedKind,
    "Why a customer buys, as opposed to what.",
    MOTIVATION="What the customer wants to reach or to avoid.",
    BELIEF="What the customer holds to be true.",
    PREFERENCE="What the customer would rather have.",
    LIFE_STAGE="Where the customer is in life, such as a first child.",
    DECISION_STYLE="How the customer makes up their mind.",
)
closed_set(
    words.ConsentPurpose,
    "What a customer's data or address is used for.",
    MARKETING="To be told of offers.",
    SERVICE="To be told of what they bought.",
    PROFILING="To be scored and grouped.",
)
closed_set(
    words.ConsentStatus,
    "What a customer said. Where nothing was said, it is denied.",
    GRANTED="Allowed, until it expires.",
    DENIED="Asked, and not allowed.",
    WITHDRAWN="Allowed before, and taken back.",
)
closed_set(
    words.AttributeType,
    "What the values of a custom attribute are.",
    STRING="A text.",
    NUMBER="A number.",
    BOOLEAN="True or false.",
    DATE="A day, such as 2026-03-01.",
)
closed_set(
    words.MergeSide, "One of two customers who are merged.", INTO="Who stays.", FROM="Who becomes part of the other."
)
closed_set(
    words.RecordStatus,
    "What became of a row.",
    CREATED="It is new.",
    UPDATED="It was known, and said something that was not.",
    DUPLICATE="It was known already; nothing changed.",
    REJECTED="It was refused; its errors say why.",
)
closed_set(
    words.RecordErrorPolicy,
    "What becomes of the good rows when others are refused.",
    RECORD_GOOD_ROWS="They are recorded.",
    REFUSE_ALL="Nothing of the call is recorded.",
)
closed_set(
    ErrorCode,
    "What kind of fault it is.",
    name="UserErrorCode",
    OUT_OF_RANGE="Too small, too large, or a date that cannot be.",
    CONFLICT="Something else that is recorded contradicts it.",
    CYCLE="It would come back to itself.",
    IN_WRONG_STATE="Not in the state that this needs, such as a job that has already ended.",
    ERASED="The person asked to be forgotten.",
)
closed_set(
    words.SegmentChangeCause,
    "Why somebody entered a segment or left it.",
    DATA_CHANGED="Something was recorded of the customer, or worked out anew; also when a merge is undone.",
    TIME_PASSED="A span of time that the rule speaks of began or ended.",
    RULE_CHANGED="The rule was changed, or was new.",
    LIST_CHANGED="People changed a list.",
    MERGED="Customers were merged.",
)
closed_set(
    words.SegmentKind,
    "How the members of a segment are found.",
    RULE="Membership follows the filter.",
    STATIC="Membership is a list that people keep.",
    DISCOVERED="Membership was found in the data by clustering.",
)
closed_set(
    words.ExportFormat,
    "How a file of customers is written: in UTF-8, instants as RFC 3339 in UTC, amounts exact.",
    CSV="For spreadsheets (RFC 4180): a heading with the fields' names, then a row a customer; what is not there is an"
    " empty cell. A text that a spreadsheet would take for a formula, so a phone number too, has an apostrophe first.",
    NDJSON="For programs: a flat JSON object a line, by the fields' names in their order, such as"
    ' {"id": "cus_…", "profitability.profit": "12.50"}; what is not there is null.',
)

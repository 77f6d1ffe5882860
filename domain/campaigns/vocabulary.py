"""The closed sets of campaigns and their contacts. Their values are stored as they are named."""

from enum import StrEnum


class CampaignGoal(StrEnum):
    ACQUIRE = "ACQUIRE"
    ONBOARD = "ONBOARD"
    CROSS_SELL = "CROSS_SELL"
    UP_SELL = "UP_SELL"
    LOYALTY = "LOYALTY"
    RETAIN = "RETAIN"
    WIN_BACK = "WIN_BACK"
    SERVICE = "SERVICE"
    RESEARCH = "RESEARCH"


class CampaignStatus(StrEnum):
    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ResponseKind(StrEnum):
    ANY_ORDER = "ANY_ORDER"
    PRODUCT_ORDER = "PRODUCT_ORDER"
    CLICK = "CLICK"
    REPLY = "REPLY"
    VISIT = "VISIT"


class Arm(StrEnum):
    TREATED = "TREATED"
    CONTROL = "CONTROL"


class ContactStatus(StrEnum):
    PENDING = "PENDING"
    EXPORTED = "EXPORTED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"
    UNKNOWN = "UNKNOWN"


class SuppressionReason(StrEnum):
    NO_CONSENT = "NO_CONSENT"
    NO_ADDRESS = "NO_ADDRESS"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    HELD_OUT = "HELD_OUT"
    EXCLUDED = "EXCLUDED"
    ERASED = "ERASED"
    PREFERRED_CHANNEL_ONLY = "PREFERRED_CHANNEL_ONLY"
    SAME_HOUSEHOLD = "SAME_HOUSEHOLD"
    ALREADY_RESPONDED = "ALREADY_RESPONDED"

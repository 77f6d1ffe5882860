"""What a kind of touchpoint usually is, where nobody says; why one is refused."""

from uuid import UUID

from domain.deployment import claim_key
from domain.errors import ErrorCode
from domain.ids import from_bytes
from domain.staged import UnitFault
from domain.vocabulary import BusinessFunction as F
from domain.vocabulary import Direction as D
from domain.vocabulary import TouchpointKind as K

USUAL: dict[K, tuple[F, D]] = {
    K.VISIT: (F.MARKETING, D.INBOUND),
    K.VIEW: (F.MARKETING, D.INBOUND),
    K.SEARCH: (F.MARKETING, D.INBOUND),
    K.COMPARE: (F.MARKETING, D.INBOUND),
    K.CLICK: (F.MARKETING, D.INBOUND),
    K.OPEN: (F.MARKETING, D.INBOUND),
    K.CALL: (F.SERVICE, D.INBOUND),
    K.MESSAGE: (F.SERVICE, D.INBOUND),
    K.MEETING: (F.SALES, D.OUTBOUND),
    K.BASKET: (F.SALES, D.INBOUND),
    K.QUOTE: (F.SALES, D.OUTBOUND),
    K.USE: (F.PRODUCT_DEVELOPMENT, D.INBOUND),
    K.PURCHASE: (F.SALES, D.INBOUND),
    K.RETURN: (F.SERVICE, D.INBOUND),
    K.PAYMENT: (F.BILLING, D.INBOUND),
    K.DELIVERY: (F.LOGISTICS, D.OUTBOUND),
    K.CASE_OPENED: (F.SERVICE, D.INBOUND),
    K.CASE_RESOLVED: (F.SERVICE, D.OUTBOUND),
    K.COMPLAINT: (F.SERVICE, D.INBOUND),
    K.SURVEY: (F.MARKETING, D.INBOUND),
    K.REVIEW: (F.MARKETING, D.INBOUND),
    K.REFERRAL: (F.MARKETING, D.INBOUND),
    K.COMPETITOR_OFFER: (F.SALES, D.INBOUND),
    K.SWITCHED_AWAY: (F.SALES, D.INBOUND),
    K.CAMPAIGN_SENT: (F.MARKETING, D.OUTBOUND),
    K.CAMPAIGN_RESPONSE: (F.MARKETING, D.INBOUND),
    K.UNSUBSCRIBE: (F.MARKETING, D.INBOUND),
    K.OTHER: (F.SERVICE, D.INBOUND),
}

_REFUSED = {
    "customer.id": (ErrorCode.NOT_FOUND, "names no customer"),
    "customer": (ErrorCode.ERASED, "names a customer who was erased"),
    "customer.identity": (ErrorCode.ERASED, "belonged to a customer who was erased"),
    "sku": (ErrorCode.NOT_FOUND, "names no product: send the product first"),
    "campaign": (ErrorCode.NOT_FOUND, "names no campaign"),
}


def fault(seq: int, field: str) -> UnitFault:
    """What is wrong with the one field that sql/record.sql or planning.py found at fault."""
    return UnitFault(seq, None, field, *_REFUSED[field])


def own_claim(key: bytes, source: str, external_id: str) -> UUID:
    """What its source's own name for a touchpoint is claimed by."""
    return from_bytes(claim_key(key, source, f"id\x00{external_id}"))

"""What a customer is known by."""

from datetime import datetime

import strawberry

from domain.vocabulary import IdentityKind
from schema.fields import field


@strawberry.type(description="A value that a customer is known by, such as an e-mail address or a loyalty number.")
class Identity:
    kind: IdentityKind = field("What kind of value it is.")
    source: str | None = field("The system that knows the customer by this value.")
    value: str = field("Masked for callers that may not read personal data.")
    verified: bool = field("Whether it was made sure that it is the customer's.")
    primary: bool = field("The one of its kind to write or call to.")
    first_seen_at: datetime = field("When it was first recorded.")
    last_seen_at: datetime = field("When it was last recorded.")

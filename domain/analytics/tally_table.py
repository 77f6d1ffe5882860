"""What is stored of tallies: a customer's facts summed up for scoring, so that nobody reads the orders again."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from domain import columns


class CustomerTally(SQLModel, table=True):
    """Sums and purchase days of a customer's facts, packed (domain/analytics/scoring/tallies.py).

    Kept up by the pass over changed customers. It holds for the generation of the mark that it has seen and for that
    time zone, from its as-of to the moment of the next fact that is known already: an order to come, one falling due.
    """

    __tablename__ = "customer_tally"
    __table_args__ = (columns.distributed(),)

    customer_id: UUID = columns.uuid(key=True)
    generation: int = columns.big()
    as_of: datetime = columns.instant()
    holds_until: datetime | None = columns.instant(null=True)
    zone: str = columns.words(personal=False)
    # The version of the packing.
    form: int = columns.small()
    facts: bytes = columns.octets()
    # All orders' ids in one number, and what their lines hold: products and categories. Null where a line may change.
    mix: int | None = columns.big(null=True)
    basket: bytes | None = columns.octets(null=True)

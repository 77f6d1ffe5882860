"""What a bulk call answers: a result a row, counts, and what is wrong with the call as a whole."""

from collections import Counter
from collections.abc import Sequence

import strawberry
from strawberry import ID

from domain.vocabulary import RecordStatus
from schema.errors import UserError
from schema.fields import field

MOST_ROWS = 1_000
"""How many rows a call may have."""


@strawberry.type(description="What became of one row.")
class RecordResult:
    index: int = field("The row's place in the list, from 0.")
    status: RecordStatus = field("Whether it was recorded.")
    id: ID | None = field("What it was recorded as; of a duplicate, what was there before; null where it was refused.")
    errors: list[UserError] = field("Why it was refused.")


@strawberry.type(description="What became of the rows of one call.")
class RecordsPayload:
    results: list[RecordResult] = field("A result a row, in the order of the rows.")
    created: int = field("How many are new.")
    updated: int = field("How many were known and said something new.")
    duplicates: int = field("How many were known already.")
    rejected: int = field("How many were refused.")
    errors: list[UserError] = field("Why nothing of the call was done; empty where the results tell all.")

    @staticmethod
    def of(results: Sequence[RecordResult]) -> "RecordsPayload":
        counts = Counter(result.status for result in results)
        return RecordsPayload(
            results=list(results),
            created=counts[RecordStatus.CREATED],
            updated=counts[RecordStatus.UPDATED],
            duplicates=counts[RecordStatus.DUPLICATE],
            rejected=counts[RecordStatus.REJECTED],
            errors=[],
        )

    @staticmethod
    def refused(errors: Sequence[UserError]) -> "RecordsPayload":
        return RecordsPayload(results=[], created=0, updated=0, duplicates=0, rejected=0, errors=list(errors))

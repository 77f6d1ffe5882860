"""What a deed tells of itself for its audit entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """What was done: to which row (`key`, and `subject`, its public id), and what changed of it.

    `customer` is whose record it is: the detail goes when they are erased.
    """

    key: UUID | None
    subject: str | None = None
    customer: UUID | None = None
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)

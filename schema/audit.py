"""The audit log: who did what, and what changed by it."""

from datetime import datetime

import strawberry
from strawberry import ID

from schema.connection import FORWARD, Connection, Node
from schema.fields import argument, field
from schema.filters import Period
from schema.scalars import JSON


@strawberry.type(
    description="One mutation as it was carried out. No entry can be changed unseen: `rapport audit verify` finds it."
)
class AuditEntry(Node):
    at: datetime = field("When it was done.")
    actor: str = field("Who did it: the name of the key that was used.")
    actor_key: ID | None = field("The id of that key; null for what was done on the deployment's own command line.")
    action: str = field("What was done: the mutation's name, such as customerMerge.")
    subject: ID | None = field("What it was done to, by its id; null for calls with many rows.")
    detail: JSON = field(
        'What was before and after, as far as it changed; {"erased": true} once the customer was erased. Left out for'
        " callers that may not read personal data."
    )


@strawberry.type
class AuditQuery:
    audit_log: Connection[AuditEntry] = field(
        "What was done, newest first.",
        *FORWARD,
        argument("subject", ID | None, "Done to what has this id."),
        argument("actor", str | None, "Done by who uses the key of this name, or of this id."),
        argument("action", str | None, "Done by this mutation, such as customerMerge."),
        argument("over", Period | None, "Done in this span of time."),
    )

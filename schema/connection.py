"""Lists that can grow: one generic connection with its edges, and the arguments that page it."""

from typing import Generic, TypeVar

import strawberry

from domain.ids import Prefix
from schema.fields import argument, field

T = TypeVar("T")

NODE_TYPES = {
    Prefix.CUSTOMER: "Customer",
    Prefix.TOUCHPOINT: "Touchpoint",
    Prefix.ORDER: "Order",
    Prefix.PRODUCT: "Product",
    Prefix.VALUE_MODEL: "ValueModel",
    Prefix.JOB: "Job",
    Prefix.AUDIT_ENTRY: "AuditEntry",
    Prefix.SEGMENT: "Segment",
    Prefix.CAMPAIGN: "Campaign",
    Prefix.CONTACT: "CampaignContact",
}
"""What an id that starts so leads to."""


@strawberry.interface(
    description="Anything that can be fetched again by its id. Ids are opaque, unique across types, and start with a"
    " short type prefix (cus_, tp_, ord_, prd_ …)."
)
class Node:
    id: strawberry.ID = field("Opaque: to be kept and sent back, never to be read.")


@strawberry.type(description="Where a page lies in its list, and how to ask for the next.")
class PageInfo:
    has_next_page: bool = field("Whether more follows: ask for it with after: endCursor.")
    has_previous_page: bool = field("Whether something comes before: ask for it with before: startCursor.")
    start_cursor: str | None = field("Of the page's first; null where the page is empty.")
    end_cursor: str | None = field("Of the page's last; null where the page is empty.")


@strawberry.type(description="One of a page, with its place in the list.")
class Edge(Generic[T]):
    cursor: str = field("Its place, for after and before; good only for the same order and filter.")
    node: T = field("What stands there.")


@strawberry.type(description="A page of a list that can grow.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = field("The page, each with its cursor.")
    nodes: list[T] = field("The page without cursors.")
    page_info: PageInfo = field("Whether there is more, and how to ask for it.")
    total_count: int | None = field(
        "How many there are on all pages; counted only when asked for, null where counting would take too long."
    )


FIRST = argument("first", int | None, "How many from the start, or after the cursor: 50 if left out, at most 250.")
AFTER = argument("after", str | None, "The cursor that the page comes after: endCursor of the page before.")
LAST = argument("last", int | None, "How many from the end, or before the cursor: at most 250.")
BEFORE = argument("before", str | None, "The cursor that the page comes before: startCursor of the page after.")
FORWARD = (FIRST, AFTER)
PAGED = (FIRST, AFTER, LAST, BEFORE)

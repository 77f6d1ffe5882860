"""The way from a segment to a page of its members, and back from customers to it."""

from domain.query.predicate import Part

_IS_IN = "k.segments @> ARRAY[{a}.number]"

MEMBERS = Part(
    few=f"{{key}} = ANY (ARRAY(SELECT k.customer_id FROM customer_segment k WHERE {_IS_IN}))",
    many=f"(SELECT {_IS_IN} FROM customer_segment k WHERE k.customer_id = {{key}})",
    count="{a}.member_count",
)

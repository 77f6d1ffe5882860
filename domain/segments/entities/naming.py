"""Filters that name segments: in at least one of them, in none of them."""

from dataclasses import replace
from uuid import UUID

from domain.errors import Refused
from domain.ids import Prefix, parse_id
from domain.query.asking import Asked, Given, Occasion, Tree, refused
from domain.query.entity import Filter, Own, Reading
from domain.query.operators import whole
from domain.query.predicate import Denied, Fact, Part, Predicate
from domain.segments.entities.withheld import shown

IN_SEGMENT = "inSegment"


def _ways(condition: str = "") -> tuple[str, Part]:
    """To be in one of the segments, of those that the condition on v holds of: of one customer, and of many."""
    named = f"v.segment_id = ANY ({{segments}}){condition}"
    numbers = f"ARRAY(SELECT v.number FROM segment v WHERE {named} AND v.number IS NOT NULL)"
    return (
        f"EXISTS (SELECT 1 FROM customer_segment k WHERE k.customer_id = {{owner}} AND k.segments && {numbers})",
        Part(
            few=f"{{key}} = ANY (ARRAY(SELECT k.customer_id FROM customer_segment k WHERE k.segments && {numbers}))",
            many=f"(SELECT k.segments && {numbers} FROM customer_segment k WHERE k.customer_id = {{key}})",
            count=f"(SELECT coalesce(sum(v.member_count), 0) FROM segment v WHERE {named})",
            numbers=numbers,
        ),
    )


_IN = _ways()
_IN_SHOWN = _ways(f" AND {shown('v.segment_id')}")


def _in_segment(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    assert isinstance(tree, Given)

    def stored(occasion: Occasion, value: object) -> object:
        ids = whole(tree)(occasion, value)
        assert isinstance(ids, list)
        return [_parsed(replace(tree, where=(*tree.where, str(at))), id_) for at, id_ in enumerate(ids)]

    sql, part = _IN if asked.occasion.principal.reads_personal_data else _IN_SHOWN
    return Fact(IN_SEGMENT, sql, (("segments", asked.slot("uuid[]", tree, turn=stored)),), part)


def _parsed(given: Given, text: object) -> UUID:
    try:
        return parse_id(Prefix.SEGMENT, str(text))
    except Refused as error:
        raise refused(given, error.faults[0].message) from error


def _in_none(asked: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
    return Denied(_in_segment(asked, name, tree, reading))


FILTERS: dict[str, Filter] = {IN_SEGMENT: Own(read=_in_segment), "notInSegment": Own(read=_in_none)}

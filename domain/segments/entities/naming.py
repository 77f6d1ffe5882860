"""Filters that name segments: in at least one of them, in none of them."""

from uuid import UUID

from domain.errors import Refused
from domain.ids import Prefix, parse_id
from domain.query.asking import Asked, Given, Occasion, Tree, refused
from domain.query.entity import Filter, Own, Reading
from domain.query.operators import whole
from domain.query.predicate import Denied, Fact, Predicate

IN_SEGMENT = "inSegment"
_IN = (
    "EXISTS (SELECT 1 FROM customer_segment k WHERE k.customer_id = {owner} AND k.segments &&"
    " ARRAY(SELECT v.number FROM segment v WHERE v.segment_id = ANY ({segments}) AND v.number IS NOT NULL))"
)


def _in_segment(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    assert isinstance(tree, Given)

    def stored(occasion: Occasion, value: object) -> object:
        ids = whole(tree)(occasion, value)
        assert isinstance(ids, list)
        return [_parsed(tree, id_) for id_ in ids]

    return Fact(IN_SEGMENT, _IN, (("segments", asked.slot("uuid[]", tree, turn=stored)),))


def _parsed(given: Given, text: object) -> UUID:
    try:
        return parse_id(Prefix.SEGMENT, str(text))
    except Refused as error:
        raise refused(given, error.faults[0].message) from error


def _in_none(asked: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
    return Denied(_in_segment(asked, name, tree, reading))


FILTERS: dict[str, Filter] = {IN_SEGMENT: Own(read=_in_segment), "notInSegment": Own(read=_in_none)}

"""What sets the members of a segment apart, and how many it has in common with another."""

from collections.abc import Mapping

from domain.ids import Prefix
from domain.query.asking import Asked, Tree
from domain.query.declare import first_of, real, text, whole
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Found
from domain.query.ids import stored
from domain.query.paging import alone
from domain.segments.entities.withheld import FEWEST, unless_read, veiled
from domain.segments.traits.queries import traits

TRAIT = Entity(
    name="SegmentTrait",
    key="value",
    columns={
        "attribute": text("attribute"),
        "value": text("value"),
        "shareInSegment": real("share_in_segment"),
        "shareOverall": real("share_overall"),
        "effectSize": real("effect_size"),
    },
)

_VEILED = f"{veiled('{a}.segment_id')} OR {veiled('o.segment_id')}"

OVERLAP = Entity(
    name="SegmentOverlap",
    columns={"both": whole("shared"), "onlyThis": whole("only_this"), "onlyOther": whole("only_other")},
)

# Of a veiled segment no count below the smallest is told, nor can one be worked out of the others: what both have is
# moved as far as it takes, and the rest with it.
_TOLD = (
    "(SELECT n.shared, greatest({a}.member_count, n.shared + n.least) AS mine,"
    " greatest(o.member_count, n.shared + n.least) AS theirs FROM (SELECT CASE WHEN v.veiled THEN"
    f" greatest(least(c.shared, {{a}}.member_count - {FEWEST}, o.member_count - {FEWEST}), {FEWEST}) ELSE c.shared END"
    f" AS shared, CASE WHEN v.veiled THEN {FEWEST} ELSE 0 END AS least"
    f" FROM (SELECT NOT {unless_read(f'NOT ({_VEILED})')} AS veiled) v) n)"
)

# Membership is packed with an index of its numbers: who has both is found without looking at who has one.
_SHARED = (
    "(SELECT t.shared, t.mine - t.shared AS only_this, t.theirs - t.shared AS only_other FROM segment o"
    " CROSS JOIN LATERAL (SELECT count(*) AS shared FROM customer_segment k"
    " WHERE k.segments @> ARRAY[{a}.number, o.number]) c"
    f" CROSS JOIN LATERAL {_TOLD} t WHERE o.segment_id = {{other}}) {{b}}"
)


def _shared(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """With the segment that is named; refused where there is none."""
    other = alone(arguments, "with")
    assert other is not None
    slot = asked.slot("uuid", other, turn=stored(other, Prefix.SEGMENT))
    return Found(slots=(("other", slot),), absent=("with", "names no segment"))


OF_SEGMENT = {
    "traits": Relation(
        entity="SegmentTrait",
        shape=Shape.MANY,
        source=f"({traits()}) {{b}}",
        order='abs({a}.effect_size) DESC, {a}.attribute COLLATE "C", {a}.value COLLATE "C"',
        find=first_of,
        rows=10,
        weight=100.0,
    ),
    "overlap": Relation(entity="SegmentOverlap", shape=Shape.ONE, source=_SHARED, find=_shared, weight=20.0),
}

ENTITIES = (TRAIT, OVERLAP)

"""The one condition on what is told of segments whose rule asks for personal data: who may not read such is not to
learn from them what somebody is like. What is withheld where stands at `veiled`.
"""

from typing import Final

FEWEST: Final = 5
"""The smallest number of customers that is told as it is."""

REMEDY: Final = (
    "tells what personal data the segment's filter asks for, which this key may not read: ask with a key that may"
)


_PATH: Final = """'$.**.{}[*] ? (@ like_regex "^seg_[0-9a-f]+$")'::jsonpath"""
# By the newest rule, and by the one that holds until the newest has been built.
_NAMED: Final = (
    "SELECT u.named_id FROM segment_use u WHERE u.segment_id = n.segment_id"
    " UNION ALL SELECT right(jsonb_build_array(t.id) ->> 0, 32)::uuid FROM segment_version y"
    f" CROSS JOIN (VALUES ({_PATH.format('inSegment')}), ({_PATH.format('notInSegment')})) w (path)"
    " CROSS JOIN LATERAL jsonb_path_query(y.rule, w.path) t (id)"
    " WHERE y.segment_id = n.segment_id AND y.retired_at IS NULL"
)


def veiled(segment: str) -> str:
    """SQL: whether the segment, an SQL expression of its id, is veiled: a version of its rule that stands (it holds,
    or is being built) asks for personal data, or one of a segment that such a version names does, however far down.

    Callers who may not read personal data may use such a segment. They are told of it:

    - `where`: null, and `definition`: masked, where its own newest rule is the personal one.
    - `explain`: refused with NOT_ALLOWED and the remedy, for each clause tells a value.
    - Numbers of its customers (memberCount, and whatever else counts them): FEWEST where there are fewer, none among
      them. The contract's whole numbers cannot be null; 0 would be wrong, and a refusal would let one small segment
      spoil every list of segments. So "5" is "at most 5", and that is all that is told.
    - Lists of people (members, membersAt, changes, and segmentChanged as it happens; Customer.segments and
      segmentChanges; whom the filters inSegment and notInSegment find): a group of fewer than FEWEST is not told, as if
      nobody were in it; its totalCount is null.
    - Figures, shares and traits of a group of fewer than FEWEST: none (null, 0 or an empty list).
    - Saving a rule that names a group of fewer than FEWEST: refused with NOT_ALLOWED (commands_ruling), for its
      complement, or its union with a known list, would tell who they are.

    Not withheld: what such a rule tells that was saved while the group had FEWEST or more, or by somebody who may read
    personal data, once the group has become smaller; whoever made it by then can take one list from the other.

    A group of FEWEST or more is told like any other; those who may read personal data are told everything.
    """
    return (
        "EXISTS (WITH RECURSIVE veil_names (segment_id) AS ("
        f"SELECT {segment} UNION SELECT m.named_id FROM veil_names n CROSS JOIN LATERAL ({_NAMED}) m"
        ") SELECT FROM veil_names n JOIN segment_version y ON y.segment_id = n.segment_id"
        " WHERE y.personal AND y.retired_at IS NULL)"
    )


def shown(segment: str) -> str:
    """SQL, for callers who may not read personal data: whether the members that a segment has now are told."""
    return (
        f"NOT EXISTS (SELECT FROM segment w WHERE w.segment_id = {segment} AND w.member_count < {FEWEST}"
        f" AND {veiled('w.segment_id')})"
    )


def floored(count: str, segment: str) -> str:
    """SQL, for callers who may not read personal data: a number of the segment's customers as it is told to them."""
    return f"(CASE WHEN {count} < {FEWEST} AND {veiled(segment)} THEN {FEWEST} ELSE {count} END)"


SHOWN_THEN: Final = (
    f"(NOT {veiled('{a}.segment_id')} OR (SELECT count(*) FROM ("
    "SELECT 1 FROM customer_segment k WHERE k.segments @> ARRAY[{a}.number]"
    " AND k.entered_at[array_position(k.segments, {a}.number)] <= {at}"
    " UNION ALL SELECT 1 FROM segment_stay k WHERE k.segment_id = {a}.segment_id AND k.entered_at <= {at}"
    f" AND k.left_at > {{at}} LIMIT {FEWEST}) q) = {FEWEST})"
)
"""The same of those who were in segment {a} at the moment {at}."""


def unless_read(shown: str) -> str:
    """SQL of a template that is the same for everybody: what is shown to those who may read personal data anyway."""
    return f"({{reads}} OR {shown})"

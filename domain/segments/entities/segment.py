"""What can be asked of segments, and of a customer's."""

from dataclasses import replace

from domain.campaigns.entities.campaign import OF_SEGMENT as CAMPAIGNS
from domain.ids import Prefix
from domain.query.declare import choice, instant, of, own_id, text
from domain.query.entity import STAFF, Column, Entity, Flag, Kind, Relation, Shape, Sort
from domain.query.finding import by_id_or
from domain.query.ids import SURVIVOR
from domain.segments.entities import comparing, metrics, together
from domain.segments.entities.members import MEMBERS
from domain.segments.entities.then import MEMBERS_THEN, members_then
from domain.segments.entities.withheld import SHOWN_THEN, floored, shown
from domain.segments.membership.causes import CAUSES

EXPLAINED = 100.0
"""What it costs to ask each clause of a rule of a customer; a hundred are about all that a question may cost."""

_NEWEST = (
    "LEFT JOIN LATERAL (SELECT v.* FROM segment_version v WHERE v.segment_id = {a}.segment_id"
    " ORDER BY v.number DESC LIMIT 1) {v} ON true"
)

# Who entered: those who are in it, and those who were; who left: those who were. Those of one instant are told apart by
# `own`: of a segment, whose members may be very many, a digest is made only of who left.
_CHANGES = (
    "(SELECT c.*, {own} AS change_id FROM ("
    "{open}"
    " UNION ALL SELECT k.customer_id, k.segment_id, true, k.entered_at, k.entered_cause"
    " FROM segment_stay k WHERE {stay}"
    " UNION ALL SELECT k.customer_id, k.segment_id, false, k.left_at, k.left_cause"
    " FROM segment_stay k WHERE {stay}"
    ") c) {{b}}"
)
# Where in the arrays of somebody who is in the segment it stands.
_PLACE = "array_position(k.segments, {a}.number)"
_OF_SEGMENT = {
    "open": "SELECT k.customer_id, {a}.segment_id, true AS entered, k.entered_at[" + _PLACE + "] AS at,"
    f" {CAUSES}[k.causes[{_PLACE}]::int] AS cause FROM customer_segment k WHERE k.segments @> ARRAY[{{a}}.number]",
    "stay": "k.segment_id = {a}.segment_id",
    "own": "CASE WHEN c.entered THEN c.customer_id ELSE md5(uuid_send(c.customer_id))::uuid END",
}
_OF_OWNER = {
    "open": f"SELECT k.customer_id, v.segment_id, true AS entered, o.entered_at AS at, {CAUSES}[o.cause::int] AS cause"
    " FROM customer_segment k CROSS JOIN LATERAL unnest(k.segments, k.entered_at, k.causes) AS o (number, entered_at,"
    " cause) JOIN segment v ON v.number = o.number WHERE k.customer_id = {owner}",
    "stay": "k.customer_id = {owner}",
    # Also of who was merged into them, who may have entered the same at the same instant.
    "own": "md5(concat(c.customer_id, c.segment_id, c.entered))::uuid",
}

SEGMENT = Entity(
    name="Segment",
    table="segment",
    key="segment_id",
    prefix=Prefix.SEGMENT,
    order=("name", False),
    sorts={"name": Sort(sql="{a}.search_fold", type="text")},
    search="{a}.search_fold LIKE {pattern}",
    joins={"v": _NEWEST},
    filters={
        "kind": choice("kind"),
        "includeArchived": Flag(yes="true", no="{a}.archived_at IS NULL"),
    },
    columns={
        "id": own_id(Prefix.SEGMENT, "segment_id"),
        "key": text("key"),
        "name": text("name"),
        "description": text("description"),
        "kind": text("kind"),
        "where": Column(
            sql="{v}.filter", kind=Kind.JSON, personal=True, masked="CASE WHEN NOT {v}.personal THEN {v}.filter END"
        ),
        "definition": Column(
            sql="{v}.definition",
            personal=True,
            masked="CASE WHEN {v}.personal THEN {v}.masked ELSE {v}.definition END",
        ),
        "createdAt": instant("created_at"),
        "updatedAt": instant("updated_at"),
        "refreshedAt": instant("refreshed_at"),
        "archivedAt": instant("archived_at"),
        # Whom it is explained to goes on from the id; it is a statement of its own.
        "explain": replace(own_id(Prefix.SEGMENT, "segment_id"), weight=EXPLAINED),
        "memberCount": Column(
            sql="{a}.member_count",
            kind=Kind.INT,
            personal=True,
            masked=floored("{a}.member_count", "{a}.segment_id"),
        ),
    },
    relations={
        "members": Relation(
            entity="Customer",
            shape=Shape.PAGE,
            on="EXISTS (SELECT 1 FROM customer_segment k WHERE k.customer_id = {b}.customer_id"
            " AND k.segments @> ARRAY[{a}.number])",
            part=MEMBERS,
            veil=shown("{a}.segment_id"),
        ),
        "membersAt": Relation(
            entity="Customer", shape=Shape.PAGE, find=members_then, part=MEMBERS_THEN, veil=SHOWN_THEN
        ),
        "changes": Relation(
            entity="SegmentChange",
            shape=Shape.PAGE,
            source=_CHANGES.format(**_OF_SEGMENT),
            veil=shown("{a}.segment_id"),
        ),
        **metrics.RELATIONS,
        **comparing.OF_SEGMENT,
        "portfolio": together.PORTFOLIO,
        "campaigns": CAMPAIGNS,
        "dependents": Relation(
            entity="Segment",
            shape=Shape.MANY,
            on="{b}.archived_at IS NULL AND EXISTS (SELECT 1 FROM segment_use u"
            " WHERE u.named_id = {a}.segment_id AND u.segment_id = {b}.segment_id)",
            order='{a}.search_fold COLLATE "C", {a}.segment_id',
            rows=3,
        ),
    },
)

MEMBERSHIP = Entity(
    name="SegmentMembership",
    key="segment_id",
    columns={"enteredAt": instant("entered_at")},
    relations={"segment": Relation(entity="Segment", shape=Shape.ONE, on="{b}.segment_id = {a}.segment_id")},
)

CHANGE = Entity(
    name="SegmentChange",
    key="change_id",
    owner="{a}.customer_id",
    order=("at", True),
    sorts={"at": Sort(sql="{a}.at", type="timestamptz")},
    columns={
        "entered": of(Kind.BOOL, "entered"),
        "at": instant("at"),
        "cause": text("cause"),
    },
    relations={
        "segment": Relation(entity="Segment", shape=Shape.ONE, on="{b}.segment_id = {a}.segment_id"),
        # Of who was merged since: the survivor.
        "customer": Relation(
            entity="Customer",
            shape=Shape.ONE,
            on="{b}.customer_id = " + SURVIVOR.format(id="{a}.customer_id"),
        ),
    },
)

_OPEN = (
    "(SELECT v.segment_id, v.search_fold, o.entered_at FROM customer_segment k"
    " CROSS JOIN LATERAL unnest(k.segments, k.entered_at) AS o (number, entered_at)"
    " JOIN segment v ON v.number = o.number WHERE k.customer_id = {owner} AND v.archived_at IS NULL) {b}"
)

OF_CUSTOMER = {
    "segments": Relation(
        entity="SegmentMembership",
        shape=Shape.MANY,
        source=_OPEN,
        order='{a}.search_fold COLLATE "C", {a}.segment_id',
        kin=True,
        veil=shown("{b}.segment_id"),
        rows=5,
    ),
    "segmentChanges": Relation(
        entity="SegmentChange",
        shape=Shape.PAGE,
        source=_CHANGES.format(**_OF_OWNER),
        kin=True,
        veil=shown("{b}.segment_id"),
    ),
}


ROOTS = {
    "segment": Relation(entity="Segment", shape=Shape.ONE, find=by_id_or(SEGMENT, "key"), roles=STAFF),
    "segments": Relation(entity="Segment", shape=Shape.PAGE, filters=("kind", "includeArchived"), roles=STAFF),
}

ENTITIES = (SEGMENT, MEMBERSHIP, CHANGE, *comparing.ENTITIES)

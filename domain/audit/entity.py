"""What can be asked of the audit log."""

from domain.ids import Prefix
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import instant, own_id, public_id, text
from domain.query.entity import Column, Compare, Entity, Kind, Own, Reading, Relation, Shape, Sort
from domain.query.operators import whole
from domain.query.periods import read_bounds
from domain.query.predicate import Fact, Predicate, Slot
from domain.vocabulary import Role

ADMINS = frozenset({Role.ADMIN})


def _by_whom(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    """By the name of a key or by its id."""
    assert isinstance(tree, Given)
    slot = asked.slot("text", tree, turn=whole(tree))
    key = public_id(Prefix.API_KEY, "{a}.actor_key")
    return Fact(name, f"({{a}}.actor = {{who}} OR {key} = {{who}})", (("who", slot),))


def _over(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    bounds = zip(("from", "until"), (">=", "<"), read_bounds(asked, tree), strict=True)
    tests = [(key, f"{{a}}.entered_at {sign} {{{key}}}", slot) for key, sign, slot in bounds if slot]
    slots: tuple[tuple[str, Slot], ...] = tuple((key, slot) for key, _, slot in tests)
    return Fact(name, " AND ".join(sql for _, sql, _ in tests) or "true", slots)


AUDIT_ENTRY = Entity(
    name="AuditEntry",
    table="audit_entry",
    key="entry_id",
    prefix=Prefix.AUDIT_ENTRY,
    roles=ADMINS,
    order=("at", True),
    sorts={"at": Sort(sql="{a}.entered_at", type="timestamptz")},
    columns={
        "id": own_id(Prefix.AUDIT_ENTRY, "entry_id"),
        "at": instant("entered_at"),
        "actor": text("actor"),
        "actorKey": own_id(Prefix.API_KEY, "actor_key"),
        "action": text("action"),
        "subject": text("subject"),
        # Canonical JSON already, to be told as it is; emptied when its customer was erased.
        "detail": Column(sql="""coalesce({a}.detail, '{{"erased":true}}')""", kind=Kind.JSON, personal=True),
    },
    filters={
        "subject": Compare(sql="{a}.subject"),
        "actor": Own(read=_by_whom),
        "action": Compare(sql="{a}.action"),
        "over": Own(read=_over),
    },
)

ROOTS = {
    "auditLog": Relation(
        entity="AuditEntry", shape=Shape.PAGE, filters=("subject", "actor", "action", "over"), roles=ADMINS
    ),
}

ENTITIES = (AUDIT_ENTRY,)

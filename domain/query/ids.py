"""Rows by their public id: which type an id is of, and the condition that finds its row."""

from collections.abc import Mapping
from uuid import UUID

from domain.errors import QuestionRefused, Refused
from domain.ids import Prefix, parse_id, prefix_of
from domain.query.asking import Asked, Given, Occasion, Tree, Turn, refused
from domain.query.entity import Entity, Find
from domain.query.fetch import Found
from domain.query.predicate import Slot

MOST = 250

SURVIVOR = "coalesce((SELECT survivor_id FROM customer_alias WHERE customer_id = {id}), {id})"
"""Whom an id leads to where the statement looks several up at once."""


def stored(given: Given, prefix: Prefix) -> Turn:
    """From the public id to what is stored."""

    def turn(_: Occasion, text: object) -> UUID:
        try:
            return parse_id(prefix, str(text))
        except Refused as error:
            raise refused(given, error.faults[0].message) from error

    return turn


def id_slot(asked: Asked, entity: Entity, given: Given) -> Slot:
    assert entity.prefix is not None
    return asked.slot("uuid", given, turn=stored(given, entity.prefix))


def by_id(asked: Asked, entity: Entity, key: "Given | Mapping[str, Tree] | None" = None) -> Found:
    """The row of an id: a key as it is stored, an argument, or (None) the {id} of the row that asks."""
    if key is None:
        wanted = SURVIVOR if entity.key == "customer_id" and entity.prefix is Prefix.CUSTOMER else "{id}"
        return Found(f"{{b}}.{entity.key} = {wanted}")
    if isinstance(key, Given):
        slot = asked.slot("uuid", key)
    else:
        given = key["id"]
        assert isinstance(given, Given)
        slot = id_slot(asked, entity, given)
    owner = slot if entity.prefix is Prefix.CUSTOMER else None
    return Found(f"{{b}}.{entity.key} = {{id}}", slots=(("id", slot),), owner=owner)


def type_asked(asked: Asked, catalog: Mapping[str, Entity], arguments: Mapping[str, Tree]) -> Entity | None:
    """The entity that an id is of; None where there is none of that kind. Refuses what is no id."""
    given = arguments["id"]
    assert isinstance(given, Given)
    prefix = asked.decide(given, turn=lambda _, text: _prefix(given, text))
    return _entity(asked, catalog, str(prefix))


def _prefix(given: Given, text: object) -> str:
    prefix = prefix_of(str(text))
    if prefix is None:
        raise refused(given, "is no id: ids are a prefix such as cus_ and 32 hex digits")
    return str(prefix)


def _entity(asked: Asked, catalog: Mapping[str, Entity], prefix: str) -> Entity | None:
    for entity in catalog.values():
        if entity.prefix == prefix:
            role = asked.occasion.principal.role
            if role not in entity.roles and not any(role in (c.roles or ()) for c in entity.columns.values()):
                raise QuestionRefused("NOT_ALLOWED", f"a {entity.name} may not be read by a {role}", ("id",))
            return entity
    return None


def nodes_asked(
    asked: Asked, catalog: Mapping[str, Entity], arguments: Mapping[str, Tree]
) -> tuple[Slot, Slot, list[Entity], int]:
    """The ids and their types as slots, the entities among them, and how many there are."""
    given = arguments["ids"]
    assert isinstance(given, Given)
    decided = asked.decide(given, turn=lambda _, ids: _prefixes(given, ids))
    assert isinstance(decided, tuple)
    count, *prefixes = decided
    ids = asked.slot("text[]::uuid[]", given, turn=lambda _, texts: [text.partition("_")[2] for text in texts])
    types = asked.slot("text[]", given, turn=lambda _, texts: [text.partition("_")[0] for text in texts])
    found = [entity for prefix in prefixes if (entity := _entity(asked, catalog, prefix))]
    return ids, types, found, count


def _prefixes(given: Given, ids: object) -> list[object]:
    assert isinstance(ids, list)
    if len(ids) > MOST:
        raise refused(given, f"may name at most {MOST} ids, not {len(ids)}")
    return [len(ids), *sorted({_prefix(given, text) for text in ids})]


def by_id_argument(entity: Entity) -> Find:
    """How a root field finds the row of its argument `id`."""
    return lambda asked, arguments: by_id(asked, entity, arguments)

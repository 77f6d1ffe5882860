"""What can be asked of declared attributes."""

import hashlib
from uuid import UUID

from domain.query.declare import of, text
from domain.query.entity import Entity, Kind, Relation, Shape


def key_of(name: str) -> UUID:
    """To be read below a payload like everything else, a declaration has a key made of its name."""
    return UUID(bytes=hashlib.md5(name.encode(), usedforsecurity=False).digest())


DECLARATION = Entity(
    name="AttributeDeclaration",
    table="(SELECT md5(d.name)::uuid AS declaration_id, d.* FROM attribute_declaration d)",
    key="declaration_id",
    columns={
        "name": text("name"),
        "type": text("type"),
        "personal": of(Kind.BOOL, "personal"),
        "description": text("description"),
    },
)

ROOTS = {"attributes": Relation(entity="AttributeDeclaration", shape=Shape.MANY, order='{a}.name COLLATE "C"', rows=50)}

ENTITIES = (DECLARATION,)

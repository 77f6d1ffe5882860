"""What a caller can ask about itself."""

from domain.query.entity import EVERYONE, Column, Entity, Kind, Relation, Shape

VIEWER = Entity(
    name="Viewer",
    key="name",
    roles=EVERYONE,
    columns={
        "name": Column(sql="{caller}"),
        "role": Column(sql="{role}"),
        "source": Column(sql="{source}"),
        "readsPersonalData": Column(sql="{reads}", kind=Kind.BOOL),
    },
)

ROOTS = {"viewer": Relation(entity="Viewer", shape=Shape.PART, roles=EVERYONE)}

ENTITIES = (VIEWER,)

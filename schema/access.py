"""Who is asking."""

import strawberry
from strawberry import Info

from domain.vocabulary import Role
from schema.context import Context
from schema.fields import EVERYONE, field, resolved


@strawberry.type(description="Who is asking: what the key stands for.")
class Viewer:
    name: str = field("The name that the key was made with.")
    role: Role = field("What the caller may do.")
    source: str | None = field("The source that a partner records for, and sees; null for everybody else.")
    reads_personal_data: bool = field("Whether personal data is shown. Otherwise it is masked as *** or left out.")


@strawberry.type
class AccessQuery:
    @resolved(EVERYONE, "Who is asking.")
    def viewer(self, info: Info[Context, None]) -> Viewer:
        caller = info.context.principal
        return Viewer(
            name=caller.name,
            role=caller.role,
            source=caller.source,
            reads_personal_data=caller.reads_personal_data,
        )

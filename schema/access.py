"""Who is asking."""

import strawberry

from domain.vocabulary import Role
from schema.fields import field


@strawberry.type(description="Who is asking: what the key stands for.")
class Viewer:
    name: str = field("The name that the key was made with.")
    role: Role = field("What the caller may do.")
    source: str | None = field("The source that a partner records for, and sees; null for everybody else.")
    reads_personal_data: bool = field("Whether personal data is shown. Otherwise it is masked as *** or left out.")


@strawberry.type
class AccessQuery:
    viewer: Viewer = field("Who is asking.")

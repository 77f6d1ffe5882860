"""What a request carries to whoever answers it."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.access.principal import Principal
from domain.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The caller, the database and the one instant that the request takes for now."""

    principal: Principal
    db: Database
    now: datetime
    request_id: str

"""Who does a deed in a test, and when."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.access.principal import OPERATOR, Principal
from domain.query.asking import Keys, Occasion
from tests.support.importing import CLAIMS

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def occasion(now: datetime = NOW, caller: Principal = OPERATOR) -> Occasion:
    return Occasion(caller, now, ZoneInfo("UTC"), Keys(bytes(64), CLAIMS, bytes(32)))

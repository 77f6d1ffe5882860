"""More conditions on one table than Postgres has columns in a list: rules that are fine alone spoil no round."""

from uuid import UUID

from domain.database import Tx
from domain.segments.membership.queries import Rule, evaluation
from domain.segments.rule import Json, kept
from domain.transfer import Kind
from domain.vocabulary import RecordStatus
from tests.support.calling import OCCASION, call

RULES, CONDITIONS = 5, 400


def asking(at: int) -> Json:
    """Any of so many numbers of touchpoints, each of another case: no two rules share one."""
    cases = (f"c{at * CONDITIONS + number}" for number in range(CONDITIONS))
    return kept(
        {"any": [{"touchpoints": {"where": {"caseNumber": {"eq": case}}, "count": {"gte": 1}}} for case in cases]}
    )


def touch(case: str) -> dict[str, object]:
    person = {"kind": "EMAIL", "value": "ada@example.org"}
    about: dict[str, object] = {"customer": {"identity": person}, "source": "s", "externalId": case, "channel": "PHONE"}
    return about | {"caseNumber": case, "kind": "CALL", "occurredAt": "2025-05-05T12:00:00Z"}


async def test_all_rules_are_answered_however_many_conditions_they_have_together(tx: Tx) -> None:
    assert {one.status for one in await call(tx, Kind.TOUCHPOINTS, [touch("c3"), touch("c1999")])} == {
        RecordStatus.CREATED
    }
    rules = [Rule(UUID(int=at + 1), at + 1, asking(at)) for at in range(RULES)]
    asked = evaluation(rules, OCCASION, None)
    [row] = await tx.fetch(asked.sql, *asked.values)
    assert row["segments"] == [1, RULES]

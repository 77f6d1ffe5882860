"""Who refuses to be profiled is found by an index of those alone, in the words in which scoring and advice ask."""

from collections.abc import Callable

import pytest

from domain.analytics import queries_tallies
from domain.analytics.queries_tallies import Moment
from domain.consents.entity import UNWILLING
from domain.database import Tx
from domain.ids import new_ids
from domain.settings import Settings
from tests.domain.analytics.facts import NOW

Ask = Callable[[Moment], tuple[str, list[object]]]
SOME = new_ids(NOW, 3)


def of_everybody(moment: Moment) -> tuple[str, list[object]]:
    return moment.arguments(queries_tallies._kept())


def of_some(moment: Moment) -> tuple[str, list[object]]:
    return moment.arguments(queries_tallies._facts(True, False, True, True), SOME)


def of_advice(_: Moment) -> tuple[str, list[object]]:
    return f"SELECT k.customer_id FROM customer_consent k WHERE k.customer_id = ANY ($1) AND {UNWILLING}", [SOME]


@pytest.mark.parametrize("ask", [of_everybody, of_some, of_advice])
async def test_refusals_are_read_and_not_everybodys_consents(tx: Tx, ask: Ask) -> None:
    sql, given = ask(Moment.of(NOW, await Settings.load(tx), then=False))
    await tx.execute("SET LOCAL enable_seqscan = off")
    plan = [row[0] for row in await tx.fetch(f"EXPLAIN {sql}", *given)]
    read = [line for line in plan if " on customer_consent" in line]
    assert len(read) == 1
    assert "customer_consent_unwilling" in read[0]

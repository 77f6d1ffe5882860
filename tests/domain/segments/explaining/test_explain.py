"""Why somebody is in a segment: clauses agree with membership, with the filter as a list, and with what is said of each
of them in plain Python; the clause that decided turns when its fact does.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.ids import Prefix, parse_id
from domain.segments.explaining.queries import Explained, explain
from domain.segments.rule import told
from domain.segments.wording.clauses import clauses_of, judge, leaves
from tests.domain.segments.comparing import Moment
from tests.domain.segments.reference import Reference
from tests.domain.segments.rows import read
from tests.schema.arguments import NOW
from tests.schema.ruled import OCCASION, ZONE, RuleDesk
from tests.support import keeper

_EVERYBODY = "{ customers(first: 250) { nodes { id } } }"
RULES, PEOPLE = 101, 10


class Explaining(RuleDesk):
    def explained(self, segment: str, customer: str) -> Explained:
        return self.runner.run(self._explained(segment, customer))

    async def _explained(self, segment: str, customer: str) -> Explained:
        async with self.db.transaction(read_only=True) as tx:
            return await explain(tx, parse_id(Prefix.SEGMENT, segment), customer, occasion=OCCASION)

    def reference(self) -> Reference:
        return self.runner.run(self._reference())

    async def _reference(self) -> Reference:
        async with self.db.transaction(read_only=True) as tx:
            # By what is asked: what the world tells of its second segment's rule is something else.
            rules = await tx.fetch("SELECT v.segment_id, v.rule FROM segment_version v ORDER BY v.number")
            rows = replace(await read(tx), segments={row["segment_id"]: told(row["rule"]) for row in rules})
            return Reference(rows, Moment(NOW, ZONE))


@pytest.fixture(scope="module")
def desk() -> Iterator[Explaining]:
    made = Explaining(keeper.ask("database"))
    yield made
    made.close()


@pytest.mark.proof
def test_a_thousand_explanations_agree_with_membership_and_with_plain_python(desk: Explaining) -> None:
    rng = Random(11)
    desk.look_at_everybody()
    rules = desk.rules(rng, RULES)
    everybody = [node["id"] for node in desk.ask(_EVERYBODY)["data"]["customers"]["nodes"]]
    reference, pairs, members, values = desk.reference(), 0, 0, 0
    for segment, rule in rules.items():
        # Half of those that are asked about are in it, as far as there are any.
        inside = rng.sample(sorted(rule.listed), min(len(rule.listed), PEOPLE // 2))
        for customer in [*inside, *rng.sample(everybody, PEOPLE - len(inside))]:
            found = desk.explained(segment, customer)
            assert found.member == found.holds == (customer in rule.listed), (rule.where, customer, found)
            values += check_clauses(found, rule.where, reference, parse_id(Prefix.CUSTOMER, customer))
            pairs, members = pairs + 1, members + found.member
    assert pairs >= 1_000
    assert members > pairs // 5, (members, pairs)
    assert values > pairs // 2, (values, pairs)


def check_clauses(found: Explained, where: Any, reference: Reference, customer: UUID) -> int:
    """Each holds as plain Python says, they come to the same, those that decided come first, and plain Python finds the
    values that they tell; how many of these it could look at.
    """
    node = clauses_of(where)
    clauses = list(leaves(node))
    plainly = [reference.holds(told(dict(one.rule)), customer) is not one.denied for one in clauses]  # type: ignore[arg-type]
    holds, decided = judge(node, iter(plainly))
    assert holds == found.member, (where, customer)
    order = sorted(range(len(clauses)), key=lambda at: not decided[at])
    assert [one.holds for one in found.clauses] == [plainly[at] for at in order], (where, customer, found)
    assert all(one.holds is found.member for one in found.clauses[: sum(decided)])
    looked = 0
    for at, one in zip(order, found.clauses, strict=True):
        for name, held in clauses[at].rule.items():
            asked = as_filter(name, told(held), one.value)
            assert asked is None or reference.holds(asked, customer), (asked, one, customer)
            looked += asked is not None
    return looked


def as_filter(name: str, held: Any, value: Any) -> dict[str, Any] | None:
    """The filter that says that the customer has this, and nothing else; None where there is none."""
    if name in ("touchpoints", "orders", "contacts"):
        figures = value if isinstance(value, dict) else {"total" if isinstance(value, str) else "count": value}
        return {name: {"where": held.get("where", {}), **{key: {"eq": figure} for key, figure in figures.items()}}}
    if name in ("bought", "notBought"):
        return {"bought": {**held, "units": {"eq": value}}}
    if name == "consent":
        return {name: {**held, "status": value or "DENIED"}}
    if name == "reachableBy":
        return {"all": [{name: [channel]} for channel in value]}
    if name in ("profitability", "acquisition"):
        [inner] = [key for key in held if key != "over"]
        found = compared(held[inner], value)
        return None if found is None else {name: {**held, inner: found}}
    if name in ("attributes", "identity", "need", "inSegment", "notInSegment"):
        return None
    found = compared(held, value)
    return None if found is None else {name: found}


def compared(held: Any, value: Any) -> Any:
    """Equal to it, in the words of the filter that asks; a closed set has none for what is not there."""
    if isinstance(held, list | str):
        return None if value is None else [value] if isinstance(held, list) else value
    if value is None:
        return {"isNull": True}
    if {"within", "olderThan", "ahead"} & held.keys() or (isinstance(value, str) and re.match(r"\d{4}-.*T", value)):
        return {"gte": value, "lte": value}
    return {"eq": value}

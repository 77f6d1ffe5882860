"""Rules after somebody was erased: their personal texts are replaced, and nothing else that is spelt alike."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest

from domain.clock import Duration
from domain.customers.entities.filters import FILTERS
from domain.database import Tx
from domain.query.entity import Compare, Filter, Inside, Kind, Own
from domain.segments.commands_forgetting import ERASED, ROWS, forget_values, without
from domain.segments.membership.queries import Rule, evaluation
from domain.segments.rule import Json, kept, thawed
from domain.vocabulary import IdentityKind, ValueTier
from tests.support.calling import OCCASION

NAMES = frozenset({"500", "loyal", "high", "p90d", "points", "2026-03-01", "jane doe", "seg_" + "0" * 32})
STAYS: tuple[Mapping[str, object], ...] = (
    {"averageOrderValue": {"gte": Decimal(500)}},
    {"lastOrderAt": {"within": Duration.parse("P90D")}},
    {"birthDate": {"eq": datetime(2026, 3, 1, tzinfo=UTC).date()}},
    {"valueTier": [ValueTier.HIGH]},
    {"identity": {"kind": IdentityKind.EXTERNAL_ID, "source": {"eq": "loyal"}, "value": {"isNull": False}}},
    {"attributes": [{"name": "points", "number": {"gte": 500}}]},
    {"attributes": [{"name": "tier", "string": {"eq": "loyal"}}]},
    {"notInSegment": ["seg_" + "0" * 32]},
    {"orders": {"where": {"source": {"eq": "500"}, "total": {"gte": Decimal(500)}}}},
    {"bought": {"product": {"sku": {"eq": "500"}, "attributes": [{"name": "size", "string": {"eq": "500"}}]}}},
    {"touchpoints": {"where": {"handledBy": {"eq": "Loyal"}}, "count": {"gte": 500}}},
    {"city": {"eq": "Loyal"}, "country": {"in": ["500"]}},
)
GOES: tuple[tuple[Mapping[str, object], object], ...] = (
    ({"email": {"in": ["500", "Bob"]}}, {"email": {"in": [ERASED, "Bob"]}}),
    ({"not": {"displayName": {"contains": "JANE Doe"}}}, {"not": {"displayName": {"contains": ERASED}}}),
    ({"identity": {"value": {"eq": "LOYAL"}}}, {"identity": {"value": {"eq": ERASED}}}),
    ({"any": [{"phone": {"ne": "500"}}]}, {"any": [{"phone": {"ne": ERASED}}]}),
    (
        {"attributes": [{"name": "points", "string": {"eq": "500"}}, {"name": "tier", "string": {"eq": "500"}}]},
        {"attributes": [{"name": "points", "string": {"eq": ERASED}}, {"name": "tier", "string": {"eq": "500"}}]},
    ),
    (
        {"touchpoints": {"where": {"subject": {"contains": "jane doe"}, "source": {"eq": "500"}}}},
        {"touchpoints": {"where": {"subject": {"contains": ERASED}, "source": {"eq": "500"}}}},
    ),
    (
        {"touchpoints": {"where": {"properties": [{"name": "loyal", "string": {"eq": "loyal"}}]}}},
        {"touchpoints": {"where": {"properties": [{"name": "loyal", "string": {"eq": ERASED}}]}}},
    ),
)


@pytest.mark.parametrize("where", STAYS, ids=str)
def test_what_is_only_spelt_alike_stays(where: Mapping[str, object]) -> None:
    assert without(kept(where), NAMES, {"tier"}) == kept(where)


@pytest.mark.parametrize(("where", "expected"), GOES, ids=str)
def test_a_personal_text_is_replaced_and_the_rule_can_be_read(where: Mapping[str, object], expected: object) -> None:
    rule = without(kept(where), NAMES, {"tier"})
    assert rule == expected
    assert evaluation([Rule(UUID(int=1), 1, rule)], OCCASION, (), strict=True).sql


def test_every_personal_text_that_can_be_asked_for_is_replaced() -> None:
    """Whatever is declared: at any place of the filter language."""
    found = dict(_personal(FILTERS, ()))
    assert {"email", "phone", "displayName", "postalCode", "identity.value"} <= found.keys()
    assert {"touchpoints.where.subject", "touchpoints.where.properties"} <= found.keys()
    for path, where in found.items():
        rewritten = str(without(cast("Json", where), NAMES))
        assert ERASED in rewritten, path
        assert "500" not in rewritten, path


def _personal(fields: Mapping[str, Filter], path: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """The way to each personal text, and a filter that asks for it."""
    for name, declared in fields.items():
        here = (*path, name)
        if isinstance(declared, Inside):
            yield from _personal(declared.fields, here)
        elif isinstance(declared, Compare) and declared.personal and declared.kind is Kind.TEXT:
            yield ".".join(here), _below(here, {"eq": "500"})
        elif isinstance(declared, Own) and (declared.personal or (name == "attributes" and not path)):
            yield ".".join(here), _below(here, [{"name": "x", "string": {"startsWith": "500"}}])
        elif name in ROWS and not path:
            yield from _personal(ROWS[name], (name, "where"))


def _below(path: tuple[str, ...], held: object) -> object:
    for name in reversed(path):
        held = {name: held}
    return held


async def test_a_rule_of_amounts_is_read_as_before_when_a_customer_of_that_number_is_erased(tx: Tx) -> None:
    where = kept({"email": {"isNull": False}, "averageOrderValue": {"gte": Decimal(500)}, "valueTier": ["HIGH"]})
    await tx.execute(
        "INSERT INTO segment_version (number, segment_id, rule, filter, definition, masked, personal, made_at)"
        " VALUES (1, $1, $2, $2, '', '', true, now())",
        UUID(int=1),
        where,
    )
    await forget_values(tx, ["500", "high"])
    rule = await tx.fetchval("SELECT rule FROM segment_version")
    assert rule == where
    assert thawed(rule)

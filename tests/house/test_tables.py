"""Tables keep these rules, so that one Postgres can become many and a person can be erased."""

import pytest
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB
from sqlalchemy.types import Text

from domain.columns import Placement
from domain.tables import metadata

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
OF_CUSTOMER = [table for table in TABLES if table.info.get("by") == "customer_id"]
CLAIMS = {
    "tombstone": "tombstone_key",
    "idempotency_key": "request_key",
    "identity_claim": "value",
    "touchpoint_claim": "claim_key",
    "order_claim": "claim_key",
}
CLAIMS |= {"return_claim": "claim_key"}


def told(table: Table) -> str:
    return table.name


@pytest.mark.parametrize("table", TABLES, ids=told)
def test_every_table_says_where_its_rows_live(table: Table) -> None:
    assert table.info.get("placement") in set(Placement), f"{table.name} has no placement"


@pytest.mark.parametrize("table", [t for t in TABLES if t.info.get("placement") == Placement.DISTRIBUTED], ids=told)
def test_a_distributed_table_is_keyed_by_what_distributes_it(table: Table) -> None:
    """Rule 3: customer_id first in the key, and in every unique constraint. Rule 5: claims by the unique value."""
    by = str(table.info["by"])
    assert by == CLAIMS.get(table.name, "customer_id")
    keys = [c for c in table.constraints if isinstance(c, PrimaryKeyConstraint | UniqueConstraint)]
    assert keys
    assert next(iter(table.primary_key.columns)).name == by
    for key in keys:
        assert by in {column.name for column in key.columns}, f"{key.name} of {table.name} does not hold {by}"
    for index in table.indexes:
        assert not index.unique, f"{index.name}: uniqueness is a constraint"


@pytest.mark.parametrize("table", TABLES, ids=told)
def test_foreign_keys_stay_with_the_owner(table: Table) -> None:
    for key in (c for c in table.constraints if isinstance(c, ForeignKeyConstraint)):
        target = key.referred_table
        same_owner = target.info.get("by") == table.info.get("by") == "customer_id"
        assert same_owner or target.info.get("placement") == Placement.REFERENCE
        assert (key.ondelete or "").upper() != "SET NULL"


FACTS = ["touchpoint", "customer_order", "order_line", "order_payment", "order_return", "return_line"]


@pytest.mark.parametrize("name", [*FACTS, "customer_identity", "customer_statement"])
def test_a_fact_keeps_whom_it_was_recorded_for(name: str) -> None:
    """Rule 9: what makes merging reversible."""
    assert not metadata.tables[name].c.recorded_for.nullable


@pytest.mark.parametrize("table", TABLES, ids=told)
def test_every_text_says_whether_it_is_personal(table: Table) -> None:
    """Rule 21: an untagged text column could survive an erasure."""
    for column in table.columns:
        if isinstance(column.type, Text | ARRAY | JSONB):
            assert isinstance(column.info.get("personal"), bool), f"{table.name}.{column.name} has no personal tag"


@pytest.mark.parametrize("table", TABLES, ids=told)
def test_closed_sets_are_text_with_a_check(table: Table) -> None:
    assert not any(isinstance(column.type, ENUM) for column in table.columns)


def test_the_twins_of_the_scores_are_twins() -> None:
    first, second = metadata.tables["customer_score_a"], metadata.tables["customer_score_b"]
    assert [(c.name, str(c.type)) for c in first.columns] == [(c.name, str(c.type)) for c in second.columns]
    assert len(first.indexes) == len(second.indexes)

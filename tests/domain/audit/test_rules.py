"""What an entry keeps of a deed: canonical, without secrets, and every value that deeds tell."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import Did
from domain.audit.rules import _SECRET_NAMES, commitment, detail_of
from domain.vocabulary import JobKind

NAMES = st.text().filter(lambda name: name.lower() not in _SECRET_NAMES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=10,
)


def test_every_value_that_deeds_tell_is_kept() -> None:
    after = {
        "at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        "day": date(2026, 3, 1),
        "cost": Decimal("0.10"),
        "kind": JobKind.IMPORT,
        "id": UUID(int=1),
        "lines": ("a", "b"),
        "codes": frozenset({"b", "a"}),
        "more": MappingProxyType({"x": Decimal("1E+2")}),
    }
    assert orjson.loads(detail_of(Did(key=None, before={"cost": None}, after=after))) == {
        "before": {"cost": None},
        "after": {
            "at": "2026-03-01T09:30:00+00:00",
            "codes": ["a", "b"],
            "cost": "0.10",
            "day": "2026-03-01",
            "id": "00000000-0000-0000-0000-000000000001",
            "kind": "IMPORT",
            "lines": ["a", "b"],
            "more": {"x": "100"},
        },
    }


def test_secrets_do_not_enter() -> None:
    did = Did(key=None, after={"name": "hook", "Secret": "s1", "more": [{"token": "t1"}, {"password": {"a": "p1"}}]})
    told = detail_of(did)
    assert not any(secret in told for secret in ("s1", "t1", "p1"))
    assert "hook" in told


@given(st.dictionaries(NAMES, JSON))
@pytest.mark.proof
def test_the_same_is_written_the_same(after: dict[str, object]) -> None:
    """In whichever order it is said; and it can be read back as what it was."""
    backwards = dict(reversed(after.items()))
    told = detail_of(Did(key=None, after=after))
    assert told == detail_of(Did(key=None, after=backwards))
    assert orjson.loads(told).get("after", {}) == orjson.loads(orjson.dumps(after))
    assert commitment(b"1", told) != commitment(b"2", told)

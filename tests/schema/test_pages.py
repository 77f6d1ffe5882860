"""Pages of every root list, forwards and backwards, whatever the filter and order: nothing twice, nothing left out."""

from random import Random
from typing import Any

import orjson
import pytest
from graphql import get_named_type
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.principal import OPERATOR, Principal
from domain.vocabulary import Role
from schema.root import graphql_schema
from tests.schema.arguments import as_literal, value_of
from tests.schema.desk import FEW, Desk
from tests.schema.questions import Question

assert graphql_schema.query_type is not None
_FIELDS = graphql_schema.query_type.fields
LISTS = [name for name, field in _FIELDS.items() if "after" in field.args]
_PAGING = {"first", "after", "last", "before"}
CALLERS = (OPERATOR, Principal("till", Role.PARTNER, source="till"))
FORWARD = ("first", "after", "endCursor", "hasNextPage")
BACKWARD = ("last", "before", "startCursor", "hasPreviousPage")


def lists(desk: Desk) -> st.SearchStrategy[str]:
    """A list with its filter and order, as text without the page."""

    def write(name: str, seed: int) -> str:
        rng, told = Random(seed), []
        for argument, said in _FIELDS[name].args.items():
            if argument not in _PAGING and rng.random() < 0.4:
                value = value_of(rng, desk.pool, argument, said.type)
                told.append(f"{argument}: {as_literal(value, get_named_type(said.type))}")
        return f"{name}(PAGE {' '.join(told)})"

    return st.builds(write, st.sampled_from(LISTS), st.integers(0, 2**48))


def page(desk: Desk, caller: Principal, asked: str, **sizes: Any) -> Any:
    """A page, asked both ways; None where the question is refused."""
    named = [(name, "String" if isinstance(value, str) else "Int") for name, value in sizes.items()]
    declared = ", ".join(f"${name}: {type_}" for name, type_ in named)
    given = " ".join(f"{name}: ${name}" for name in sizes)
    text = f"query P({declared}) {{ list: {asked.replace('PAGE', given)}"
    text += (
        " { edges { cursor node { id } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    question = Question(text, sizes)
    answer = desk.alike(caller, question)
    return orjson.loads(answer.body)["data"]["list"] if answer.executed else None


def told(found: Any) -> list[str]:
    return [edge["node"]["id"] for edge in found["edges"]]


@pytest.mark.parametrize("backward", [False, True])
def test_pages_follow_one_another(desk: Desk, backward: bool) -> None:
    @settings(FEW, max_examples=15)
    @given(lists(desk), st.sampled_from(CALLERS), st.integers(1, 5))
    def one(asked: str, caller: Principal, size: int) -> None:
        size_name, place, cursor, more = (
            ("last", "before", "startCursor", "hasPreviousPage")
            if backward
            else ("first", "after", "endCursor", "hasNextPage")
        )
        if backward and "last" not in _FIELDS[asked.partition("(")[0]].args:
            return
        everything = page(desk, caller, asked, first=250)
        if everything is None:
            return
        whole, total = told(everything), everything["totalCount"]
        assert len(whole) == len(set(whole)) == min(total, 250)
        seen: list[str] = []
        place_of: dict[str, Any] = {}
        for _ in range(4):
            found = page(desk, caller, asked, **{size_name: size}, **place_of)
            seen = told(found) + seen if backward else seen + told(found)
            if not found["pageInfo"][more]:
                assert len(seen) == total
                break
            assert len(told(found)) == size
            place_of = {place: found["pageInfo"][cursor]}
        if total <= 250:
            assert seen == (whole[len(whole) - len(seen) :] if backward else whole[: len(seen)])

    one()

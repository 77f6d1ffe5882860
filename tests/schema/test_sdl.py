"""The schema's text: as committed, as the contract wants it as far as it is built, and told in words throughout."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from schema.root import graphql_schema, print_sdl
from tests.schema.later import LATER

COMMITTED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_committed_text_is_the_schema() -> None:
    assert COMMITTED.read_text() == print_sdl(), "run `rapport schema > schema/schema.graphql`"


def test_the_text_can_be_read_back() -> None:
    again = build_schema(print_sdl())
    assert {name for name in again.type_map if not name.startswith("__")} == {
        name for name in graphql_schema.type_map if not name.startswith("__")
    }


def test_what_the_contract_lacks_belongs_to_a_later_issue(shared_data: Path) -> None:
    check = shared_data.parent / "contract" / "check"
    if not check.exists():
        pytest.skip(f"{check} is not here")
    found = subprocess.run([sys.executable, check, COMMITTED], capture_output=True, text=True, check=False)
    differences = {_name(fault) for fault in found.stdout.splitlines()[:-1]}
    later = {name for names in LATER.values() for name in names}
    assert differences - later == set(), "the contract wants these now"
    assert later - differences == set(), "these are built: strike them from tests/schema/later.py"


def _name(fault: str) -> str:
    """What is missing; any other difference stays a sentence, and no list of names excuses it."""
    missing = re.fullmatch(r"(?:Field )?([\w.]+) was removed\.", fault)
    return missing.group(1) if missing else fault


def test_everything_is_told_in_words() -> None:
    silent = [
        name for name, type_ in graphql_schema.type_map.items() if not name.startswith("__") and not type_.description
    ]
    for name, type_ in graphql_schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [f"{name}.{key}" for key, field in type_.fields.items() if not field.description]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            silent += [
                f"{name}.{key}({argument}:)"
                for key, field in type_.fields.items()
                for argument, said in field.args.items()
                if not said.description
            ]
    assert silent == []


def test_closed_sets_are_those_of_the_domain() -> None:
    from domain import errors, vocabulary
    from domain.campaigns import vocabulary as of_campaigns
    from domain.portfolio import dimensions

    enums = {
        name: set(type_.values)
        for name, type_ in graphql_schema.type_map.items()
        if isinstance(type_, GraphQLEnumType) and not name.startswith("__")
    }
    words = vars(vocabulary) | vars(of_campaigns) | vars(dimensions)
    known = {name: set(values) for name, values in words.items() if name in enums}
    assert enums == known | {"UserErrorCode": set(errors.ErrorCode)}

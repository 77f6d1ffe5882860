"""What the README says is so."""

import re
from itertools import chain

import pytest
from graphql import parse, validate
from typer.main import get_command

from api.cli import _app
from domain.demo.segments import READY
from domain.transfer.kinds import Kind
from domain.transfer.table import COLUMNS
from schema.root import graphql_schema
from tests.house.checkout import ROOT, files, told

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("kind", list(Kind))
def test_the_columns_of_a_csv_are_those_that_it_names(kind: Kind) -> None:
    row = re.search(rf"^\| {kind} \| (.*) \|$", README, re.MULTILINE)
    assert row
    named = [name for name in re.findall(r"`([\w.]+)`", row[1]) if not name.endswith(".NAME")]
    assert sorted(named) == sorted(COLUMNS[kind])


def test_every_command_is_named() -> None:
    commands = get_command(_app()).commands  # type: ignore[attr-defined]
    nested = chain.from_iterable(
        (f"{name} {sub}" for sub in getattr(c, "commands", {})) for name, c in commands.items()
    )
    for name in [name for name, command in commands.items() if not hasattr(command, "commands")] + list(nested):
        assert re.search(rf"`(rapport )?{name}\b", README), f"rapport {name} is not in the README"


def test_every_ready_segment_has_a_line() -> None:
    assert [key for key in re.findall(r"^\| `([\w-]+)` \|", README, re.MULTILINE) if key in {r.key for r in READY}] == [
        ready.key for ready in READY
    ]


def test_every_target_of_make_that_it_names_is_there() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", README)) <= there


def test_every_place_of_the_floor_plan_is_there() -> None:
    plan = README.split("## The floor plan")[1].split("## ")[0]
    places = re.findall(r"\b([a-z]+)/", "\n".join(line for line in plan.splitlines() if line.startswith("    ")))
    folders = {part for path in files(".py") for part in path.relative_to(ROOT).parts[:-1]}
    assert places
    assert set(places) <= folders


def test_every_file_that_it_links_to_is_there() -> None:
    tracked = {told(path) for path in files("")}
    linked = re.findall(r"\]\((?!https?://)([^)#]+)\)", README)
    assert set(linked) <= tracked


def _as_document(told: str) -> str:
    """What a row of the table asks, as a whole question; `…` stands for whatever is asked below."""
    told = told.replace("{ … }", "{ __typename }")
    if told.startswith("where:"):
        return f"{{ customers({told}) {{ nodes {{ id }} }} }}"
    if told.startswith(("customers ", "portfolio(")):
        return f"{{ {told} }}"
    return f"{{ customers {{ nodes {{ {told} }} }} }}"


def test_every_question_that_it_asks_can_be_asked() -> None:
    blocks = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    table = README.split("## What it answers today")[1].split("## ")[0]
    rows = [told for told in re.findall(r"`([^`]+)`", table) if "{" in told]
    documents = [*blocks, *map(_as_document, rows)]
    assert len(documents) > 20
    assert not [(text, errors) for text in documents if (errors := validate(graphql_schema, parse(text)))]


def test_every_feature_is_on_the_floor_plan() -> None:
    plan = README.split("## The floor plan")[1].split("## ")[0]
    features = {path.relative_to(ROOT).parts[1] for path in files(".py") if path.relative_to(ROOT).parts[0] == "domain"}
    missing = {name for name in features if not name.endswith(".py") and f"{name}/" not in plan}
    assert not missing

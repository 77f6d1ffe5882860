"""Questions made from the schema itself, valid by construction: fields, aliases, fragments, directives, arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import strategies as st

from tests.schema.arguments import Pool, as_literal, value_of
from tests.schema.scope import Said, Scope, Text

_DEEPEST = 5
_SHORT = (
    "r",
    "x",
    "i",
    "q",
    "p",
    "g",
    "u",
    "n",
    "c",
    "j",
    "j0",
    "l0",
    "o",
    "t",
    "t1",
    "t2",
    "s",
    "more",
    "head",
    "many",
)
"""Aliases that statements have for tables and columns of their own."""
_PAGING = ("first", "after", "last", "before")


@dataclass(slots=True)
class Question:
    """A document with one operation, and its variables."""

    text: str
    variables: Mapping[str, object]


@dataclass(slots=True)
class Writer:
    """Draws one question."""

    schema: GraphQLSchema
    pool: Pool
    rng: Random
    size: int
    text: Text = field(default_factory=Text)

    def chance(self, percent: int) -> bool:
        return self.rng.randint(0, 99) < percent

    def among(self, choices: list[Any]) -> Any:
        return self.rng.choice(choices)

    def question(self) -> Question:
        assert self.schema.query_type is not None
        selection = self.selection(self.schema.query_type, Scope(), 0)
        return Question(self.text.whole(selection), self.text.values)

    def selection(self, type_: GraphQLObjectType | GraphQLInterfaceType, scope: Scope, depth: int) -> str:
        most = max(1, self.size // 2) if depth == 0 else self.size
        parts = [self.part(type_, scope, depth) for _ in range(self.rng.randint(1, most))]
        return "{ " + " ".join(parts) + " }"

    def part(self, type_: GraphQLObjectType | GraphQLInterfaceType, scope: Scope, depth: int) -> str:
        kind = self.rng.randint(0, 99)
        if kind < 6:
            return self.typename(scope)
        if isinstance(type_, GraphQLInterfaceType) and kind < 70:
            of = self.among(sorted(self.schema.get_possible_types(type_), key=str))
            return f"... on {of.name}{self.directives()} {self.selection(of, scope.of(of.name), depth + 1)}"
        if kind < 12:
            return (
                f"...{self.among(['', f' on {type_.name}'])}{self.directives()} {self.selection(type_, scope, depth)}"
            )
        if kind < 17:
            name = self.text.fresh("F")
            self.text.fragments.append(f"fragment {name} on {type_.name} {self.selection(type_, scope, depth)}")
            return f"...{name}{self.directives()}"
        return self.field(type_, scope, depth)

    def typename(self, scope: Scope) -> str:
        if self.chance(50):
            return f"{self.text.fresh('type')}: __typename"
        scope.keys.setdefault("__typename", Said("__typename", "", Scope()))
        return "__typename"

    def field(self, type_: GraphQLObjectType | GraphQLInterfaceType, scope: Scope, depth: int) -> str:
        leaves = [n for n, f in type_.fields.items() if is_leaf_type(get_named_type(f.type))]
        objects = [n for n in type_.fields if n not in leaves]
        deep = objects and depth < _DEEPEST and (not leaves or self.chance(55))
        name = self.among(objects if deep else leaves or objects)
        if "edges" in type_.fields and self.chance(60):
            # A page is asked for its rows, mostly.
            name = self.among(["nodes", "nodes", "edges"])
        found = type_.fields[name]
        again = [key for key, said in scope.keys.items() if said.name == name]
        if again and self.chance(60):
            key = self.among(again)
        else:
            own = scope.aliased or isinstance(type_, GraphQLInterfaceType) or name in scope.keys or self.chance(25)
            key = self.alias(type_, scope) if own else name
            scope.keys[key] = Said(name, self.arguments(name, found, depth), Scope())
        return self.written(key, scope.keys[key], found, depth)

    def alias(self, type_: GraphQLObjectType | GraphQLInterfaceType, scope: Scope) -> str:
        """Sometimes what the statement itself calls something; types of one interface share no alias."""
        short = [alias for alias in _SHORT if alias not in scope.keys]
        apart = scope.aliased or isinstance(type_, GraphQLInterfaceType)
        return self.text.fresh("a") if apart or not short or self.chance(40) else str(self.among(short))

    def written(self, key: str, said: Said, found: GraphQLField, depth: int) -> str:
        named = get_named_type(found.type)
        below = ""
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            below = " " + self.selection(named, said.below, depth + 1)
        alias = "" if key == said.name else f"{key}: "
        return f"{alias}{said.name}{said.arguments}{self.directives()}{below}"

    def directives(self) -> str:
        if not self.chance(8):
            return ""
        told = []
        for name in self.among([["skip"], ["include"], ["skip", "include"]]):
            # Mostly such that something is left to be asked.
            value = (name == "include") ^ self.chance(25)
            told.append(f" @{name}(if: {self.given('Boolean!', value, as_literal(value))})")
        return "".join(told)

    def arguments(self, name: str, found: GraphQLField, depth: int) -> str:
        told = []
        sizes = self.sizes(found, depth)
        left_out = self.left_out(name) if depth == 0 else ()
        for argument, said in found.args.items():
            if argument in _PAGING:
                if argument in sizes:
                    told.append(f"{argument}: {self.given('Int', sizes[argument], str(sizes[argument]))}")
            elif argument in left_out:
                continue
            elif is_required_argument(said) or left_out or self.chance(30):
                told.append(f"{argument}: {self.value(name if argument == 'id' else argument, said)}")
        return f"({', '.join(told)})" if told else ""

    def left_out(self, name: str) -> tuple[str, ...]:
        """Some things are found in one of several ways."""
        ways: dict[str, list[tuple[str, ...]]] = {
            "product": [("id",), ("sku",)],
            "order": [("id",), ("source", "externalId")],
        }
        return self.rng.choice(ways[name]) if name in ways and self.chance(95) else ()

    def sizes(self, found: GraphQLField, depth: int) -> dict[str, int]:
        """Mostly small pages: below other lists a page of the customary size would cost too much."""
        if "first" not in found.args or not self.chance(90 if depth else 70):
            return {}
        backward = "last" in found.args and self.chance(30)
        return {"last" if backward else "first": self.among([0, 1, 2, 2, 3, 4, 5])}

    def value(self, name: str, argument: GraphQLArgument) -> str:
        value = value_of(self.rng, self.pool, name, argument.type)
        nullable = not is_non_null_type(argument.type)
        if nullable and self.chance(4):
            value = None
        if nullable and self.chance(4):
            # Declared and never given: as if the argument were left out.
            return self.text.variable(str(argument.type), None, given=False)
        return self.given(str(argument.type), value, as_literal(value, get_named_type(argument.type)))

    def given(self, type_: str, value: object, literal: str) -> str:
        """A value in the text, in a variable, or as a variable's default."""
        way = self.rng.randint(0, 99)
        if way < 55:
            return literal
        if way < 90 or value is None:
            return self.text.variable(type_, value)
        return self.text.variable(type_.removesuffix("!"), None, default=literal, given=False)


def questions(schema: GraphQLSchema, pool: Pool, *, most: int = 5) -> st.SearchStrategy[Question]:
    """What fails is shrunk by its size: a question is one of millions, drawn by its seed."""

    def write(size: int, seed: int) -> Question:
        return Writer(schema, pool, Random(seed), size).question()

    return st.builds(write, st.integers(1, most), st.integers(0, 2**48))

"""From a filter as it was given to a Predicate: which fields there are, who may ask them, and how they compare.

A filter object without fields holds for all. A null inside a filter is refused: to take it for "left out" would
widen a list that somebody meant to narrow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.query.asking import Asked, Given, Tree, refused
from domain.query.entity import Choice, Compare, Entity, Filter, Flag, Inside, Kind, Own, Reading
from domain.query.operators import SQL, TYPES, ago, ahead, current, ids, nothing, pattern, texts, whole
from domain.query.predicate import Around, Every, Fact, Predicate, Test
from domain.query.predicate import Denied as Not
from domain.query.predicate import Either as AnyOf

DEEPEST = 8


@dataclass(frozen=True, slots=True)
class FilterReader:
    """Reads the filters of one entity for one caller."""

    asked: Asked
    entity: Entity
    depth: int = 0

    def read(self, tree: Tree) -> Predicate:
        return self.objects(self.entity.filters, tree)

    def objects(self, fields: Mapping[str, Filter], tree: Tree) -> Predicate:
        """All that the object says; all, any and not where the entity's filter nests."""
        self.asked.clause()
        given = _object(tree)
        parts = [self._unsaid(name, declared) for name, declared in fields.items() if name not in given]
        said = [
            self._nested(name, given[name]) if name in _NESTS else self._field(fields, name, given[name])
            for name in sorted(given)
        ]
        return Every((*(part for part in parts if part), *said))

    def _unsaid(self, name: str, declared: Filter) -> Predicate | None:
        return Fact(name, declared.unsaid) if isinstance(declared, Flag) and declared.unsaid else None

    def _nested(self, name: str, tree: Tree) -> Predicate:
        deeper = FilterReader(self.asked, self.entity, self.depth + 1)
        if deeper.depth > DEEPEST:
            raise QuestionRefused("INVALID", f"a filter nests all, any and not at most {DEEPEST} deep")
        if name == "not":
            return Not(deeper.read(tree))
        parts = tuple(deeper.read(part) for part in _list(tree))
        return Every(parts) if name == "all" else AnyOf(parts)

    def _field(self, fields: Mapping[str, Filter], name: str, tree: Tree) -> Predicate:
        declared = fields.get(name)
        if declared is None:
            raise QuestionRefused("INVALID", f"{name} is no filter of {self.entity.name}")
        return self.tests(declared, name, tree)

    def tests(self, declared: Filter, name: str, tree: Tree) -> Predicate:
        """What one field of a filter says."""
        self._permit(declared, name)
        if isinstance(tree, Given) and tree.value is None and tree.parts is None:
            raise nothing(tree)
        if isinstance(declared, Compare):
            return self._compare(declared, name, tree)
        if isinstance(declared, Choice):
            return self._choice(declared, name, tree)
        if isinstance(declared, Flag):
            assert isinstance(tree, Given)
            return Fact(name, declared.yes if self.asked.decide(tree) else declared.no)
        if isinstance(declared, Inside):
            inner = self.objects(declared.fields, tree)
            return Around(name, declared.sql, inner) if declared.sql else inner
        assert isinstance(declared, Own)
        return declared.read(self.asked, name, tree, Reading(objects=self.objects, tests=self.tests))

    def _permit(self, declared: Filter, name: str) -> None:
        caller = self.asked.occasion.principal
        if caller.role not in (declared.roles or self.entity.roles):
            raise QuestionRefused("NOT_ALLOWED", f"{name} may not be asked for by a {caller.role}", (name,))
        if declared.personal and not caller.reads_personal_data:
            raise masked(name)

    def _choice(self, declared: Choice, name: str, tree: Tree) -> Predicate:
        assert isinstance(tree, Given)
        many = isinstance(tree.value, list)
        slot = self.asked.slot("text[]" if many else "text", tree, turn=whole(tree))
        return Test(name, declared.sql, "in" if many else "eq", (slot,))

    def _compare(self, column: Compare, name: str, tree: Tree) -> Predicate:
        if isinstance(tree, Given):  # a value alone, such as campaign: ID
            return self._operator(column, name, "eq", tree)
        given = _object(tree)
        tests = []
        for operator in sorted(given):
            value = given[operator]
            assert isinstance(value, Given)
            if value.value is None and value.parts is None:
                raise nothing(value)
            test = self._operator(column, name, operator, value)
            tests.append(test if column.absent is None else replace(test, absent=column.absent))
        return tests[0] if len(tests) == 1 else Every(tuple(tests))

    def _operator(self, column: Compare, name: str, operator: str, value: Given) -> Test:
        asked, kind, sql = self.asked, column.kind, column.sql
        if operator == "isNull":
            return Test(name, sql, "null" if asked.decide(value) else "there")
        type_ = TYPES[kind]
        if operator in ("contains", "startsWith"):
            found = pattern(column, "%" if operator == "contains" else "")
            slot = asked.slot("text", value, turn=found)
            return Test(name, column.fold or sql, "like" if column.fold else "likeAnyCase", (slot,))
        if operator in ("within", "olderThan"):
            ends = [asked.slot(type_, value, turn=ago(value, kind))]
            ends += [asked.slot(type_, turn=current(kind))] if operator == "within" else []
            return Test(name, sql, operator, tuple(ends))
        if operator in ("ahead", "anniversaryAhead"):
            start = asked.slot(type_, turn=current(kind))
            return Test(name, sql, operator, (start, asked.slot(type_, value, turn=ahead(value, kind))))
        if operator not in SQL:
            raise refused(value, f"{operator} compares no {kind}")
        turn = ids(column, value) if kind is Kind.ID else whole(value)
        if operator in ("in", "notIn"):
            type_, turn = f"text[]::{type_}[]", texts(turn)
        led = "Led" if column.prefix is Prefix.CUSTOMER else ""
        return Test(name, sql, operator + led, (asked.slot(type_, value, turn=turn),))


_NESTS = frozenset({"all", "any", "not"})


def masked(name: str) -> QuestionRefused:
    """Personal data that the caller may not read may not be asked about either: the answers would tell it."""
    return QuestionRefused(
        "NOT_ALLOWED", f"{name} is personal data, which this key may not read: it cannot be asked about", (name,)
    )


def _object(tree: Tree) -> dict[str, Tree]:
    if isinstance(tree, Given):
        raise nothing(tree)
    assert isinstance(tree, dict)
    return tree


def _list(tree: Tree) -> list[Tree]:
    if isinstance(tree, Given):
        if tree.value == []:
            return []
        raise nothing(tree)
    assert isinstance(tree, list)
    return tree

"""What a customer has of what a clause asks about, as it is told elsewhere: a field's value, what was counted or
summed, or what is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from domain.catalog import ENTITIES
from domain.customers.entities.customer import CUSTOMER
from domain.query.asking import Asked, Given
from domain.query.compile import Compiler
from domain.query.declare import public_id
from domain.query.entity import Choice, Compare, Filter, Inside, Kind
from domain.query.fetch import Below, Fetch, Found, Leaf
from domain.query.grouping import Grouping
from domain.query.notation import an_object, value, written
from domain.query.predicate import Around, Denied, Either, Every, Fact, Predicate, Test
from domain.query.writing import Pen
from domain.segments.rule import Json, thawed

Pick: TypeAlias = Callable[[Json], Json]
_ATTRIBUTE = "({a}.attributes -> {name})"
_ANY_ATTRIBUTE = "(({a}.attributes || {a}.personal_attributes) -> {name})"
_NAMES = (
    "(SELECT coalesce(json_agg(v.name ORDER BY v.name COLLATE \"C\"), '[]'::json) FROM segment v"
    " JOIN customer_segment k ON k.segments @> ARRAY[v.number]"
    " WHERE k.customer_id = {owner} AND v.segment_id = ANY ({segments}))"
)


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of JSON, or of its text, and what of it is told."""

    sql: str
    pick: Pick = lambda told: told


@dataclass(frozen=True, slots=True)
class Having:
    """Writes what the customer has beside the clauses of one statement."""

    pen: Pen
    grouping: Grouping

    def of(self, rule: Mapping[str, Json], predicate: Predicate, asked: Asked) -> Value:
        """Of a filter of one field, as it was read; an empty one asks about nothing."""
        if not rule:
            return Value("'null'")
        [(name, held)] = rule.items()
        if name in _ROWS:
            relation, entity, fields = _ROWS[name]
            return Value(self._rows(relation, Fetch(entity, tuple((field, Leaf(field)) for field in fields))))
        if (way := _WAYS.get(name)) is not None:
            return way(self, held, predicate, asked)
        return self._own(CUSTOMER.filters[name])

    def _own(self, declared: Filter) -> Value:
        """A column of the customer's."""
        assert isinstance(declared, Compare | Choice)
        kind = declared.kind if isinstance(declared, Compare) else Kind.TEXT
        sql = self.pen.fill(declared.sql, self.grouping.row)
        if isinstance(declared, Compare) and declared.absent is not None:
            sql = f"coalesce({sql}, {declared.absent})"
        if isinstance(declared, Compare) and declared.prefix is not None:
            sql = public_id(declared.prefix, sql)
        return Value(written(value(kind, sql)))

    def _rows(self, relation: str, fetch: Fetch) -> str:
        return written(Compiler(ENTITIES, self.pen).value(Below(relation, fetch), self.grouping.row))

    def _counted(self, held: Json, predicate: Predicate, _: Asked) -> Value:
        """What is counted or summed of the facts that match."""
        around = _grouped(predicate)
        assert around is not None
        assert around.grouped is not None
        assert isinstance(held, dict)
        names = [name for name, _ in around.grouped.figures]
        asked = [name for name in names if name in held] or names[:1]
        slots, told = self.pen.named(around.slots), {}
        for name in asked:
            figure = self.grouping.figure(around, around.grouped, slots, name)
            told[name] = value(Kind.MONEY if name == "total" else Kind.INT, figure)
        return Value(written(told[asked[0]] if len(asked) == 1 else an_object(told.items())))

    def _consent(self, held: Json, _: Predicate, asked: Asked) -> Value:
        assert isinstance(held, dict)

        def same(name: str, default: str) -> Test:
            slot = asked.slot("text", Given(str(held.get(name, default))))
            return Test(name, f"{{a}}.{name}", "eq", (slot,))

        where = Every((same("channel", ""), same("purpose", "MARKETING")))
        return Value(self._rows("consents", Fetch("Consent", (("status", Leaf("status")),), where=where)), _status)

    def _attribute(self, held: Json, _: Predicate, asked: Asked) -> Value:
        assert isinstance(held, list)
        [item] = held
        assert isinstance(item, dict)
        name = self.pen.parameter(asked.slot("text", Given(item["name"])))
        sql = _ANY_ATTRIBUTE if self.pen.sight.personal else _ATTRIBUTE
        return Value(self.pen.fill(sql, self.grouping.row, {"name": name}))

    def _earned(self, held: Json, predicate: Predicate, asked: Asked) -> Value:
        assert isinstance(held, dict)
        [measure] = [name for name in held if name != "over"]
        if held.get("over") is None:
            kind = Kind.FLOAT if measure == "margin" else Kind.MONEY
            return Value(written(value(kind, self.pen.fill(_test(predicate).sql, self.grouping.row))))
        find = CUSTOMER.relations["profitability"].find
        assert find is not None
        found: Found = find(asked, {"over": thawed(held["over"])})
        fetch = Fetch("Profitability", ((measure, Leaf(measure)),), found)
        return Value(self._rows("profitability", fetch), lambda told: cast("dict[str, Json]", told)[measure])

    def _acquired(self, held: Json, _: Predicate, asked: Asked) -> Value:
        assert isinstance(held, dict)
        declared = CUSTOMER.filters["acquisition"]
        assert isinstance(declared, Inside)
        return self._own(declared.fields[next(iter(held))])

    def _reachable(self, _: Json, __: Predicate, asked: Asked) -> Value:
        return Value(written(Compiler(ENTITIES, self.pen).value(Leaf("reachableBy"), self.grouping.row)))

    def _segments(self, _: Json, predicate: Predicate, asked: Asked) -> Value:
        fact = predicate
        while not isinstance(fact, Fact):
            assert isinstance(fact, Every | Denied)
            fact = fact.part if isinstance(fact, Denied) else fact.parts[0]
        return Value(self.pen.fill(_NAMES, self.grouping.row, self.pen.named(fact.slots)))


def _status(told: Json) -> Json:
    """What was said and holds; null where nothing was said, or a grant has expired."""
    assert isinstance(told, list)
    return cast("dict[str, Json]", told[0])["status"] if told else None


def _grouped(predicate: Predicate) -> Around | None:
    """The condition on facts that the clause is about."""
    if isinstance(predicate, Around):
        return predicate
    parts = predicate.parts if isinstance(predicate, Every | Either) else ()
    parts = (predicate.part,) if isinstance(predicate, Denied) else parts
    return next((found for part in parts if (found := _grouped(part)) is not None), None)


def _test(predicate: Predicate) -> Test:
    """The comparison that the clause is."""
    while not isinstance(predicate, Test):
        assert isinstance(predicate, Every)
        predicate = predicate.parts[0]
    return predicate


_ROWS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "identity": ("identities", "Identity", ("kind", "source", "value", "verified")),
    "need": ("needs", "CustomerNeed", ("kind", "name", "strength")),
}
_WAYS: Mapping[str, Callable[[Having, Json, Predicate, Asked], Value]] = {
    "orders": Having._counted,
    "touchpoints": Having._counted,
    "contacts": Having._counted,
    "bought": Having._counted,
    "notBought": Having._counted,
    "consent": Having._consent,
    "attributes": Having._attribute,
    "profitability": Having._earned,
    "acquisition": Having._acquired,
    "reachableBy": Having._reachable,
    "inSegment": Having._segments,
    "notInSegment": Having._segments,
}

"""Plans: a question's statement, ready for every request of the same shape; bound to one request's values, a Plan."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from domain.errors import QuestionRefused
from domain.query.asking import Asked, Binding, Guard, Occasion, Seal, Turn
from domain.query.compile import Catalog, Statement, compile_statement
from domain.query.cost import cost
from domain.query.cursor import Maker, bad_cursor, list_of, opened
from domain.query.fetch import Fields, Sight

OCCASION_TURNS: Mapping[int, Turn] = {
    -1: lambda occasion: occasion.now,
    -2: lambda occasion: occasion.today,
    -3: lambda occasion: occasion.zone.key,
    -4: lambda occasion: occasion.principal.source,
    -5: lambda occasion: occasion.principal.name,
    -6: lambda occasion: str(occasion.principal.role),
    -7: lambda occasion: occasion.principal.reads_personal_data,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement with its parameters: what run sends."""

    statement: Statement
    values: tuple[object, ...]
    makers: tuple[Maker, ...]
    cost: int
    # False where some root fields are answered by resolvers of their own.
    whole: bool
    # Customers that are looked up by an identity.
    lookups: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """A question's statement, and how its values are found."""

    statement: Statement
    # What fills the statement's parameters, in their order.
    bindings: tuple[Binding, ...]
    guards: tuple[Guard, ...]
    seals: tuple[Seal, ...]
    cost: int
    whole: bool
    # Whether the question comes with cursors.
    resumed: bool
    lookups: int = 0

    @staticmethod
    def of(statement: Statement, asked: Asked, price: int, *, whole: bool) -> "Outline":
        fills = (
            Binding((), OCCASION_TURNS[slot.index]) if slot.index < 0 else asked.bindings[slot.index]
            for slot in statement.slots
        )
        resumed = any(seal.cursors for seal in asked.seals)
        given = (tuple(fills), tuple(asked.guards), tuple(asked.seals))
        return Outline(statement, *given, price, whole, resumed, asked.lookups)

    def serves(self, variables: Mapping[str, object], occasion: Occasion) -> bool:
        """Whether these values decide everything as those did that the outline was drawn for."""
        if not self.guards:
            return True
        occasion = since(self.seals, variables, occasion)
        return all(_decided(guard, variables, occasion) == guard.decided for guard in self.guards)

    def bind(self, variables: Mapping[str, object], occasion: Occasion) -> Plan:
        """The plan for one request. Refuses values that cannot be, and cursors of other lists."""
        if self.resumed:
            occasion = since(self.seals, variables, occasion)
            _check(self.seals, variables, occasion)
        makers = _makers(self.seals, variables, occasion) if self.statement.cursors else ()
        values = [
            fill.turn(occasion, *[given.now(variables) for given in fill.givens])
            if fill.givens
            else fill.turn(occasion)
            for fill in self.bindings
        ]
        return Plan(self.statement, tuple(values), makers, self.cost, self.whole, self.lookups)


def since(seals: tuple[Seal, ...], variables: Mapping[str, object], occasion: Occasion) -> Occasion:
    """The occasion at the instant that the cursors keep: the pages of one list are of one now."""
    key, latest = occasion.keys.cursors, None
    for seal in seals:
        for cursor in seal.cursors:
            now = opened(key, str(cursor.now(variables))).now
            latest = now if latest is None else max(latest, now)
    return occasion if latest is None else replace(occasion, now=latest)


def _makers(seals: tuple[Seal, ...], variables: Mapping[str, object], occasion: Occasion) -> tuple[Maker, ...]:
    return tuple(Maker(occasion.keys.cursors, list_of(seal, variables), occasion.now) for seal in seals)


def _check(seals: tuple[Seal, ...], variables: Mapping[str, object], occasion: Occasion) -> None:
    for seal in seals:
        for cursor in seal.cursors:
            if opened(occasion.keys.cursors, str(cursor.now(variables))).list != list_of(seal, variables):
                raise bad_cursor("is of another list, order or filter")


def _decided(guard: Guard, variables: Mapping[str, object], occasion: Occasion) -> object:
    decided = guard.turn(occasion, *[given.now(variables) for given in guard.givens])
    return tuple(decided) if isinstance(decided, list) else decided


@dataclass(slots=True)
class Statements:
    """Compiled statements by their Fetch and the caller's sight; the oldest go when they take too many bytes."""

    catalog: Catalog
    most_bytes: int = 16 * 2**20
    held: int = 0
    _kept: OrderedDict[tuple[Fields, Sight, bool], Statement] = field(default_factory=OrderedDict)

    def of(self, fields: Fields, sight: Sight, *, alone: bool = False) -> Statement:
        """alone: the answer is the one field's value, not an object that holds it."""
        key = (fields, sight, alone)
        if (statement := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return statement
        statement = compile_statement(self.catalog, fields, sight, alone=alone)
        self._kept[key] = statement
        self.held += _size(statement)
        while self.held > self.most_bytes and len(self._kept) > 1:
            self.held -= _size(self._kept.popitem(last=False)[1])
        return statement

    def outline(
        self, asked: Asked, fields: Fields, *, dearest: int, whole: bool = True, alone: bool = False
    ) -> Outline:
        """Prices the question, refuses what is too costly, and compiles the rest."""
        price = ceil(cost(self.catalog, self.catalog["Query"], fields))
        if price > dearest:
            raise QuestionRefused(
                "TOO_COSTLY",
                f"the question costs {price} units and may cost {dearest}: ask for shorter lists (first) or for less",
            )
        caller = asked.occasion.principal
        statement = self.of(fields, Sight(caller.role, caller.reads_personal_data), alone=alone)
        return Outline.of(statement, asked, price, whole=whole)


def _size(statement: Statement) -> int:
    """About what a statement and its Fetch take."""
    return 4 * len(statement.sql) + 1024

"""Which customers, by declared attributes: the tests of a named value, over the rows that hold them.

What must be there is looked up by an index; what must not be is the denial of it, so that it holds where there is
nothing. Who may not read personal data may not ask for personal attributes either; to be sure the statement leaves
them out, too, for they can be declared personal at any moment.
"""

from collections.abc import Iterator, Mapping

from domain.customers.attributes import REMEDY
from domain.folding import fold, order_key
from domain.query.asking import Asked, Given, Occasion, Tree, Turn, refused
from domain.query.declare import compare
from domain.query.entity import Compare, Filter, Kind, Own, Reading
from domain.query.operators import escaped, nothing, whole
from domain.query.predicate import Around, Denied, Either, Every, Predicate, Slots, Test

_ROW = "EXISTS (SELECT 1 FROM customer_attribute {b} WHERE {b}.customer_id = {owner} AND {b}.name = {attribute}"
_SEEN = _ROW + " AND {test})"
_SEEN_BY_ALL = _ROW + " AND NOT {b}.personal AND {test})"
_COLUMNS: Mapping[str, Compare] = {
    "string": compare("text_value"),
    "number": compare("number_value", Kind.FLOAT),
    "boolean": compare("boolean_value", Kind.BOOL),
    "date": compare("date_value", Kind.DAY),
}
_DENIES = {"ne": "eq", "notIn": "in"}
_LONGEST_START = 200


def _attributes(asked: Asked, field: str, tree: Tree, reading: Reading) -> Predicate:
    if isinstance(tree, Given):
        if tree.value == []:
            return Every(())
        raise nothing(tree)
    assert isinstance(tree, list)
    return Every(tuple(_named(asked, field, item, reading) for item in tree))


def _named(asked: Asked, field: str, item: Tree, reading: Reading) -> Predicate:
    asked.clause()
    assert isinstance(item, dict)
    name = item["name"]
    assert isinstance(name, Given)
    there: list[Predicate] = []
    denied: list[Predicate] = []
    for is_there, predicate in _tests(asked, item, reading):
        (there if is_there else denied).append(predicate)
    sql = _SEEN if asked.occasion.principal.reads_personal_data else _SEEN_BY_ALL

    def row(inner: Predicate) -> Predicate:
        slots: Slots = (("attribute", asked.slot("text", name, turn=_allowed(name))),)
        return Around(field, sql, inner, slots)

    return Every((*([row(Every(tuple(there)))] if there else []), *(Denied(row(test)) for test in denied)))


def _allowed(name: Given) -> Turn:
    """Judged whenever the question is asked, also where its plan is kept."""

    def turn(occasion: Occasion, value: object) -> object:
        declared = occasion.attributes
        if declared is None or occasion.principal.reads_personal_data:
            return value
        if str(value) not in declared:
            raise refused(name, REMEDY)
        if declared[str(value)]:
            raise refused(name, "is a personal attribute, which your key may not read", code="NOT_ALLOWED")
        return value

    return turn


def _tests(asked: Asked, item: Mapping[str, Tree], reading: Reading) -> Iterator[tuple[bool, Predicate]]:
    """What is said of the value, each with whether it must hold of the row, or must not."""
    for key, held in sorted(item.items()):
        if key == "exists":
            yield bool(asked.decide(_given(held))), Every(())
        elif key != "name":
            if not isinstance(held, dict):
                raise nothing(_given(held))
            for operator, value in sorted(held.items()):
                yield _test(asked, key, operator, _given(value), reading)


def _test(asked: Asked, key: str, operator: str, value: Given, reading: Reading) -> tuple[bool, Predicate]:
    column = _COLUMNS[key]
    if operator == "isNull":
        return not asked.decide(value), Test(key, column.sql, "there")
    positive = _DENIES.get(operator, operator)
    if key == "string":
        return positive == operator, _TEXT[positive](asked, value)
    return positive == operator, reading.tests(column, key, {positive: value})


def _given(tree: Tree) -> Given:
    assert isinstance(tree, Given)
    if tree.value is None and tree.parts is None:
        raise nothing(tree)
    return tree


def _equal(asked: Asked, value: Given) -> Predicate:
    """By the fold key, which has the index, and then to the letter."""
    fold_slot, slot = asked.slot("text", value, turn=_keyed(value)), asked.slot("text", value, turn=whole(value))
    return Every((Test("string", "{a}.text_fold", "eq", (fold_slot,)), Test("string", "{a}.text_value", "eq", (slot,))))


def _one_of(asked: Asked, value: Given) -> Predicate:
    keys, slot = asked.slot("text[]", value, turn=_keyed(value)), asked.slot("text[]", value, turn=whole(value))
    return Every((Test("string", "{a}.text_fold", "in", (keys,)), Test("string", "{a}.text_value", "in", (slot,))))


def _starts(asked: Asked, value: Given) -> Predicate:
    def turn(_: Occasion, text: object) -> object:
        if len(str(text)) > _LONGEST_START:
            raise refused(value, f"is longer than {_LONGEST_START} characters: ask for a shorter beginning")
        return f"{escaped(order_key(str(text)))}%"

    return Test("string", "{a}.text_fold", "like", (asked.slot("text", value, turn=turn),))


def _contains(asked: Asked, value: Given) -> Predicate:
    """The fold key is only the beginning of a long text."""

    def turn(_: Occasion, text: object) -> object:
        return f"%{escaped(fold(str(text)))}%"

    def plainly(_: Occasion, text: object) -> object:
        return f"%{escaped(str(text))}%"

    folded = Test("string", "{a}.text_fold", "like", (asked.slot("text", value, turn=turn),))
    return Either((folded, Test("string", "{a}.text_value", "likeAnyCase", (asked.slot("text", value, turn=plainly),))))


def _keyed(given: Given) -> Turn:
    def turn(occasion: Occasion, value: object) -> object:
        plain = whole(given)(occasion, value)
        return [order_key(str(item)) for item in plain] if isinstance(plain, list) else order_key(str(plain))

    return turn


_TEXT = {"eq": _equal, "in": _one_of, "startsWith": _starts, "contains": _contains}

FILTER: Filter = Own(read=_attributes)

"""A filter that was given, told again in the shape of a variable: as JSON, for whoever goes on from the answer."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from domain.clock import Duration, told
from domain.query.asking import Asked, Given, Tree
from domain.query.predicate import Slot


def retold(asked: Asked, tree: Tree) -> Slot:
    """A slot of the JSON."""
    givens = tuple(_givens(tree))
    return asked.slot("jsonb", *givens, turn=lambda _, *values: _built(tree, iter(values)))


def _givens(tree: Tree) -> Iterator[Given]:
    if isinstance(tree, Given):
        yield tree
        return
    for part in tree.values() if isinstance(tree, dict) else tree:
        yield from _givens(part)


def _built(tree: Tree, values: Iterator[object]) -> object:
    """The tree with what its values are worth, which come in the order of `_givens`."""
    if isinstance(tree, Given):
        return _json(next(values))
    if isinstance(tree, dict):
        return {name: _built(part, values) for name, part in tree.items()}
    return [_built(part, values) for part in tree]


def _json(value: object) -> object:
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, Duration):
        return value.told
    if isinstance(value, datetime):
        return told(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value

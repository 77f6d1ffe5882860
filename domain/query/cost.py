"""What a question costs, before any SQL is written: rows that it may touch, lists multiplied through."""

from collections.abc import Mapping

from domain.query.entity import Entity, Shape
from domain.query.fetch import Below, Count, Edges, Fields, Found, Leaf, Listed, Nodes, OneOfMany
from domain.query.predicate import Around, Denied, Either, Every, Predicate

LEAF = 0.01
COUNT = 50.0
ACROSS = 5.0
"""A condition on other rows, such as an order history."""


def cost(catalog: Mapping[str, Entity], entity: Entity, fields: Fields, rows: float = 1.0) -> float:
    """Units for so many rows of the entity: about one for each row that is told."""
    return sum((_field(catalog, entity, field, rows) for _, field in fields), 0.0)


def _field(catalog: Mapping[str, Entity], entity: Entity, field: object, rows: float) -> float:
    if isinstance(field, Leaf):
        return rows * (LEAF + entity.columns[field.name].weight)
    if isinstance(field, OneOfMany):
        return field.rows + sum(cost(catalog, catalog[f.entity], f.fields, field.rows) for _, f in field.fetches)
    if isinstance(field, Below):
        return _below(catalog, entity, field, rows)
    if isinstance(field, Listed):
        return _listed(catalog, entity, field, rows)
    return 0.0


def _below(catalog: Mapping[str, Entity], entity: Entity, field: Below, rows: float) -> float:
    relation, found = entity.relations[field.relation], field.fetch.found or Found()
    child = catalog[field.fetch.entity]
    many = relation.shape is Shape.MANY
    below = rows * ((found.rows or relation.rows) if many else 1)
    own = 0.0 if relation.shape is Shape.PART else below * child.weight
    own += rows * _across(field.fetch.where)
    return rows * relation.weight + own + cost(catalog, child, field.fetch.fields, below)


def _listed(catalog: Mapping[str, Entity], entity: Entity, field: Listed, rows: float) -> float:
    relation, child = entity.relations[field.relation], catalog[field.fetch.entity]
    below = rows * field.rows
    total = rows * (1.0 + relation.weight + _across(field.fetch.where)) + below * child.weight
    for _, part in field.parts:
        if isinstance(part, Count):
            total += rows * COUNT
        if isinstance(part, Nodes):
            total += cost(catalog, child, part.fields, below)
        if isinstance(part, Edges):
            nodes = (node.fields for _, node in part.fields if isinstance(node, Nodes))
            total += sum(cost(catalog, child, fields, below) for fields in nodes)
    return total


def _across(where: Predicate | None) -> float:
    if isinstance(where, Every | Either):
        return sum((_across(part) for part in where.parts), 0.0)
    if isinstance(where, Denied):
        return _across(where.part)
    return ACROSS + _across(where.inner) if isinstance(where, Around) else 0.0

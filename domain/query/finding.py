"""How root fields find one row by an argument other than its id."""

from collections.abc import Mapping

from domain.errors import QuestionRefused
from domain.query.asking import Asked, Tree
from domain.query.entity import Entity, Find
from domain.query.fetch import Found
from domain.query.ids import by_id
from domain.query.paging import alone


def by_id_or(entity: Entity, name: str) -> Find:
    """How a root field finds a row by its argument `id` or by another, which a column is named for: exactly one."""
    field = entity.name.lower()

    def find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
        id_, other = alone(arguments, "id"), alone(arguments, name)
        if (id_ is None) == (other is None):
            raise QuestionRefused("INVALID", f"{field} is found by id or by {name}: give one of them")
        if other is None:
            return by_id(asked, entity, arguments)
        return Found(f"{{b}}.{name} = {{{name}}}", slots=((name, asked.slot("text", other)),))

    return find

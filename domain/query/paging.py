"""From the arguments of a list to its page: how many, from where, in which order, and what must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from domain.errors import QuestionRefused
from domain.folding import fold
from domain.query.asking import Asked, Given, Occasion, Seal, Tree, Turn, refused
from domain.query.cursor import opened
from domain.query.entity import STAFF, Entity, Relation
from domain.query.fetch import Found, Keyset, Page, Sorted
from domain.query.filters import FilterReader, masked
from domain.query.operators import escaped
from domain.query.predicate import Every, Fact, Predicate

DEFAULT = 50
MOST = 250


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a list."""

    page: Page
    where: Predicate | None
    rows: int
    # Which rows the list means, where its own arguments say so.
    found: Found | None = None


def present(arguments: Mapping[str, Tree], name: str) -> Tree | None:
    """The argument, unless it was left out or is null."""
    tree = arguments.get(name)
    return None if isinstance(tree, Given) and tree.value is None and tree.parts is None else tree


def alone(arguments: Mapping[str, Tree], name: str) -> Given | None:
    """An argument that is a value by itself."""
    tree = present(arguments, name)
    assert tree is None or isinstance(tree, Given)
    return tree


def read_page(asked: Asked, path: str, relation: Relation, entity: Entity, arguments: Mapping[str, Tree]) -> Asking:
    """The page that the arguments ask for; path names the list among all others."""
    start = len(asked.bindings)
    found = relation.find(asked, arguments) if relation.find else None
    where = _where(asked, relation, entity, arguments)
    givens = tuple(given for binding in asked.bindings[start:] for given in binding.givens)
    order = _order(asked, entity, arguments)
    size, backward = _size(asked, arguments)
    after, before = alone(arguments, "after"), alone(arguments, "before")
    number = len(asked.seals)
    text = blake2b(repr((path, where, order)).encode()).hexdigest()
    asked.seals.append(Seal(text, givens, tuple(cursor for cursor in (after, before) if cursor)))
    types = [entity.sorts[sort.name].type for sort in order] + ["uuid"]
    page = Page(number, size, backward, order, _keyset(asked, after, types), _keyset(asked, before, types))
    return Asking(page, where, size, found)


def limit(asked: Asked, given: Given, most: int = MOST) -> int:
    """A number of rows that may be asked for."""
    count = asked.decide(given)
    if not isinstance(count, int) or not 0 <= count <= most:
        raise refused(given, f"must be from 0 to {most}, not {count}")
    return count


def _size(asked: Asked, arguments: Mapping[str, Tree]) -> tuple[int, bool]:
    first, last = alone(arguments, "first"), alone(arguments, "last")
    if first and last:
        raise refused(last, "and first stand together: give one of them")
    backward = last is not None or (first is None and alone(arguments, "before") is not None)
    given = first or last or Given(DEFAULT)
    return limit(asked, given), backward


def _keyset(asked: Asked, cursor: Given | None, types: list[str]) -> Keyset | None:
    """The place of a cursor. Which of its keys are null shapes the statement."""
    if cursor is None:
        return None
    nulls = asked.decide(cursor, turn=_nulls)
    assert isinstance(nulls, tuple)
    if len(nulls) != len(types):
        raise refused(cursor, "is of another list: start again without a cursor", code="BAD_CURSOR")
    slots = (
        None if null else asked.slot(f"text::{type_}", cursor, turn=_key(at))
        for at, (null, type_) in enumerate(zip(nulls, types, strict=True))
    )
    return Keyset(tuple(slots))


def _nulls(occasion: Occasion, text: object) -> tuple[bool, ...]:
    return tuple(key is None for key in opened(occasion.keys.cursors, str(text)).keys)


def _key(at: int) -> Turn:
    return lambda occasion, text: opened(occasion.keys.cursors, str(text)).keys[at]


def _order(asked: Asked, entity: Entity, arguments: Mapping[str, Tree]) -> tuple[Sorted, ...]:
    tree = present(arguments, "orderBy")
    wanted = [sort for sort in tree if isinstance(sort, dict)] if isinstance(tree, list) else []
    found: dict[str, Sorted] = {}
    for sort in wanted:
        name, direction = (asked.word(_leaf(sort[key])) for key in ("field", "direction"))
        _permit(asked, entity, name)
        found.setdefault(name, Sorted(name, direction == "DESC"))
    return tuple(found.values()) or (Sorted(*entity.order),)


def _permit(asked: Asked, entity: Entity, name: str) -> None:
    caller, sort = asked.occasion.principal, entity.sorts[name]
    if caller.role not in (sort.roles or entity.roles):
        raise QuestionRefused("NOT_ALLOWED", f"{name} may not be ordered by by a {caller.role}", ("orderBy",))
    if sort.personal and not caller.reads_personal_data:
        raise masked(name)


def _leaf(tree: Tree) -> Given:
    assert isinstance(tree, Given)
    return tree


def read_where(asked: Asked, entity: Entity, arguments: Mapping[str, Tree]) -> Predicate | None:
    """What the argument `where` says of rows of the entity; None: nothing."""
    where = present(arguments, "where")
    said = FilterReader(asked, entity).read(where if where is not None else {})
    return None if said == Every(()) else said


def _where(asked: Asked, relation: Relation, entity: Entity, arguments: Mapping[str, Tree]) -> Predicate | None:
    reader = FilterReader(asked, entity)
    given: dict[str, Tree] = {}
    for name in relation.filters:
        if (tree := present(arguments, name)) is not None:
            given[name] = tree
    where = present(arguments, "where")
    parts = [reader.read(where if where is not None else {})] if entity.filters else []
    parts += [reader.read(given)] if given else []
    if (search := alone(arguments, "search")) is not None:
        parts += _search(asked, entity, search)
    parts = [part for part in parts if part != Every(())]
    return parts[0] if len(parts) == 1 else Every(tuple(parts)) if parts else None


def _search(asked: Asked, entity: Entity, given: Given) -> list[Predicate]:
    caller = asked.occasion.principal
    if entity.search_personal and caller.role not in STAFF:
        raise QuestionRefused("NOT_ALLOWED", f"search may not be used by a {caller.role}", ("search",))
    if entity.search_personal and not caller.reads_personal_data:
        raise masked("search")
    slot = asked.slot("text", given, turn=_pattern)
    return [Fact("search", entity.search, (("pattern", slot),))]


def _pattern(_: Occasion, text: object) -> object:
    return f"%{escaped(' '.join(fold(str(text)).split()))}%"

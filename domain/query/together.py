"""What is asked of many rows together: their keys, and whatever else is made of them, written once before a select.

Postgres makes such a select where it stands if only one place reads it, keeps its rows if several do; one that nobody
reads is not written at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from domain.query.entity import Entity
from domain.query.fetch import Below, Fetch, Fields, Found, Leaf
from domain.query.writing import Name, Row, Word


def named(fetch: Fetch, row: Row, child: Row, catalog: Mapping[str, Entity]) -> dict[str, Word | None]:
    """Names what there is to read from for everything below the child; `row` is the one above. By the names in the
    statement, what selects it; None: the keys of the rows that the fetch's condition holds of, which are one column.

    {sampled}: whether anything that is asked for is told from a sample of them.
    """
    found = fetch.found or Found()
    most = min(_samples(fetch.fields, child.entity, catalog), default=None)
    sampled = "false" if most is None else f"(SELECT count(*) > {most} FROM {{{found.keys}}})"
    names: dict[str, Name] = {**child.names}
    made = {found.keys: found.who, **dict(found.made)}
    names |= {name: f"{name}_{child.alias}" for name in made}
    names |= {name: Word(template, row, names) for name, template in (*found.words, ("sampled", sampled))}
    child.names = names
    return {f"{name}_{child.alias}": Word(sql, row, names) if sql else None for name, sql in made.items()}


def _samples(fields: Fields, entity: Entity, catalog: Mapping[str, Entity]) -> Iterator[int]:
    """Of more rows than how many each thing asked for is told from a sample."""
    for _, field in fields:
        if not isinstance(field, Leaf | Below):
            continue
        named = entity.columns[field.name] if isinstance(field, Leaf) else entity.relations[field.relation]
        if named.sampled_above is not None:
            yield named.sampled_above
        if isinstance(field, Below):
            yield from _samples(field.fetch.fields, catalog[field.fetch.entity], catalog)


def led(made: dict[str, Word | None], select: str, written: Callable[[Word | None], str]) -> str:
    """The select, after those that it reads from, each of which may read from those before it."""
    needed: list[str] = []
    read = select
    for name, word in reversed(made.items()):
        if re.search(rf"\b{name}\b", read):
            sql = written(word)
            needed.insert(0, f"{name} AS ({sql})")
            read += sql
    return f"WITH {', '.join(needed)} {select}" if needed else select

"""A rule that is counted once, with what can be known before: Postgres plans better for what it sees than for what it
has to find out on the way.

Whether somebody without a single row passes a test on what is counted, and which numbers the named segments have, are
asked first, by the same translation; the rule then says it outright.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import asyncpg

from domain.customers.entities.customer import CUSTOMER
from domain.query.conditions import condition
from domain.query.predicate import Around, Denied, Either, Every, Fact, Grouped, Predicate
from domain.query.writing import Row
from domain.segments.membership.queries import Bound

_HELD: Final = "held"
Fetch: TypeAlias = Callable[[str, Sequence[object]], Awaitable[list[asyncpg.Record] | None]]


async def folded(fetch: Fetch, rule: Predicate, pen: Bound) -> Predicate:
    """The same rule for the moment and the caller of `pen`, which writes nothing else; as it is if there is no time."""
    row = Row(CUSTOMER, _HELD, f"{_HELD}.{CUSTOMER.key}", {})
    told = {id(one): sql for one in _parts(rule) if (sql := _asked(one, row, pen))}
    if not told:
        return rule
    found = await fetch(f"SELECT {', '.join(told.values())}", pen.values)
    return rule if found is None else _with(rule, dict(zip(told, found[0].values(), strict=True)))


def _parts(rule: Predicate) -> Iterator[Predicate]:
    yield rule
    if isinstance(rule, Every | Either):
        for part in rule.parts:
            yield from _parts(part)
    elif isinstance(rule, Denied):
        yield from _parts(rule.part)


def _asked(one: Predicate, row: Row, pen: Bound) -> str:
    if isinstance(one, Fact) and one.part is not None and one.part.numbers:
        return pen.fill(one.part.numbers, row, pen.named(one.slots))
    if isinstance(one, Around) and one.rows is not None and one.grouped is not None:
        # The values of its own, such as the ends of a period, say which rows are summed: tests do not know them.
        test = condition(pen, one.inner, row)
        return f"({re.sub(rf'{_HELD}[.][a-z_]+', '0', test)}) IS TRUE"
    return ""


def _with(rule: Predicate, known: dict[int, object]) -> Predicate:
    if isinstance(rule, Every | Either):
        return type(rule)(tuple(_with(part, known) for part in rule.parts))
    if isinstance(rule, Denied):
        return Denied(_with(rule.part, known))
    worth = known.get(id(rule))
    if isinstance(rule, Fact) and rule.part is not None and isinstance(worth, list):
        numbers = ", ".join(str(int(number)) for number in worth)
        return replace(rule, sql=rule.sql.replace(rule.part.numbers, f"ARRAY[{numbers}]::bigint[]"), slots=())
    if isinstance(rule, Around) and rule.grouped is not None and worth is not None:
        return replace(rule, sql=_all_but(rule.grouped) if worth else _those(rule.grouped))
    return rule


def _those(grouped: Grouped) -> str:
    """Whoever has no such row does not pass."""
    return f"{{owner}} IN (SELECT {{b}}.customer_id FROM {_summed(grouped)} WHERE {{test}})"


def _all_but(grouped: Grouped) -> str:
    """Whoever has no such row passes, and of those who have some, all who are not found not to."""
    return f"NOT EXISTS (SELECT FROM {_summed(grouped)} WHERE {{b}}.customer_id = {{owner}} AND ({{test}}) IS NOT TRUE)"


def _summed(grouped: Grouped) -> str:
    sums = ", ".join(f"coalesce({sql}, 0) AS {name}" for name, sql in grouped.figures)
    standing = f"{grouped.standing} AND " if grouped.standing else ""
    rows = f"SELECT {grouped.key} AS customer_id, {sums} FROM {grouped.source} WHERE {standing}{{rows}} GROUP BY 1"
    return f"({rows}) {{b}}"

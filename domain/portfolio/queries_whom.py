"""Of whom the questions of the portfolio are asked, over which time, and how a group of them is told.

What every question below a portfolio may name: {who}, a select of customer_id, each once; {since} and {until}, half
open, never null; {whole}, true where no period was asked for; {earned}, of each of them the profit; {amounts}, rows of
everybody that sum up to what customers earned; {theirs}, those of them that are of {who}, as f; {in_l}, whether the
customer of a row l is of {who} (also of k, m, o, t); {base}, the filter that the portfolio itself is of, as JSON.
"""

# For totals, which keep what erased customers had earned where no filter leaves anybody out: {booked} and {booked_l} as
# {theirs} and {in_l}; {forgotten}, the rows f of the erased alone; {erased}, a select of their ids.
# {lines} and {are_theirs}: a FROM and a condition of all lines l of {who}; of each, its customer, order and product.

from collections.abc import Mapping
from typing import Final

from domain.portfolio.entity import COLUMNS, OF_ONE, PROFIT, SUMS, facts_of
from domain.query.asking import Asked, Tree
from domain.query.declare import part, text
from domain.query.entity import Column, Entity, Find, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import present
from domain.query.periods import WHOLE, Periods, read_period, read_until_now
from domain.query.retold import retold

WEIGHT: Final = 300.0
"""What a question over a whole portfolio costs: all of them may be asked at once of one portfolio, not of two."""

_ONE_ROW: Final = "(VALUES (true)) {b} (there)"
_EVERYBODY: Final = "'{{}}'::jsonb"
_COUNT: Final = "(SELECT count(*) FROM {who})"
# Of everybody it is quicker to leave out the few whom no list has than to look up all whom one has.
_LISTED: Final = (
    " WHERE NOT EXISTS (SELECT FROM customer c WHERE c.customer_id = {0}.customer_id"
    " AND (c.merged_into IS NOT NULL OR c.erased_at IS NOT NULL))"
)
_ALIASES: Final = "klmot"
# Read as they lie: to leave out the few, Postgres would read all by their index, which takes twice as long.
_ALL_LINES: Final = "(SELECT l.customer_id, l.order_id, l.product_id FROM order_line l OFFSET 0) l"
_ERASED: Final = "(SELECT c.customer_id FROM customer c WHERE c.erased_at IS NOT NULL)"
_OF_ERASED: Final = f"WHERE f.customer_id IN {_ERASED}"
_NOBODY: Final = "(SELECT NULL::uuid AS customer_id WHERE false)"
_IN_WHO: Final = "{0}.customer_id IN (SELECT w.customer_id FROM {{who}} w)"
_OF_WHO: Final = "{{who}} w JOIN {0} ON {1}.customer_id = w.customer_id"
# Over the whole relationship as filters know it: whom a filter on profit finds is whom a figure counts.
_EARNED_EVER: Final = "SELECT s.customer_id, s.profit FROM {scored}"
# In the order of customers, as most rows lie in an index: hashed, very many customers would not fit into memory.
_EARNED: Final = (
    "SELECT f.customer_id, sum(f.profit) AS profit FROM"
    f" (SELECT f.customer_id, {PROFIT.format(a='f')} AS profit FROM {{theirs}} ORDER BY f.customer_id) f"
    " GROUP BY f.customer_id"
)
# Looked up once for all figures that filters know of each customer.
_EVER: Final = (
    "SELECT coalesce(sum(s.lifetime_value), 0) AS lifetime_value, count(*) FILTER (WHERE s.profit > 0) AS gained,"
    " count(*) FILTER (WHERE s.profit < 0) AS lost FROM {scored}"
)
_SIGNS: Final = (
    "SELECT count(*) FILTER (WHERE e.profit > 0) AS gained, count(*) FILTER (WHERE e.profit < 0) AS lost"
    " FROM {earned} e"
)

# What both ask for is asked for beside the portfolio's own filter, not in its place; no deeper than each of them is.
_WHERE: Final = (
    "(CASE WHEN {base} ?| ARRAY(SELECT jsonb_object_keys({a}.group_where))"
    " THEN {base} || jsonb_build_object('all', coalesce({base} -> 'all', '[]') || jsonb_build_array({a}.group_where))"
    " ELSE {base} || {a}.group_where END)"
)
GROUP: Final = Entity(
    name="Group",
    columns={
        "key": text("group_key"),
        "label": text("group_label"),
        "where": Column(sql=_WHERE, kind=Kind.JSON),
    },
)
"""Of rows with group_key, group_label (text) and group_where (jsonb, never null): a filter of their own customers."""

OF_GROUP: Final = part("Group")


def over_of(asked: Asked) -> Periods:
    """The period of the portfolio that is asked; WHOLE: none."""
    return read_period(asked, asked.over)


def whom(*, who: str = "", base: str = "", customers: str = _COUNT) -> Find:
    """How a portfolio is found: of the customers that the argument `where` holds of, or of those that `who` selects,
    which the filter `base` finds; `customers` is how many they are, as it is told. Templates of the row above.
    """

    def find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
        over = present(arguments, "over")
        periods = read_period(asked, over, of_many=True)
        facts, slots = facts_of(periods)
        ends = zip(("since", "until"), read_until_now(asked, over), strict=True)
        slots += tuple((name, slot) for name, slot in ends if slot)
        where = None if base else present(arguments, "where")
        slots += (("base", retold(asked, where)),) if where else ()
        words = {"base": base or _EVERYBODY, "customers": customers} | _words(facts if periods != WHOLE else "")
        words |= _rows(everybody=not base and not where)
        told = tuple((name, word) for name, word in words.items() if name not in dict(slots))
        made = (("earned", _EARNED if periods != WHOLE else _EARNED_EVER), ("signs", _SIGNS), ("ever", _EVER))
        return Found(source=_ONE_ROW, slots=slots, who=who, words=told, made=made)

    return find


def _words(facts: str) -> dict[str, str]:
    """What the names stand for where nothing is given for them; without facts of a period: over the whole time."""
    signs = "signs" if facts else "ever"
    return {
        "since": "'-infinity'::timestamptz",
        "until": "{now}",
        "whole": str(not facts).lower(),
        "amounts": f"(SELECT f.* FROM ({OF_ONE.sub('true', facts)}) f {COLUMNS})" if facts else "customer_month",
        "lifetime_value": "(SELECT e.lifetime_value FROM {ever} e)",
        **{name: f"(SELECT e.{name} FROM {{{signs}}} e)" for name in ("gained", "lost")},
    }


def _rows(*, everybody: bool) -> dict[str, str]:
    """The rows of {amounts} that are theirs, f, and the scores, s; a WHERE may end either.

    Facts are of who stands or was erased: those of merged customers have gone to their survivors.
    """
    named = {"theirs": ("{amounts} f", "f"), "scored": ("customer_score s", "s")}
    if everybody:
        found = {name: source + _LISTED.format(alias) for name, (source, alias) in named.items()}
        found |= {f"in_{alias}": _LISTED.format(alias).removeprefix(" WHERE ") for alias in _ALIASES}
        found |= {f"booked_{alias}": "true" for alias in _ALIASES}
        found |= {"lines": _ALL_LINES, "are_theirs": found["in_l"]}
        return found | {"booked": "{amounts} f", "forgotten": f"{{amounts}} f {_OF_ERASED}", "erased": _ERASED}
    found = {name: _OF_WHO.format(source, alias) for name, (source, alias) in named.items()}
    of_who = {alias: _IN_WHO.format(alias) for alias in _ALIASES}
    found |= {f"{name}_{alias}": told for alias, told in of_who.items() for name in ("in", "booked")}
    found |= {"lines": _OF_WHO.format("order_line l", "l"), "are_theirs": "true"}
    return found | {"booked": found["theirs"], "forgotten": "{amounts} f WHERE false", "erased": _NOBODY}


PROFITABILITY: Final = Relation(
    entity="Profitability",
    shape=Shape.ONE,
    source=f"(SELECT {SUMS} FROM {{booked}}) {{b}}",
    weight=WEIGHT,
)

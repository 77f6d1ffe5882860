"""Short words for what entities declare again and again."""

from collections.abc import Mapping

from domain.ids import Prefix
from domain.query.asking import Asked, Given, Tree
from domain.query.entity import Choice, Column, Compare, Filter, Find, Kind, Own, Reading, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit
from domain.query.predicate import Around, Every, Grouped, Predicate


def public_id(prefix: Prefix, sql: str) -> str:
    """SQL of the id as it is told outside."""
    return f"'{prefix}_' || replace({sql}::text, '-', '')"


def own_id(prefix: Prefix, name: str) -> Column:
    return Column(sql=public_id(prefix, f"{{a}}.{name}"), kind=Kind.ID)


def text(name: str, *, personal: bool = False) -> Column:
    return Column(sql=f"{{a}}.{name}", personal=personal)


def of(kind: Kind, name: str, *, personal: bool = False) -> Column:
    return Column(sql=f"{{a}}.{name}", kind=kind, personal=personal)


def money(name: str) -> Column:
    return of(Kind.MONEY, name)


def instant(name: str) -> Column:
    return of(Kind.INSTANT, name)


def whole(name: str) -> Column:
    return of(Kind.INT, name)


def real(name: str) -> Column:
    return of(Kind.FLOAT, name)


def compare(name: str, kind: Kind = Kind.TEXT, *, personal: bool = False, fold: str | None = None) -> Compare:
    return Compare(sql=f"{{a}}.{name}", kind=kind, personal=personal, fold=f"{{a}}.{fold}" if fold else None)


def compare_id(prefix: Prefix, name: str) -> Compare:
    return Compare(sql=f"{{a}}.{name}", kind=Kind.ID, prefix=prefix)


def choice(name: str) -> Choice:
    return Choice(sql=f"{{a}}.{name}")


def part(entity: str, *, present: str = "") -> Relation:
    """An object made of the same row."""
    return Relation(entity=entity, shape=Shape.PART, present=present)


def some(sql: str, inner: Filter) -> Own:
    """At least one of other rows, by one filter of theirs; the template says which."""

    def read(_: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
        return Around(name, sql, reading.tests(inner, name, tree))

    return Own(read=read)


def counted(
    exists: str, figures: str, tests: Mapping[str, Compare], rows: Mapping[str, Filter], where: str, grouped: Grouped
) -> Own:
    """Rows that match `where`: at least one, or as many (or as much) as the tests on their figures say."""

    def read(_: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
        assert isinstance(tree, dict)
        inner = reading.objects(rows, tree.get(where, {}))
        said = tuple(reading.tests(test, key, tree[key]) for key, test in sorted(tests.items()) if key in tree)
        if not said:
            return Around(name, exists, inner, grouped=grouped)
        return Around(name, figures, Every(said), rows=inner, grouped=grouped)

    return Own(read=read)


def first(otherwise: int, *, most: int | None = None) -> Find:
    """Reads the `first` of a plain list; `otherwise`: where it is left out. There are never more rows than `most`."""

    def find(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
        count = limit(asked, alone(arguments, "first") or Given(otherwise))
        return Found(limit=count, rows=count if most is None else min(count, most))

    return find


first_of = first(10)


_DAY = (
    r"'^(?!0000)\d{{4}}-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$"
    r"|^(?!0000)(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29$'"
)


def named_values(name: str, *, personal: bool = False) -> Own:
    """Named values in a JSON object: each is compared as what it is, text, number, yes or no, or day."""
    held, told = f"({{a}}.{name} -> {{attribute}})", f"({{a}}.{name} ->> {{attribute}})"

    def typed(json: str, sql: str, kind: Kind) -> Compare:
        return Compare(sql=f"(CASE WHEN jsonb_typeof({held}) = '{json}' THEN {sql} END)", kind=kind)

    fields: dict[str, Filter] = {
        "string": typed("string", told, Kind.TEXT),
        "number": typed("number", f"{told}::float8", Kind.FLOAT),
        "boolean": typed("boolean", f"{told}::boolean", Kind.BOOL),
        "date": Compare(sql=f"(CASE WHEN {told} ~ {_DAY} THEN {told}::date END)", kind=Kind.DAY),
        "exists": Compare(sql=f"({{a}}.{name} ? {{attribute}})", kind=Kind.BOOL),
    }

    def read(asked: Asked, field: str, tree: Tree, reading: Reading) -> Predicate:
        assert isinstance(tree, list)
        return Every(tuple(one(asked, field, item, reading) for item in tree))

    def one(asked: Asked, field: str, item: Tree, reading: Reading) -> Predicate:
        assert isinstance(item, dict)
        attribute = item["name"]
        assert isinstance(attribute, Given)
        tests = {key: held for key, held in item.items() if key != "name"}
        inner = reading.objects(fields, tests)
        if _says_nothing(inner):
            return inner
        return Around(field, "({test})", inner, (("attribute", asked.slot("text", attribute)),))

    return Own(read=read, personal=personal)


def _says_nothing(predicate: Predicate) -> bool:
    """Postgres takes no parameter that its statement does not name."""
    return isinstance(predicate, Every) and all(map(_says_nothing, predicate.parts))

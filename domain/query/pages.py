"""The SQL of a list: a page by keyset, its cursors, what is told of it, and how many there are in all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.query.entity import Relation
from domain.query.fetch import Count, Cursor, Edges, Info, Listed, Nodes, Told, TypeName
from domain.query.keysets import Key, Slice, keys_of, slices
from domain.query.notation import Json, Text, a_list, an_object, string, written
from domain.query.parts import page_of, split
from domain.query.predicate import Part, Predicate, Slots
from domain.query.writing import MARK, Row

if TYPE_CHECKING:
    from domain.query.compile import Compiler

COUNTED = 100_000
"""Beyond this, totalCount is null: counting would take too long."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Writes one connection."""

    compiler: "Compiler"
    listed: Listed
    relation: Relation
    row: Row

    def json(self) -> Json:
        lists = [part for _, part in self.listed.parts if isinstance(part, Nodes | Edges)]
        told = any(isinstance(part, Info) for _, part in self.listed.parts)
        if told or len(lists) > 1 or (lists and self.listed.page.backward):
            return self._full(lists)
        return an_object((key, self._simple(part)) for key, part in self.listed.parts)

    def _simple(self, part: Told) -> Json:
        """At most one list, read forward, and nothing told of the page: the rows are aggregated as they come."""
        if not isinstance(part, Nodes | Edges):
            return self._apart(part)
        child = self._child()
        inner = self._select(child, f"{written(self._row(part, child))} AS j", more=False)
        return (Text("["), f"({a_list('r.j', f'({inner}) r')})", Text("]"))

    def _full(self, lists: list[Nodes | Edges]) -> Json:
        """Rows are numbered: one more than asked for tells whether there are more."""
        page, child = self.listed.page, self._child()
        size = page.size
        made = [f"{written(self._row(part, child))} AS j{at}" for at, part in enumerate(lists)]
        fields = {field for _, part in self.listed.parts if isinstance(part, Info) for _, field in part.fields}
        ends = bool(fields & {"startCursor", "endCursor"})
        columns = [*made, f"{self._cursor(child)} AS c"] if ends else made
        inner = self._select(child, ", ".join(columns) or "1 AS one", more=True)
        order = " ORDER BY p.n DESC" if page.backward else ""
        gathered = [
            f"string_agg(p.j{at}, ','{order}) FILTER (WHERE p.n <= {size}) AS l{at}" for at in range(len(lists))
        ]
        gathered.append(f"count(*) > {size} AS more")
        if ends:  # found by number, for an aggregate that orders its input orders it for all of them
            gathered.append(f"min(p.c) FILTER (WHERE p.n = {min(1, size)}) AS head")
            gathered.append(f"min(p.c) FILTER (WHERE p.n = least(p.many, {size})) AS tail")
        numbered = "row_number() OVER () AS n" + (", count(*) OVER () AS many" if ends else "")
        rows = f"(SELECT {numbered}, q.* FROM ({inner}) q) p"
        return (f"(SELECT {written(self._told())} FROM (SELECT {', '.join(gathered)} FROM {rows}) g)",)

    def _told(self) -> Json:
        """The parts of the connection, out of what was gathered."""
        members: list[tuple[str, Json]] = []
        at = 0
        for key, part in self.listed.parts:
            if isinstance(part, Nodes | Edges):
                members.append((key, (Text("["), f"g.l{at}", Text("]"))))
                at += 1
            else:
                members.append((key, self._info(part) if isinstance(part, Info) else self._apart(part)))
        return an_object(members)

    def _info(self, info: Info) -> Json:
        page = self.listed.page
        before, after = ("more", page.before) if page.backward else (page.after, "more")
        first, last = ("tail", "head") if page.backward else ("head", "tail")
        more: Json = ("g.more::text",)
        said = {
            "hasNextPage": more if after == "more" else (Text(str(after is not None).lower()),),
            "hasPreviousPage": more if before == "more" else (Text(str(before is not None).lower()),),
            "startCursor": (f"coalesce(g.{first}, 'null')",),
            "endCursor": (f"coalesce(g.{last}, 'null')",),
        }
        return an_object(
            (key, said[field] if isinstance(field, str) else string(field.name)) for key, field in info.fields
        )

    def _apart(self, part: Told) -> Json:
        """What needs none of the page's rows."""
        if isinstance(part, Count):
            child = self._child()
            conditions = self._conditions(child)
            inner = f"SELECT 1 FROM {self._origin(child)}{_where(conditions)} LIMIT {COUNTED + 1}"
            told = f"count(*) <= {COUNTED}{self._unveiled(child)}"
            return (f"(SELECT CASE WHEN {told} THEN count(*)::text ELSE 'null' END FROM ({inner}) t)",)
        assert isinstance(part, TypeName)
        return string(part.name)

    def _unveiled(self, child: Row) -> str:
        """Of rows that are left out for this caller, none is counted either: that would tell of them."""
        compiler, veil = self.compiler, self.relation.veil
        if not veil or compiler.pen.sight.personal or "{b}" in veil:
            return ""
        return f" AND {compiler.pen.fill(veil, self.row, child.names)}"

    def _row(self, part: Nodes | Edges, child: Row) -> Json:
        if isinstance(part, Nodes):
            return self.compiler.told(part.fields, child)
        members: list[tuple[str, Json]] = []
        for key, field in part.fields:
            if isinstance(field, Nodes):
                members.append((key, self.compiler.told(field.fields, child)))
            else:
                members.append((key, (self._cursor(child),) if isinstance(field, Cursor) else string(field.name)))
        return an_object(members)

    def _cursor(self, child: Row) -> str:
        """The row's sort keys, marked for run to encrypt."""
        self.compiler.pen.cursors = True
        keys = ", ".join(f"{key.sql}::text" for key in self._keys(child))
        array = f"encode(convert_to(json_build_array({keys})::text, 'UTF8'), 'hex')"
        return f"""('"{MARK}c{self.listed.page.number};' || {array} || ';"')"""

    def _select(self, child: Row, columns: str, *, more: bool) -> str:
        page, pen = self.listed.page, self.compiler.pen
        size = page.size + int(more)
        if (of := self._part()) is not None:
            ids = self._of_part(*of, size)
            rows = f"({ids}) p CROSS JOIN {self._origin(child)}"
            return f"SELECT {columns} FROM {rows} WHERE {_key(child)} = p.id ORDER BY p.n"
        cuts = slices(pen, page, self._keys(child))
        conditions = self._conditions(child)
        origin = self._origin(child)

        def part(cut: Slice) -> str:
            said = _where([*conditions, *cut.conditions])
            return f"SELECT {columns} FROM {origin}{said} ORDER BY {cut.order} LIMIT {size}"

        if len(cuts) == 1:
            return part(cuts[0])
        return f"SELECT * FROM ({' UNION ALL '.join(f'({part(cut)})' for cut in cuts)}) u LIMIT {size}"

    def _part(self) -> tuple[Part, Slots, Predicate | None] | None:
        """The part of all rows that the list is of, the values that it names, and what else must hold of its rows."""
        if self.relation.part is not None:
            return self.relation.part, (), self.listed.fetch.where
        fact, rest = split(self.listed.fetch.where)
        return (fact.part, fact.slots, rest) if fact is not None and fact.part is not None else None

    def _of_part(self, part: Part, slots: Slots, rest: Predicate | None, size: int) -> str:
        """The ids of the page, in order."""
        pen, row, child = self.compiler.pen, self.row, self._child()
        relation, fetch = self.relation, replace(self.listed.fetch, where=rest)
        if relation.part is not None:
            relation = replace(relation, on="")
            fetch = replace(fetch, found=replace(fetch.found, on="") if fetch.found else None)
        conditions = self._standing(child) + self.compiler.conditions(fetch, relation, child, row)
        cuts = slices(pen, self.listed.page, self._keys(child))
        origin = self._origin(child)

        def slice_of(cut: Slice) -> Callable[[str, int], str]:
            def written(more: str, many: int) -> str:
                said = _where([*conditions, *cut.conditions, more])
                return f"SELECT {_key(child)} AS id FROM {origin}{said} ORDER BY {cut.order} LIMIT {many}"

            return written

        def fill(template: str, key: str) -> str:
            return pen.fill(template, row, {**child.names, **pen.named(slots), "key": key})

        return page_of(part, child, size, fill, [slice_of(cut) for cut in cuts])

    def _keys(self, child: Row) -> list[Key]:
        return keys_of(self.compiler.pen, child, self.listed.page.order)

    def _child(self) -> Row:
        return self.compiler.child(self.listed.fetch, self.relation, self.row)

    def _conditions(self, child: Row) -> list[str]:
        return self._standing(child) + self.compiler.conditions(self.listed.fetch, self.relation, child, self.row)

    def _standing(self, child: Row) -> list[str]:
        standing = child.entity.standing
        return [self.compiler.pen.fill(standing, child)] if standing else []

    def _origin(self, child: Row) -> str:
        return self.compiler.origin(self.listed.fetch, self.relation, child, self.row)


def _key(row: Row) -> str:
    return f"{row.alias}.{row.entity.key}"


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""

"""The SQL of a list: a page by keyset, its cursors, what is told of it, and how many there are in all."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.query.entity import Relation
from domain.query.fetch import Count, Cursor, Edges, Info, Listed, Nodes, Part, TypeName
from domain.query.keysets import Key, Slice, keys_of, slices
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

    def sql(self) -> str:
        lists = [part for _, part in self.listed.parts if isinstance(part, Nodes | Edges)]
        told = any(isinstance(part, Info) for _, part in self.listed.parts)
        if told or len(lists) > 1 or (lists and self.listed.page.backward):
            return self._full(lists)
        return self._simple()

    def _simple(self) -> str:
        """At most one list, read forward, and nothing told of the page: the rows are aggregated as they come."""
        columns = []
        for key, part in self.listed.parts:
            sql = self._apart(part)
            if isinstance(part, Nodes | Edges):
                child = self._child()
                inner = self._select(child, self._row_columns(part, child), more=False)
                sql = f"(SELECT coalesce(json_agg(r), '[]'::json) FROM ({inner}) r)"
            columns.append(f"{sql} AS {self.compiler.pen.key(key)}")
        return f"(SELECT row_to_json(r) FROM (SELECT {', '.join(columns)}) r)"

    def _full(self, lists: list[Nodes | Edges]) -> str:
        """Rows are numbered: one more than asked for tells whether there are more."""
        page, child = self.listed.page, self._child()
        size = page.size
        made = [
            f"(SELECT row_to_json(x) FROM (SELECT {self._row_columns(part, child)}) x) AS j{at}"
            for at, part in enumerate(lists)
        ]
        fields = {field for _, part in self.listed.parts if isinstance(part, Info) for _, field in part.fields}
        ends = bool(fields & {"startCursor", "endCursor"})
        columns = [*made, f"{self._cursor(child)} AS c"] if ends else made
        inner = self._select(child, ", ".join(columns) or "1 AS one", more=True)
        order = " ORDER BY p.n DESC" if page.backward else ""
        gathered = [
            f"coalesce(json_agg(p.j{at}{order}) FILTER (WHERE p.n <= {size}), '[]'::json) AS l{at}"
            for at in range(len(lists))
        ]
        gathered.append(f"count(*) > {size} AS more")
        if ends:  # found by number, for an aggregate that orders its input orders it for all of them
            gathered.append("min(p.c) FILTER (WHERE p.n = 1) AS head")
            gathered.append(f"min(p.c) FILTER (WHERE p.n = least(p.many, {size})) AS tail")
        numbered = "row_number() OVER () AS n" + (", count(*) OVER () AS many" if ends else "")
        rows = f"(SELECT {numbered}, q.* FROM ({inner}) q) p"
        return (
            f"(SELECT row_to_json(r) FROM (SELECT {', '.join(self._told())}"
            f" FROM (SELECT {', '.join(gathered)} FROM {rows}) g) r)"
        )

    def _told(self) -> list[str]:
        """The parts of the connection, out of what was gathered."""
        columns, at = [], 0
        for key, part in self.listed.parts:
            if isinstance(part, Nodes | Edges):
                sql, at = f"g.l{at}", at + 1
            else:
                sql = self._info(part) if isinstance(part, Info) else self._apart(part)
            columns.append(f"{sql} AS {self.compiler.pen.key(key)}")
        return columns

    def _info(self, info: Info) -> str:
        page = self.listed.page
        before, after = ("more", page.before) if page.backward else (page.after, "more")
        first, last = ("tail", "head") if page.backward else ("head", "tail")
        said = {
            "hasNextPage": "g.more" if after == "more" else str(after is not None).lower(),
            "hasPreviousPage": "g.more" if before == "more" else str(before is not None).lower(),
            "startCursor": f"g.{first}",
            "endCursor": f"g.{last}",
        }
        columns = (
            f"{said[field] if isinstance(field, str) else repr(field.name) + '::text'} AS {self.compiler.pen.key(key)}"
            for key, field in info.fields
        )
        return f"(SELECT row_to_json(i) FROM (SELECT {', '.join(columns)}) i)"

    def _apart(self, part: Part) -> str:
        """What needs none of the page's rows."""
        if isinstance(part, TypeName):
            return f"'{part.name}'::text"
        if isinstance(part, Count):
            child = self._child()
            conditions = self._conditions(child)
            inner = f"SELECT 1 FROM {self._origin(child)}{_where(conditions)} LIMIT {COUNTED + 1}"
            return f"(SELECT CASE WHEN count(*) <= {COUNTED} THEN count(*) END FROM ({inner}) t)"
        return ""

    def _row_columns(self, part: Nodes | Edges, child: Row) -> str:
        if isinstance(part, Nodes):
            return self.compiler.columns(part.fields, child)
        columns = []
        for key, field in part.fields:
            if isinstance(field, Nodes):
                sql = self.compiler.object(field.fields, child)
            else:
                sql = self._cursor(child) if isinstance(field, Cursor) else f"'{field.name}'::text"
            columns.append(f"{sql} AS {self.compiler.pen.key(key)}")
        return ", ".join(columns)

    def _cursor(self, child: Row) -> str:
        """The row's sort keys, marked for run to encrypt."""
        self.compiler.pen.cursors = True
        keys = ", ".join(f"{key.sql}::text" for key in self._keys(child))
        array = f"encode(convert_to(json_build_array({keys})::text, 'UTF8'), 'hex')"
        return f"('{MARK}c{self.listed.page.number};' || {array} || ';')"

    def _select(self, child: Row, columns: str, *, more: bool) -> str:
        page, pen = self.listed.page, self.compiler.pen
        size = page.size + int(more)
        cuts = slices(pen, page, self._keys(child))
        conditions = self._conditions(child)
        origin = self._origin(child)

        def part(cut: Slice) -> str:
            said = _where([*conditions, *cut.conditions])
            return f"SELECT {columns} FROM {origin}{said} ORDER BY {cut.order} LIMIT {size}"

        if len(cuts) == 1:
            return part(cuts[0])
        return f"SELECT * FROM ({' UNION ALL '.join(f'({part(cut)})' for cut in cuts)}) u LIMIT {size}"

    def _keys(self, child: Row) -> list[Key]:
        return keys_of(self.compiler.pen, child, self.listed.page.order)

    def _child(self) -> Row:
        return self.compiler.child(self.listed.fetch, self.relation, self.row)

    def _conditions(self, child: Row) -> list[str]:
        standing = child.entity.standing
        said = [self.compiler.pen.fill(standing, child)] if standing else []
        return said + self.compiler.conditions(self.listed.fetch, self.relation, child, self.row)

    def _origin(self, child: Row) -> str:
        return self.compiler.origin(self.listed.fetch, self.relation, child, self.row)


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""

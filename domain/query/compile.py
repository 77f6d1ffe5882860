"""From a Fetch to one SQL statement: JSON put together as text, lists as correlated scalar subqueries."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.query.conditions import condition
from domain.query.entity import Entity, Relation, Shape
from domain.query.fetch import Below, Fetch, Field, Fields, Found, Leaf, Listed, OneOfMany, Sight, TypeName
from domain.query.notation import Json, Text, a_list, an_object, string, written
from domain.query.pages import Lists
from domain.query.predicate import Slot
from domain.query.together import led, named
from domain.query.writing import Pen, Row

Catalog = Mapping[str, Entity]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text, the slots that fill its parameters in order, and what run has to see to in the answer."""

    sql: str
    slots: tuple[Slot, ...]
    # Customers asked for by id: an id that was merged away is answered by a second run for its survivor.
    survivors: tuple[Slot, ...]
    cursors: bool
    # What refuses the question where a row is not there: the argument, and what is said of it.
    absences: tuple[tuple[str, str], ...] = ()
    # Whether it asks anything of many rows together.
    together: bool = False


def compile_statement(catalog: Catalog, fields: Fields, sight: Sight, *, alone: bool = False) -> Statement:
    """One statement for all root fields. Its first column is the whole answer, its second who was merged into whom."""
    compiler = Compiler(catalog, Pen(sight))
    nowhere = Row(catalog["Query"], "q", "NULL", {})
    answer = compiler.value(fields[0][1], nowhere) if alone else compiler.object(fields, nowhere)
    told = f"convert_to({written(answer)}, 'UTF8')"
    pen = compiler.pen
    aliases = ""
    if pen.survivors:
        asked = ", ".join(pen.parameter(slot) for slot in pen.survivors)
        found = f"SELECT json_object_agg(customer_id, survivor_id) FROM customer_alias WHERE customer_id IN ({asked})"
        aliases = f", ({found})"
    sql, absences = f"SELECT {told}{aliases}", tuple(pen.absences)
    return Statement(sql, tuple(pen.slots), tuple(pen.survivors), pen.cursors, absences, pen.together)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Writes the objects and lists of one statement."""

    catalog: Catalog
    pen: Pen

    def object(self, fields: Fields, row: Row) -> Json:
        """A JSON object of what is selected of a row that stands outside."""
        return an_object((key, self.value(field, row)) for key, field in fields)

    def told(self, fields: Fields, row: Row) -> Json:
        """The object of a row of the statement, after what several of its fields read from."""
        told, made = self.object(fields, row), dict(row.made)
        row.made.clear()
        if not made:
            return told
        parts = [f"{name} AS MATERIALIZED ({self.pen.fill(template, row)})" for name, template in made.items()]
        return (f"(WITH {', '.join(parts)} SELECT {written(told)})",)

    def value(self, field: Field, row: Row) -> Json:
        if isinstance(field, TypeName):
            return string(field.name)
        if isinstance(field, Leaf):
            return self.pen.column(row.entity.columns[field.name], row, sure=field.sure, plain=field.plain)
        if isinstance(field, OneOfMany):
            return self._one_of_many(field, row)
        relation = row.entity.relations[field.relation]
        if isinstance(field, Listed):
            return Lists(self, field, relation, row).json()
        return self._below(field, relation, row)

    def _below(self, field: Below, relation: Relation, row: Row) -> Json:
        fetch = field.fetch
        if relation.shape is Shape.PART:
            part = self.object(fetch.fields, row.part(self.catalog[fetch.entity]))
            if not relation.present:
                return part
            return (f"CASE WHEN {self.pen.fill(relation.present, row)} THEN {written(part)} ELSE 'null' END",)
        inner = self.rows(fetch, relation, row)
        if relation.shape is Shape.MANY:
            return (Text("["), f"({a_list('r.j', f'({inner}) r')})", Text("]"))
        absent = fetch.found.absent if fetch.found else None
        otherwise = self.pen.absent(absent) if absent else "'null'"
        return (f"coalesce(({inner}), {otherwise})",)

    def rows(self, fetch: Fetch, relation: Relation, row: Row, names: Mapping[str, str] | None = None) -> str:
        """The select of a relation's rows: one column j, the JSON of what is asked for."""
        found = fetch.found or Found()
        child = self.child(fetch, relation, row, names)
        self.pen.together = self.pen.together or bool(relation.of)
        made = named(fetch, row, child, self.catalog) if relation.of else {}
        told = written(self.told(fetch.fields, child))
        conditions = self.conditions(fetch, relation, child, row)
        order = f" ORDER BY {self.pen.fill(relation.order, child)}" if relation.order else ""
        limit = "" if found.limit is None else f" LIMIT {found.limit}"
        origin = self.origin(fetch, relation, child, row)
        select = f"SELECT {told} AS j FROM {origin}{where(conditions)}{order}{limit}"
        return led(made, select, lambda word: self.pen.said(word) if word else self.keys(relation.of, fetch))

    def keys(self, entity_name: str, fetch: Fetch) -> str:
        """A select of the keys of the listed rows of an entity that the fetch's condition holds of."""
        entity = self.catalog[entity_name]
        row = Row(entity, self.pen.alias(), "", entity.joins)
        row.owner = self.pen.fill(entity.owner, row)
        said = [self.pen.fill(entity.standing, row)] if entity.standing else []
        said += self.pen.visible(row)
        said += [condition(self.pen, fetch.where, row)] if fetch.where else []
        joins = [self.pen.fill(row.declared[join], row) for join in tuple(row.joins)]
        origin = " ".join([f"{entity.table} {row.alias}", *joins])
        return f"SELECT {row.alias}.{entity.key} FROM {origin}{where(said)}"

    def child(self, fetch: Fetch, relation: Relation, row: Row, names: Mapping[str, str] | None = None) -> Row:
        """The row of a relation, under an alias of its own."""
        entity, found = self.catalog[fetch.entity], fetch.found or Found()
        child = Row(entity, self.pen.alias(), row.owner, entity.joins)
        slots = dict(found.slots) if relation.of else self.pen.named(found.slots)
        child.names = {**row.names, **slots, **(names or {})}
        if found.owner:
            self.pen.survivors.append(found.owner)
            child.owner = self.pen.parameter(found.owner)
        elif not relation.kin:
            child.owner = self.pen.fill(entity.owner, child)
        return child

    def origin(self, fetch: Fetch, relation: Relation, child: Row, row: Row) -> str:
        """What stands after FROM: the source under the child's alias, and the joins that it needs."""
        found = fetch.found or Found()
        template = found.source or relation.source or f"{child.entity.table} {{b}}"
        source = self.pen.fill(template, row, {**child.names, "b": child.alias})
        joins = [self.pen.fill(child.declared[name], child) for name in tuple(child.joins)]
        return " ".join([source, *joins])

    def conditions(self, fetch: Fetch, relation: Relation, child: Row, row: Row) -> list[str]:
        found = fetch.found or Found()
        on = found.on or relation.on
        said = [self.pen.fill(on, row, {**child.names, "b": child.alias})] if on else []
        if not relation.trusted:
            said += self.pen.visible(child)
        if relation.veil and not self.pen.sight.personal:
            said.append(self.pen.fill(relation.veil, row, {**child.names, "b": child.alias}))
        return said + ([condition(self.pen, fetch.where, child)] if fetch.where and not relation.of else [])

    def _one_of_many(self, field: OneOfMany, row: Row) -> Json:
        ids, types = self.pen.parameter(field.ids), self.pen.parameter(field.types)
        relation = row.entity.relations["node"]
        cases = [
            f"WHEN '{prefix}' THEN ({self.rows(fetch, relation, row, {'id': 'u.id'})})"
            for prefix, fetch in field.fetches
        ]
        found = f"coalesce(CASE u.type {' '.join(cases)} END, 'null')" if cases else "'null'"
        rows = f"unnest({ids}, {types}) WITH ORDINALITY u(id, type, n)"
        return (Text("["), f"({a_list(found, rows, order=' ORDER BY u.n')})", Text("]"))


def where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""

"""What a document may ask for at most, found in one linear pass before validation.

Every fragment is measured once and its measure reused at each spread, so that no document, however its fragments
nest, costs more than its length. Only what is then known to be small is looked at spread out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)
from graphql.language import ListValueNode, ObjectValueNode


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one document may hold. Everything but tokens is counted with fragments spread out."""

    tokens: int = 4000
    depth: int = 24
    fields: int = 1000
    aliases: int = 200
    directives: int = 100
    fragments: int = 100
    same_field: int = 20
    value_depth: int = 16


BOUNDS: Final = Bounds()


@dataclass(slots=True)
class _Size:
    """How much a selection holds with its fragments spread out; a spread counts as a field of its own."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0

    def add(self, other: "_Size", *, deeper: int = 0) -> None:
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.depth = max(self.depth, other.depth + deeper)


def check_document(document: DocumentNode, bounds: Bounds = BOUNDS) -> None:
    """Raises a GraphQLError that names the limit where the document goes beyond one."""
    _Pass(document, bounds).check()


class _Pass:
    """One look at one document."""

    def __init__(self, document: DocumentNode, bounds: Bounds) -> None:
        self.bounds = bounds
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.sizes: dict[str, _Size] = {}
        self.open: set[str] = set()

    def check(self) -> None:
        if len(self.fragments) > self.bounds.fragments:
            raise GraphQLError(f"The document has more than {self.bounds.fragments} fragments.")
        whole = _Size()
        for operation in self.operations:
            whole.add(self._definition(operation))
            self._hold(whole, operation)
        if unused := next((node for name, node in self.fragments.items() if name not in self.sizes), None):
            raise GraphQLError(f"Fragment '{unused.name.value}' is never used.", unused)
        for operation in self.operations:
            self._merge([operation.selection_set])

    def _hold(self, size: _Size, node: Node) -> None:
        for name in ("depth", "fields", "aliases", "directives"):
            most, is_ = getattr(self.bounds, name), getattr(size, name)
            if is_ > most:
                what = "levels" if name == "depth" else name
                raise GraphQLError(f"The document asks for more than {most} {what}, fragments spread out.", node)

    def _definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> _Size:
        size = self._selections(node.selection_set)
        size.directives += len(node.directives or ())
        for variable in node.variable_definitions or ():
            size.directives += len(variable.directives or ())
            self._value(variable.default_value, 0)
        return size

    def _selections(self, selections: SelectionSetNode) -> _Size:
        size = _Size()
        for node in selections.selections:
            size.directives += len(node.directives or ())
            for directive in node.directives or ():
                for argument in directive.arguments or ():
                    self._value(argument.value, 0)
            size.fields += 1
            if isinstance(node, FieldNode):
                self._field(node, size)
            elif isinstance(node, InlineFragmentNode):
                size.add(self._selections(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                size.add(self._fragment(node))
            self._hold(size, node)
        return size

    def _field(self, node: FieldNode, size: _Size) -> None:
        size.aliases += node.alias is not None
        size.depth = max(size.depth, 1)
        for argument in node.arguments or ():
            self._value(argument.value, 0)
        if node.selection_set:
            size.add(self._selections(node.selection_set), deeper=1)

    def _fragment(self, spread: FragmentSpreadNode) -> _Size:
        name = spread.name.value
        if (known := self.sizes.get(name)) is not None:
            return known
        if name in self.open:
            raise GraphQLError(f"Fragment '{name}' spreads itself.", spread)
        if (fragment := self.fragments.get(name)) is None:
            return _Size()  # validation says so
        self.open.add(name)
        size = self.sizes[name] = self._definition(fragment)
        self.open.discard(name)
        return size

    def _value(self, value: ValueNode | None, depth: int) -> None:
        if isinstance(value, ListValueNode):
            inner: Iterator[ValueNode] = iter(value.values)
        elif isinstance(value, ObjectValueNode):
            inner = (field.value for field in value.fields)
        else:
            return
        if depth >= self.bounds.value_depth:
            raise GraphQLError(f"A value nests deeper than {self.bounds.value_depth} levels.", value)
        for one in inner:
            self._value(one, depth + 1)

    def _merge(self, sets: list[SelectionSetNode]) -> None:
        """Counts what answers under one key in one place: validation compares each such pair."""
        below: dict[str, list[SelectionSetNode]] = {}
        seen: dict[str, int] = {}
        for node in self._spread(sets):
            key = (node.alias or node.name).value
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > self.bounds.same_field:
                raise GraphQLError(f"The field '{key}' is asked for more than {self.bounds.same_field} times.", node)
            if node.selection_set:
                below.setdefault(key, []).append(node.selection_set)
        for inner in below.values():
            self._merge(inner)

    def _spread(self, sets: list[SelectionSetNode]) -> Iterator[FieldNode]:
        for selections in sets:
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    yield from self._spread([node.selection_set])
                elif isinstance(node, FragmentSpreadNode) and node.name.value in self.fragments:
                    yield from self._spread([self.fragments[node.name.value].selection_set])

"""A document read off its text, before any variable has a value: its fragments, and what it asks at its root."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.execution.collect_fields import FragmentDetails


def fragments_of(nodes: Iterable[FragmentDefinitionNode]) -> dict[str, FragmentDetails]:
    """By their names."""
    return {node.name.value: FragmentDetails(node) for node in nodes}


def fragments_in(document: DocumentNode) -> dict[str, FragmentDetails]:
    return fragments_of(node for node in document.definitions if isinstance(node, FragmentDefinitionNode))


def roots_of(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[FieldNode]:
    """The root fields, whether or not @skip or @include leaves them out."""
    return _roots(operation.selection_set, fragments_in(document))


def _roots(selections: SelectionSetNode, fragments: Mapping[str, FragmentDetails]) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _roots(fragments[node.name.value].definition.selection_set, fragments)
        else:
            yield from _roots(cast("Any", node).selection_set, fragments)

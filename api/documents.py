"""Documents made ready once: parsed, held against the limits, validated, and kept by (text, operation name)."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from api import logs
from api.limits import BOUNDS, Bounds, check_document
from schema.bulk import BULK
from schema.execution import Prepared
from schema.fragments import roots_of

LONGEST_DOCUMENT: Final = 100_000
_MOST_ERRORS: Final = 10
_PATIENT: Final = frozenset({"segmentPreview"})
"""Root questions that may take seconds."""
_LONGEST_MESSAGE: Final = 500
_BYTES_A_TOKEN: Final = 700
_BYTES_A_DOCUMENT: Final = 8_000
"""What a parsed document weighs in memory, measured; the second also covers what is planned for it."""


@dataclass(slots=True)
class Ready(Prepared):
    """A document that can be executed, with what the door has to know of it."""

    changes: bool = False
    goes_on: bool = False
    bulk: bool = False
    """Whether it records many rows: such a request may be larger than others."""
    waits: bool = False
    """Whether the answer may take so long that the caller goes meanwhile: then it is not worked on any more."""
    told: bytes = b""
    """Its part of the log's line."""
    digest: bytes | None = None
    """Of its normalised text; made when the first request comes with an Idempotency-Key."""


class NotPrepared(Exception):
    """The document cannot be executed; says why, and with which code."""

    def __init__(self, code: str, errors: Sequence[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors
        for error in errors:
            error.message = error.message[:_LONGEST_MESSAGE]
            error.extensions = {"code": code}


class Documents:
    """The documents that were asked last, as many as fit the given bytes."""

    def __init__(self, schema: GraphQLSchema, *, room: int = 48_000_000, bounds: Bounds = BOUNDS) -> None:
        self._schema, self._room, self._bounds = schema, room, bounds
        self._kept: OrderedDict[tuple[str, str | None], tuple[Ready, int]] = OrderedDict()
        self.weight = 0

    def prepare(self, text: str, operation_name: str | None) -> Ready:
        """The document ready to be executed, or NotPrepared."""
        key = (text, operation_name)
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known[0]
        document = self._parse(text)
        self._check(document)
        prepared = _ready(document, _operation(document, operation_name))
        self._keep(key, prepared, _weigh(text, document))
        return prepared

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > LONGEST_DOCUMENT:
            raise _refused("LIMIT_EXCEEDED", f"The document has more than {LONGEST_DOCUMENT} characters.")
        try:
            return parse(text, max_tokens=self._bounds.tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            raise NotPrepared("PARSE_FAILED", [error]) from None
        except RecursionError:
            raise _refused("LIMIT_EXCEEDED", "The document nests too deep.") from None

    def _check(self, document: DocumentNode) -> None:
        try:
            check_document(document, self._bounds)
        except GraphQLError as error:
            raise NotPrepared("LIMIT_EXCEEDED", [error]) from None
        if errors := validate(self._schema, document, max_errors=_MOST_ERRORS, allow_empty_selection_sets=False):
            raise NotPrepared("VALIDATION_FAILED", errors)

    def _keep(self, key: tuple[str, str | None], prepared: Ready, weight: int) -> None:
        self._kept[key] = prepared, weight
        self.weight += weight
        while self.weight > self._room:
            _, (_, lighter) = self._kept.popitem(last=False)
            self.weight -= lighter


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None and len(operations) > 1:
        raise _refused("OPERATION_UNKNOWN", "The document holds several operations: operationName must say which.")
    for operation in operations:
        if name is None or (operation.name and operation.name.value == name):
            return operation
    raise _refused("OPERATION_UNKNOWN", "The document holds no operation of that name.")


def _ready(document: DocumentNode, operation: OperationDefinitionNode) -> Ready:
    kind, asked = operation.operation, {node.name.value for node in roots_of(document, operation)}
    return Ready(
        document,
        operation,
        changes=kind is OperationType.MUTATION,
        goes_on=kind is OperationType.SUBSCRIPTION,
        bulk=not asked.isdisjoint(BULK),
        waits=not asked.isdisjoint(_PATIENT),
        told=logs.what(kind.value, operation.name.value if operation.name else None),
    )


def _weigh(text: str, document: DocumentNode) -> int:
    return _BYTES_A_DOCUMENT + 2 * len(text) + _BYTES_A_TOKEN * document.token_count


def _refused(code: str, message: str) -> NotPrepared:
    return NotPrepared(code, [GraphQLError(message)])

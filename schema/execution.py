"""A question's two ways to its answer, over the same one statement.

Straight: Postgres's JSON goes into the body as it is. Standard: graphql-core executes over it decoded; it serves what
has fields that only a resolver answers. Mutations: one transaction a request, fields in order, a savepoint each.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import isawaitable
from typing import Any, Literal, TypeAlias

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
)
from graphql import execute as execute_standard
from graphql import subscribe as subscribe_standard
from graphql.execution.values import VariableValues

from domain.query.plan import Plan
from domain.query.run import run
from schema.bulk import straight
from schema.context import Context, Writing
from schema.errors import AGAIN, tell, wrap
from schema.once import remember, taken
from schema.patience import Patience
from schema.permission import check_lookups, check_root_fields
from schema.root import graphql_schema
from schema.selection import plan
from schema.subjects import subjects
from schema.variables import Leaves, values_of

Way = Literal["auto", "standard"]
Act: TypeAlias = Callable[[Context], Awaitable[ExecutionResult]]

_PAUSES = (0.02, 0.05, 0.1)
"""Seconds before a mutation is done again."""


@dataclass(slots=True)
class Prepared:
    """A document that was parsed and found valid, one operation of it, and what is kept for the next who asks it."""

    document: DocumentNode
    operation: OperationDefinitionNode
    plans: dict[object, object] = field(default_factory=dict)
    leaves: Leaves | None = None
    lists: tuple[str, ...] | None = None

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation.name else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response body. Not executed: nothing was carried out, and the body has no data entry."""

    body: bytes
    executed: bool = True
    code: str | None = None
    cost: int | None = None
    unexpected: tuple[BaseException, ...] = ()
    straight: bool = False
    # The same as the first time: the request's Idempotency-Key was known.
    replayed: bool = False
    # Something broke on the way of a mutation: its data is null, and nothing of it is kept.
    undone: bool = False


class _Uncoerced(Exception):
    """The variables are not what the operation declares."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


async def execute(
    prepared: Prepared, variables: Mapping[str, Any] | None, context: Context, *, way: Way = "auto"
) -> Answer:
    """Answers a query or a mutation."""
    try:
        if prepared.operation.operation is OperationType.MUTATION:
            return await _mutate(prepared, variables, context, way)
        values = _checked(prepared, values_of(prepared, variables, graphql_schema), context)
        return await _ask(prepared, variables, values, context, way)
    except _Uncoerced as uncoerced:
        return _refused(uncoerced.errors, context)
    except Exception as cause:
        return _refused([wrap(cause)], context)


async def subscribe(
    prepared: Prepared, variables: Mapping[str, Any] | None, context: Context
) -> Answer | AsyncIterator[Answer]:
    """Opens a subscription: an answer an event, or one answer that says why not."""
    try:
        _checked(prepared, values_of(prepared, variables, graphql_schema), context)
        stream = await _awaited(
            subscribe_standard(graphql_schema, prepared.document, **_standard(prepared, variables, context))
        )
    except _Uncoerced as uncoerced:
        return _refused(uncoerced.errors, context)
    except Exception as cause:
        return _refused([wrap(cause)], context)
    if isinstance(stream, ExecutionResult):
        return _refused(stream.errors or [], context)
    return _events(stream, context)


def _checked(prepared: Prepared, values: VariableValues | list[GraphQLError], context: Context) -> VariableValues:
    """The variables' values, once it is sure that the caller may ask the operation at all."""
    if isinstance(values, list):
        raise _Uncoerced(values)
    check_root_fields(graphql_schema, prepared.document, prepared.operation, values, context.principal)
    return values


async def _ask(
    prepared: Prepared, variables: Mapping[str, Any] | None, values: VariableValues, context: Context, way: Way
) -> Answer:
    asked = plan(prepared, values, schema=graphql_schema, occasion=context.occasion)
    if asked and asked.lookups:
        check_lookups(context, asked.lookups)
    told = await _told(asked, context) if asked else b"{}"
    cost = asked.cost if asked else 0
    if way != "standard" and asked and asked.whole:
        return Answer(b'{"data":%b,"extensions":{"cost":%d}}' % (told, cost), cost=cost, straight=True)
    result = await _resolved(prepared, variables, orjson.loads(told), context)
    return _answer(result, context, cost)


async def _resolved(
    prepared: Prepared, variables: Mapping[str, Any] | None, told: Any, context: Context
) -> ExecutionResult:
    """What resolvers make of what Postgres told; what they ask on, too, is within the caller's patience."""
    given = _standard(prepared, variables, context)
    async with Patience(context) as patience:
        patience.begins()
        result: ExecutionResult = await _awaited(execute_standard(graphql_schema, prepared.document, told, **given))
    return result


async def _told(asked: Plan, context: Context) -> bytes:
    """What Postgres answers, within the caller's patience."""
    async with Patience(context) as patience, context.db.connection() as connection:
        patience.begins()
        return await run(connection, asked)


async def _mutate(prepared: Prepared, variables: Mapping[str, Any] | None, context: Context, way: Way) -> Answer:
    """The straight way or the standard one, once it is sure that the caller may."""
    bulk = None if way == "standard" else straight(prepared, variables, graphql_schema)
    if bulk is None:
        values = _checked(prepared, values_of(prepared, variables, graphql_schema), context)
        asked = subjects(prepared, values, schema=graphql_schema, occasion=context.occasion)
        return await _do(partial(_by_standard, prepared, variables), replace(context, subjects=asked))
    if isinstance(bulk, list):
        raise _Uncoerced(bulk)
    _checked(prepared, bulk.values, context)
    return replace(await _do(bulk.carry_out, context), straight=True)


async def _by_standard(prepared: Prepared, variables: Mapping[str, Any] | None, writing: Context) -> ExecutionResult:
    given = _standard(prepared, variables, writing)
    result: ExecutionResult = await _awaited(execute_standard(graphql_schema, prepared.document, **given))
    return result


async def _do(act: Act, context: Context) -> Answer:
    """Done again from the start where another writer came in between."""
    for pause in _PAUSES:
        try:
            return await _once(act, context)
        except AGAIN:
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
    return await _once(act, context)


async def _once(act: Act, context: Context) -> Answer:
    """All that the request does is committed together; jobs that it started are woken after that."""
    try:
        async with Patience(context) as patience, context.db.transaction() as tx:
            patience.begins()
            if kept := await taken(tx, context):
                return Answer(kept.answer, replayed=True)
            writing = Writing(tx)
            result = await act(replace(context, writing=writing))
            patience.ends()
            _raise_again(result)
            answer = _answer(result, context)
            if result.data is None:
                raise _Undone(answer)
            await remember(writing, context, answer.body)
    except _Undone as undone:
        return replace(undone.answer, undone=True)
    for job in writing.started:
        await context.wake(job)
    return answer


class _Undone(Exception):
    """Something broke on the way: nothing of the request is kept."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


def _raise_again(result: ExecutionResult) -> None:
    """What another writer caused is not told, but done again."""
    for error in result.errors or ():
        if isinstance(error.original_error, AGAIN):
            raise error.original_error


async def _events(stream: AsyncIterator[ExecutionResult], context: Context) -> AsyncIterator[Answer]:
    try:
        async for result in stream:
            yield _answer(result, context)
    except Exception as cause:
        yield _refused([wrap(cause)], context)


def _standard(prepared: Prepared, variables: Mapping[str, Any] | None, context: Context) -> dict[str, Any]:
    return {
        "context_value": context,
        "variable_values": dict(variables or {}),
        "operation_name": prepared.name,
    }


async def _awaited(result: Any) -> Any:
    """graphql-core gives a result at once where nothing had to be waited for."""
    return await result if isawaitable(result) else result


def _answer(result: ExecutionResult, context: Context, cost: int | None = None) -> Answer:
    body: dict[str, Any] = {"data": result.data}
    told = tell(result.errors, context.request_id) if result.errors else None
    if told:
        body["errors"] = told.entries
    if cost is not None:
        body["extensions"] = {"cost": cost}
    unexpected = told.unexpected if told else ()
    return Answer(orjson.dumps(body), True, told.code if told else None, cost, unexpected)


def _refused(errors: list[GraphQLError], context: Context) -> Answer:
    """Nothing was carried out: there is no data entry, not even null."""
    told = tell(errors, context.request_id)
    return Answer(orjson.dumps({"errors": told.entries}), False, told.code, None, told.unexpected)

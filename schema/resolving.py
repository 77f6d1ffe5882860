"""Where a resolver below a type that the reader answers asks on: in the request's transaction, or in one of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.database import Tx
from schema.context import Context


@asynccontextmanager
async def reading(context: Context) -> AsyncIterator[Tx]:
    """One after the other, so that a list of them takes one connection; all that one of them reads is of one moment."""
    if context.writing is not None:
        async with context.writing.turn, context.writing.tx.transaction():
            yield context.writing.tx
        return
    async with (
        context.turn,
        context.db.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection

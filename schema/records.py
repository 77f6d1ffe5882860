"""What is sent to be recorded: one row, refused as a whole, or many, with a result a row and counts."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID

from domain.audit import Did
from domain.customers.telling import changed
from domain.customers.telling import told as stands
from domain.database import Tx
from domain.errors import Fault, Refused
from domain.ids import Prefix, to_public
from domain.settings import Settings
from domain.touchpoints.queries_owners import owner_of
from domain.transfer.answering import Recorded
from domain.transfer.calls import record
from domain.transfer.contact_calls import record_contacts
from domain.transfer.kinds import Kind
from domain.transfer.telling import told_of
from domain.vocabulary import RecordErrorPolicy, RecordStatus
from schema.context import Context
from schema.deeds import Done, deed
from schema.errors import UserError, user_errors
from schema.fields import field
from schema.rows import Row

Shown: TypeAlias = Callable[[Tx, UUID], Awaitable[UUID | None]]

_PREFIXES = {
    Kind.CUSTOMERS: Prefix.CUSTOMER,
    Kind.TOUCHPOINTS: Prefix.TOUCHPOINT,
    Kind.PRODUCTS: Prefix.PRODUCT,
    Kind.ORDERS: Prefix.ORDER,
    Kind.RETURNS: Prefix.RETURN,
}


@strawberry.type(description="What became of one row.")
class RecordResult:
    index: int = field("The row's place in the list, from 0.")
    status: RecordStatus = field("Whether it was recorded.")
    id: ID | None = field("What it was recorded as; of a duplicate, what was there before; null where it was refused.")
    errors: list[UserError] = field("Why it was refused.")


@strawberry.type(description="What became of the rows of one call.")
class RecordsPayload:
    results: list[RecordResult] = field("A result a row, in the order of the rows.")
    created: int = field("How many are new.")
    updated: int = field("How many were known and said something new.")
    duplicates: int = field("How many were known already.")
    rejected: int = field("How many were refused.")
    errors: list[UserError] = field("Why nothing of the call was done; empty where the results tell all.")


async def record_rows(
    context: Context, action: str, kind: Kind, rows: Sequence[Row], policy: RecordErrorPolicy
) -> RecordsPayload:
    """Records the rows of one call; the call is one entry in the audit log, with its counts."""
    told: list[Recorded] = []

    async def act(tx: Tx) -> Did:
        settings = await Settings.load(tx)
        told.extend(await record(tx, kind, rows, occasion=context.occasion, settings=settings, policy=policy))
        return Did(key=None, after=_counts(told))

    done = await deed(context, action, act)
    results = [_result(_PREFIXES[kind], one) for one in told] if not done.errors else []
    return RecordsPayload(results=results, errors=done.errors, **_counts(results))


async def record_reports(context: Context, rows: Sequence[Row], policy: RecordErrorPolicy) -> RecordsPayload:
    """The same of what became of contacts."""
    told: list[Recorded] = []

    async def act(tx: Tx) -> Did:
        settings = await Settings.load(tx)
        told.extend(await record_contacts(tx, rows, occasion=context.occasion, settings=settings, policy=policy))
        return Did(key=None, after=_counts(told))

    done = await deed(context, "contactsRecord", act)
    results = [_result(Prefix.CONTACT, one) for one in told] if not done.errors else []
    return RecordsPayload(results=results, errors=done.errors, **_counts(results))


async def record_one(context: Context, action: str, kind: Kind, row: Row, *, shown: Shown | None = None) -> Done:
    """Records one row, or refuses it with all that is wrong with it. `shown` finds whom the payload tells of."""

    async def act(tx: Tx) -> Did:
        settings, policy = await Settings.load(tx), RecordErrorPolicy.RECORD_GOOD_ROWS
        before = await told_of(tx, row, context.principal.source) if kind is Kind.CUSTOMERS else {}
        [told] = await record(tx, kind, [row], occasion=context.occasion, settings=settings, policy=policy, alone=True)
        if told.id is None:
            raise Refused(*(_placed(fault, "input") for fault in told.faults))
        key = await shown(tx, told.id) if shown else told.id
        subject = to_public(_PREFIXES[kind], told.id)
        customer = told.customer
        if customer is None and kind is Kind.TOUCHPOINTS:  # of a duplicate only its id is known
            customer = await owner_of(tx, told.id)
        if kind is Kind.CUSTOMERS:
            was, now = changed(before.get(told.id, {}), await stands(tx, told.id))
            return Did(key=key, subject=subject, customer=customer, before=was, after=now)
        known = told.status is RecordStatus.DUPLICATE
        return Did(key=key, subject=subject, customer=customer, after={} if known else row)

    return await deed(context, action, act)


def _result(prefix: Prefix, told: Recorded) -> RecordResult:
    errors = user_errors([_placed(fault, "input", str(told.index)) for fault in told.faults]) if told.faults else []
    id_ = None if told.id is None else ID(to_public(prefix, told.id))
    return RecordResult(index=told.index, status=told.status, id=id_, errors=errors)


def _placed(fault: Fault, *place: str) -> Fault:
    return Fault(fault.code, fault.message, (*place, *fault.path), fault.subjects)


def _counts(told: Sequence[Recorded] | Sequence[RecordResult]) -> dict[str, int]:
    counts = Counter(one.status for one in told)
    return {
        "created": counts[RecordStatus.CREATED],
        "updated": counts[RecordStatus.UPDATED],
        "duplicates": counts[RecordStatus.DUPLICATE],
        "rejected": counts[RecordStatus.REJECTED],
    }

"""Whom a row of an upsert names before it is recorded, and what holds of them: for the log."""

from collections.abc import Mapping
from uuid import UUID

from domain.customers.queries import named
from domain.customers.telling import Told, told
from domain.database import Tx
from domain.identity.normalise import Known, Unreadable, normalise
from domain.ids import Prefix
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import CustomerUpsertInput
from domain.transfer.refs import parsed
from domain.transfer.scalars import Unfit


async def told_of(tx: Tx, row: Mapping[str, object], source: str | None) -> dict[UUID, Told]:
    """By customer; of a row that cannot be read nothing, for it will be refused."""
    found = [await named(tx, one) for one in _names(row, source)]
    return {one: await told(tx, one) for one in dict.fromkeys(found) if one is not None}


def _names(row: Mapping[str, object], source: str | None) -> list[UUID | Known]:
    try:
        given = Decoder(CustomerUpsertInput).mapping(row)
        names: list[UUID | Known] = [] if given.id is None else [parsed(Prefix.CUSTOMER, given.id, "id")]
    except Unfit:
        return []
    for one in given.identities or []:
        try:
            names.append(normalise(one.kind, one.value, one.source or given.source or source))
        except Unreadable:
            continue
    return names

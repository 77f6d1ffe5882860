"""What may not be stated: attributes that nobody declared or of another type, and by partners what others stated."""

from collections.abc import Sequence
from uuid import UUID

from domain.access.principal import Principal
from domain.customers.attributes import fault, read
from domain.customers.profile import ATTRIBUTE
from domain.customers.restating import declarations
from domain.customers.stated import Stated
from domain.customers.stating import of_others
from domain.database import Tx
from domain.errors import ErrorCode
from domain.staged import UnitFault
from domain.vocabulary import Role

NOT_YOURS = "was stated by another source: a partner sets only what no other source has stated"


async def attribute_faults(tx: Tx, rows: Sequence[tuple[int, Stated]], place: str = "") -> list[UnitFault]:
    """Which rows state attributes that they cannot. What a CSV's cell says is read as the declared type, in place."""
    named = {one.name for _, stated in rows for one in stated.fields if one.name.startswith(ATTRIBUTE)}
    if not named:
        return []
    declared = await declarations(tx, {name.removeprefix(ATTRIBUTE) for name in named})
    faults = []
    for seq, stated in rows:
        for at, one in enumerate(stated.fields):
            if one.name not in named:
                continue
            name, value = one.name.removeprefix(ATTRIBUTE), one.value
            if one.cell and name in declared and isinstance(value, str):
                value = read(declared[name].type, value)
                stated.fields[at] = one._replace(value=value, cell=False)
            if (reason := fault(declared, name, value)) is not None:
                faults.append(UnitFault(seq, None, f"{place}{one.path}", ErrorCode.INVALID, reason))
    return faults


async def foreign_faults(
    tx: Tx, rows: Sequence[tuple[int, UUID | None, Stated]], caller: Principal, place: str = ""
) -> list[UnitFault]:
    """Which rows of a partner state what another source has stated; rows are (seq, customer, what is stated)."""
    if caller.role is not Role.PARTNER:
        return []
    known = {customer for _, customer, stated in rows if customer is not None and stated.fields}
    fields = {one.name for _, _, stated in rows for one in stated.fields}
    if not known or not fields:
        return []
    taken = await of_others(tx, list(known), list(fields), caller.source or "")
    return [
        UnitFault(seq, None, f"{place}{one.path}", ErrorCode.NOT_ALLOWED, NOT_YOURS)
        for seq, customer, stated in rows
        for one in stated.fields
        if customer is not None and (customer, one.name) in taken
    ]

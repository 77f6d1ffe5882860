"""What may not be stated: attributes that nobody declared or of another type, and by partners what others stated."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from uuid import UUID

from domain.access.principal import Principal
from domain.customers.attributes import fault, read
from domain.customers.profile import ATTRIBUTE
from domain.customers.restating import declarations
from domain.customers.stated import Stated
from domain.customers.stating import stated_by
from domain.database import Tx
from domain.errors import ErrorCode
from domain.staged import UnitFault
from domain.vocabulary import Role

NOT_YOURS = "was stated by another source: a partner sets only what no other source has stated"
NOT_YOURS_JOINED = "name customers of whom you and another source stated the same: a partner does not make them one"
_NAME = frozenset({"displayName", "givenName", "familyName"})


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


@dataclass(slots=True)
class Foreign:
    """What a partner leaves alone: of each customer, the fields that other sources stated, beside its own."""

    others: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    own: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))

    def fault(self, seq: int, whom: Collection[UUID], stated: Stated, place: str = "") -> UnitFault | None:
        """Why a row that is about these customers, who are one then, is not for a partner to say."""
        for one in stated.fields:
            if any(not self.others[customer].isdisjoint(_alike(one.name)) for customer in whom):
                return UnitFault(seq, None, f"{place}{one.path}", ErrorCode.NOT_ALLOWED, NOT_YOURS)
        for mine, theirs in permutations(whom, 2):
            if any(not self.others[theirs].isdisjoint(_alike(name)) for name in self.own[mine]):
                return UnitFault(seq, None, "identities", ErrorCode.NOT_ALLOWED, NOT_YOURS_JOINED)
        return None

    def placed(self, whom: Collection[UUID], customer: UUID, stated: Stated) -> None:
        """They are one, and the row has said what it says."""
        for one in whom:
            self.others[customer] |= self.others[one]
            self.own[customer] |= self.own[one]
        self.own[customer].update(one.name for one in stated.fields)


async def foreign(tx: Tx, customers: Collection[UUID], caller: Principal) -> Foreign | None:
    """What these customers have that is not the caller's to state; None for who states everything."""
    if caller.role is not Role.PARTNER:
        return None
    found = Foreign()
    if customers:
        for customer, name, own in await stated_by(tx, customers, caller.source or ""):
            (found.own if own else found.others)[customer].add(name)
    return found


async def foreign_faults(
    tx: Tx, rows: Sequence[tuple[int, UUID | None, Stated]], caller: Principal, place: str = ""
) -> list[UnitFault]:
    """Which rows of a partner state what another source has stated; rows are (seq, customer, what is stated)."""
    told = [(seq, customer, stated) for seq, customer, stated in rows if customer is not None and stated.fields]
    found = await foreign(tx, {customer for _, customer, _ in told}, caller) if told else None
    if found is None:
        return []
    faults = [found.fault(seq, [customer], stated, place) for seq, customer, stated in told]
    return [one for one in faults if one is not None]


def _alike(name: str) -> Collection[str]:
    """The fields that are shown as one: who states a part of a name changes the name."""
    return _NAME if name in _NAME else (name,)

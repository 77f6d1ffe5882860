"""Whom the rows of an upsert are about, and who turns out to be one.

Cookies and devices are weak identities, all others strong. Rows come in the file's order, and each sees what the rows
before it did.
"""

from dataclasses import dataclass, field
from uuid import UUID

from domain.errors import ErrorCode
from domain.identity.normalise import STRONG, Known
from domain.ids import Prefix, to_public
from domain.staged import UnitFault


@dataclass(slots=True)
class Person:
    """What the rules need to know of a customer."""

    strong: int = 0
    stated: bool = False
    created: bool = False
    # Whether the caller may name them by id: a partner only whom it has an identity for.
    known: bool = True

    @property
    def bare(self) -> bool:
        return not self.stated and self.strong <= 1


@dataclass(frozen=True, slots=True)
class Upsert:
    """A row: the customer that it names, the identities, and the id that a new customer would get."""

    seq: int
    customer: UUID | None
    identities: tuple[Known, ...]
    prospect: UUID
    states: bool


@dataclass(slots=True)
class Joining:
    """`owners` and `people` are what is known before, `merged` the ids that lead to others already.

    `joined` gathers who is joined to whom now.
    """

    owners: dict[Known, UUID]
    people: dict[UUID, Person]
    merged: dict[UUID, UUID] = field(default_factory=dict)
    joined: dict[UUID, UUID] = field(default_factory=dict)
    claimed: dict[Known, UUID] = field(default_factory=dict)
    claimed_by: dict[Known, int] = field(default_factory=dict)
    created: list[UUID] = field(default_factory=list)
    # Whether a conflict may say between whom.
    names: bool = True

    def place(self, row: Upsert) -> UUID | UnitFault:
        """The customer of a row, made or joined where the rules say so."""
        if row.customer is not None and not self._may_name(row.customer):
            return UnitFault(row.seq, None, "id", ErrorCode.NOT_FOUND, "names no customer")
        strong, weak = self._named(row)
        target = self._one_of(strong)
        if target is None:
            return self._conflict(row, strong)
        if not strong:
            target = self._met(row, weak)
        for other in weak:
            if other != target and self._passes(other):
                self._join(other, target)
        self._claim(row, target)
        self.people[target].stated |= row.states
        return target

    def concerned(self, row: Upsert) -> list[UUID]:
        """Who would be the row's customer, or part of them: none of a new one, or of a row that names whom it cannot.

        Nothing is done yet.
        """
        strong, weak = self._named(row)
        unknown = row.customer is not None and not self._may_name(row.customer)
        if unknown or len(self._own(strong)) > 1:
            return []
        has_strong = any(known.kind in STRONG for known in row.identities)
        met = [one for one in weak if not has_strong or not self.people[one].strong]
        if strong or not met:
            return [*strong, *(one for one in weak if self._passes(one))]
        return [met[0], *(one for one in weak if one != met[0] and self._passes(one))]

    def now(self, customer: UUID) -> UUID:
        customer = self.merged.get(customer, customer)
        while customer in self.joined:
            customer = self.joined[customer]
        return customer

    def _may_name(self, customer: UUID) -> bool:
        person = self.people.get(self.now(customer))
        return person is not None and person.known

    def _passes(self, visitor: UUID) -> bool:
        """Whether who is known by cookies and devices alone becomes part of another."""
        return self.people[visitor].bare and not self.people[visitor].strong

    def _conflict(self, row: Upsert, strong: list[UUID]) -> UnitFault:
        subjects = tuple(to_public(Prefix.CUSTOMER, one) for one in self._own(strong)) if self.names else ()
        reason = "name customers who are not the same one: an admin's customerMerge joins them"
        return UnitFault(row.seq, None, "identities", ErrorCode.CONFLICT, reason, subjects)

    def _own(self, strong: list[UUID]) -> list[UUID]:
        return [one for one in strong if not self.people[one].bare]

    def _named(self, row: Upsert) -> tuple[list[UUID], list[UUID]]:
        """Customers that the row names strongly (by id or strong identity), and those by weak identities alone."""
        strong = [self.now(row.customer)] if row.customer is not None else []
        weak: list[UUID] = []
        for known in row.identities:
            owner = self.owners.get(known)
            if owner is not None:
                (strong if known.kind in STRONG else weak).append(self.now(owner))
        strong = list(dict.fromkeys(strong))
        return strong, [one for one in dict.fromkeys(weak) if one not in strong]

    def _one_of(self, strong: list[UUID]) -> UUID | None:
        """The one that all named turn out to be; None where two of them have something of their own."""
        if len(strong) < 2:
            return strong[0] if strong else UUID(int=0)
        own = self._own(strong)
        if len(own) > 1:
            return None
        target = own[0] if own else min(strong)
        for other in strong:
            if other != target:
                self._join(other, target)
        return target

    def _met(self, row: Upsert, weak: list[UUID]) -> UUID:
        """A visitor known by cookie or device becomes the customer, unless it is somebody already."""
        has_strong = any(known.kind in STRONG for known in row.identities)
        for one in weak:
            if not has_strong or not self.people[one].strong:
                return one
        self.people[row.prospect] = Person(created=True)
        self.created.append(row.prospect)
        return row.prospect

    def _join(self, other: UUID, target: UUID) -> None:
        self.joined[other] = target
        self.people[target].strong += self.people[other].strong

    def _claim(self, row: Upsert, target: UUID) -> None:
        for known in row.identities:
            if known not in self.owners:
                self.owners[known] = self.claimed[known] = target
                self.claimed_by[known] = row.seq
                self.people[target].strong += known.kind in STRONG

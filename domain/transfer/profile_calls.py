"""Single deeds on a profile: each is an upsert that says one thing, under the same rules as all upserts."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.audit import Did
from domain.customers import removing, upsert_rows
from domain.customers.queries import has_need, named
from domain.customers.restating import need_register
from domain.customers.stated import Field, Stated
from domain.customers.telling import changed
from domain.customers.telling import told as told_of
from domain.database import Tx
from domain.errors import Fault, Refused
from domain.identity.normalise import Known, Unreadable, normalise
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.settings import Settings
from domain.transfer.calls import record
from domain.transfer.decoding import Decoder
from domain.transfer.inputs import CustomerRef, IdentityInput
from domain.transfer.kinds import Kind
from domain.transfer.refs import parsed
from domain.transfer.scalars import Unfit, steps
from domain.transfer.stage import Ground
from domain.transfer.telling import told_of as known
from domain.transfer.ways import WAYS
from domain.vocabulary import NeedKind, RecordErrorPolicy, Role

Given = Mapping[str, object]
# Where a row's fields stand among the arguments of the deed.
_PLACES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("identities", "0"), ("customer", "identity")),
    (("identities",), ("customer", "identity")),
    (("id",), ("customer", "id")),
    (("needs", "0"), ("input",)),
    (("consents", "0"), ("input",)),
    (("channelPreferences", "0"), ()),
    (("source",), ("input", "source")),
    (("recordedAt",), ("input", "recordedAt")),
)


async def record_need(tx: Tx, customer: Given, given: Given, *, occasion: Occasion) -> Did:
    """Of one kind and name there is one: recorded again, it is changed."""
    return await _say(tx, customer, {"needs": [_own(given)], **_when(given)}, given, occasion)


async def record_consent(tx: Tx, customer: Given, given: Given, *, occasion: Occasion) -> Did:
    """Adds a word to the history of a channel and purpose."""
    return await _say(tx, customer, {"consents": [_own(given)], **_when(given)}, given, occasion)


async def state_preference(tx: Tx, customer: Given, given: Given, *, occasion: Occasion) -> Did:
    """What the customer said of a channel; null takes it back."""
    return await _say(tx, customer, {"channelPreferences": [given]}, given, occasion)


async def remove_need(tx: Tx, customer: Given, kind: NeedKind, name: str, *, occasion: Occasion) -> Did:
    """From now on the customer has no such need. Raises Refused NOT_FOUND where there is none.

    A partner is told the same of whom it does not know, and of a need that others stated.
    """
    whom, register = await _whom(tx, customer), need_register(kind, name)
    partner = occasion.principal.role is Role.PARTNER
    unknown = Fault.not_found("is no need of this customer" + (" that you stated" if partner else ""), "name")
    if whom is None or not await has_need(tx, whom, register, occasion.principal.source if partner else None):
        raise Refused(unknown)
    before = await told_of(tx, whom)
    given = occasion.now, occasion.principal, occasion.keys.tombstones, occasion.lookups
    ground = Ground(occasion.keys.claims, await Settings.load(tx), *given)
    reader = WAYS[Kind.CUSTOMERS].reader(ground, False)
    try:
        reader.mapping(_row(customer), 0)
    except Unfit as unfit:
        raise Refused(_placed(_fault(unfit))) from unfit
    [row] = reader.tables["customer"]
    stated = Stated([Field(register, None, place="name")])
    outcome = await upsert_rows(ground.batch(tx, "", 0, tells=True), [(*row[:-1], stated.text)])
    if outcome.faults and partner:
        raise Refused(unknown)
    if outcome.faults:
        told = [Fault(one.code, one.reason, steps(one.field), one.subjects) for one in outcome.faults]
        raise Refused(*(_placed(fault) for fault in told))
    return _did(whom, *changed(before, await told_of(tx, whom)))


async def remove_identity(tx: Tx, customer: str, identity: Given, *, occasion: Occasion) -> Did:
    """See domain/customers/removing.py."""
    try:
        whom = parsed(Prefix.CUSTOMER, customer, "customer")
        known = _known(Decoder(IdentityInput).mapping(identity))
    except Unfit as unfit:
        place = () if unfit.field == "customer" else ("identity",)
        raise Refused(replace(_fault(unfit), path=(*place, *steps(unfit.field)))) from unfit
    return await removing.remove_identity(tx, whom, known, occasion=occasion)


async def _say(tx: Tx, customer: Given, row: dict[str, object], given: Given, occasion: Occasion) -> Did:
    settings, policy = await Settings.load(tx), RecordErrorPolicy.RECORD_GOOD_ROWS
    rows = [_row(customer) | row]
    before = await known(tx, rows[0], occasion.principal.source)
    [told] = await record(tx, Kind.CUSTOMERS, rows, occasion=occasion, settings=settings, policy=policy, alone=True)
    if told.id is None:
        raise Refused(*(_placed(fault) for fault in told.faults))
    return _did(told.id, *changed(before.get(told.id, {}), await told_of(tx, told.id)))


def _did(customer: UUID, before: Given, after: Given) -> Did:
    subject = to_public(Prefix.CUSTOMER, customer)
    return Did(key=customer, subject=subject, customer=customer, before=before, after=after)


def _row(customer: Given) -> dict[str, object]:
    """The reference as an upsert names a customer."""
    if customer.get("id") is not None:
        return {"id": customer["id"]}
    return {"identities": [customer["identity"]]}


def _own(given: Given) -> dict[str, object]:
    return {name: value for name, value in given.items() if name not in ("source", "recordedAt")}


def _when(given: Given) -> dict[str, object]:
    return {name: given[name] for name in ("source", "recordedAt") if given.get(name) is not None}


async def _whom(tx: Tx, customer: Given) -> UUID | None:
    return await named(tx, referred(customer))


def referred(customer: Given, path: tuple[str, ...] = ("customer",)) -> UUID | Known:
    """What a reference names a customer by. Raises Refused where it cannot be read."""
    try:
        ref = Decoder(CustomerRef).mapping(customer)
        if ref.identity is None:
            return parsed(Prefix.CUSTOMER, ref.id or "", "id")
        return _known(ref.identity, "identity.")
    except Unfit as unfit:
        raise Refused(replace(_fault(unfit), path=(*path, *steps(unfit.field)))) from unfit


def _known(given: IdentityInput, place: str = "") -> Known:
    try:
        return normalise(given.kind, given.value, given.source)
    except Unreadable as error:
        raise Unfit(f"{place}value", str(error)) from error


def _fault(unfit: Unfit) -> Fault:
    return Fault(unfit.code, unfit.reason, steps(unfit.field))


def _placed(fault: Fault) -> Fault:
    for head, place in _PLACES:
        if fault.path[: len(head)] == head:
            return replace(fault, path=(*place, *fault.path[len(head) :]))
    return fault

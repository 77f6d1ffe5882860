"""The contract's inputs as msgspec structs: strict types, no unknown field, nothing too long."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.campaigns.vocabulary import Arm, ContactStatus
from domain.vocabulary import (
    BusinessFunction,
    Channel,
    ConsentPurpose,
    ConsentStatus,
    CustomerKind,
    Direction,
    IdentityKind,
    NeedKind,
    PaymentMethod,
    ProductKind,
    TouchpointKind,
    TradingForm,
)

Word: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000)]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
Whole: TypeAlias = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Amount: TypeAlias = Decimal
Attributes: TypeAlias = dict[str, object]
T = TypeVar("T")
# What one row says of one customer: reading a customer must not depend on how much somebody liked to say.
Said: TypeAlias = Annotated[list[T], Meta(max_length=200)]


class Input(Struct, forbid_unknown_fields=True, rename="camel"):
    """A field that the contract does not know is a fault, never dropped in silence."""


class IdentityInput(Input):
    kind: IdentityKind
    value: str
    source: Word | None = None
    verified: bool | None = None
    primary: bool | None = None


class CustomerRef(Input):
    id: str | None = None
    identity: IdentityInput | None = None


class ContactInput(Input):
    campaign: str
    status: ContactStatus
    at: Moment
    customer: CustomerRef | None = None
    step: Annotated[int, Meta(ge=1, le=1_000)] = 1
    channel: Channel | None = None
    variant: Word | None = None
    arm: Arm | None = None
    error: Text | None = None


class OrderLineInput(Input):
    sku: Word
    quantity: Whole
    unit_price: Amount
    unit_cost: Amount | None = None


class PaymentInput(Input):
    external_id: Word
    method: PaymentMethod
    amount: Amount
    paid_at: Moment


class OrderInput(Input):
    source: Word
    external_id: Word
    ordered_at: Moment
    channel: Channel
    lines: list[OrderLineInput]
    customer: CustomerRef | None = None
    trading_form: TradingForm | None = None
    handled_by: Word | None = None
    currency: Word | None = None
    exchange_rate: Amount | None = None
    discount: Amount | None = None
    shipping: Amount | None = None
    payments: list[PaymentInput] | None = None
    due_at: Moment | None = None
    paid_at: Moment | None = None
    promised_at: Moment | None = None
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    cancelled_at: Moment | None = None
    offer_codes: list[Word] | None = None
    campaign: str | None = None


class ExternalRef(Input):
    source: Word
    external_id: Word


class OrderRef(Input):
    id: str | None = None
    external: ExternalRef | None = None


class OrderUpdateInput(Input):
    """Left out stays as it is, null clears."""

    due_at: Moment | UnsetType | None = UNSET
    promised_at: Moment | UnsetType | None = UNSET
    shipped_at: Moment | UnsetType | None = UNSET
    delivered_at: Moment | UnsetType | None = UNSET
    cancelled_at: Moment | UnsetType | None = UNSET


class ReturnLineInput(Input):
    sku: Word
    quantity: Whole
    unit_amount: Amount | None = None


class ReturnInput(Input):
    source: Word
    external_id: Word
    returned_at: Moment
    lines: list[ReturnLineInput]
    order_external_id: Word | None = None
    customer: CustomerRef | None = None
    reason: Text | None = None
    refund: Amount | None = None


class ProductInput(Input):
    """Null and left out are the same here, as in the contract a product's field is only ever set."""

    sku: Word
    name: Word | None = None
    kind: ProductKind | None = None
    category: Word | UnsetType | None = UNSET
    supplier: Word | UnsetType | None = UNSET
    price: Amount | UnsetType | None = UNSET
    unit_cost: Amount | UnsetType | None = UNSET
    attributes: Attributes | None = None
    discontinued_at: Moment | UnsetType | None = UNSET


class TouchpointInput(Input):
    channel: Channel
    kind: TouchpointKind
    occurred_at: Moment
    source: Word
    customer: CustomerRef | None = None
    function: BusinessFunction | None = None
    direction: Direction | None = None
    external_id: Word | None = None
    subject: Text | None = None
    campaign: str | None = None
    contact: str | None = None
    order_external_id: Word | None = None
    sku: Word | None = None
    case_number: Word | None = None
    handled_by: Word | None = None
    competitor: Word | None = None
    cost: Amount | None = None
    duration_seconds: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    satisfaction: Annotated[int, Meta(ge=0, le=10)] | None = None
    recommend_score: Annotated[int, Meta(ge=0, le=10)] | None = None
    properties: Attributes | None = None
    learnt: "LearntInput | None" = None


class MemberInput(Input):
    """Somebody on a list that people keep, or, to be taken off it, with `remove`."""

    segment: Word
    customer: CustomerRef | None = None
    remove: bool | None = None
    # Whose external ids they are that customers are named by.
    source: Word | None = None


class DemographicsInput(Input):
    birth_date: date | UnsetType | None = UNSET
    gender: Word | UnsetType | None = UNSET
    language: Word | UnsetType | None = UNSET
    time_zone: Word | UnsetType | None = UNSET
    occupation: Word | UnsetType | None = UNSET
    sector: Word | UnsetType | None = UNSET
    household_size: Annotated[int, Meta(ge=0, lt=2**31)] | UnsetType | None = UNSET
    income_band: Word | UnsetType | None = UNSET


class PostalAddressInput(Input):
    recipient: Word | UnsetType | None = UNSET
    lines: list[Word] | UnsetType | None = UNSET
    postal_code: Word | UnsetType | None = UNSET
    city: Word | UnsetType | None = UNSET
    region: Word | UnsetType | None = UNSET
    country: Word | UnsetType | None = UNSET


class NeedInput(Input):
    kind: NeedKind
    name: Word
    detail: Text | None = None
    strength: float | None = None
    source: Word | None = None
    recorded_at: Moment | None = None


class ConsentInput(Input):
    channel: Channel
    status: ConsentStatus
    purpose: ConsentPurpose = ConsentPurpose.MARKETING
    source: Word | None = None
    recorded_at: Moment | None = None
    expires_at: Moment | None = None


class ChannelPreferenceInput(Input):
    channel: Channel
    preferred: bool | None = None


class LearntInput(Input):
    needs: Said[NeedInput] | None = None
    consents: Said[ConsentInput] | None = None
    channel_preferences: Said[ChannelPreferenceInput] | None = None
    demographics: DemographicsInput | UnsetType | None = UNSET
    attributes: Attributes | None = None


class AcquisitionInput(Input):
    channel: Channel
    source: Word | None = None
    at: Moment | None = None
    campaign: str | None = None


class CustomerUpsertInput(Input):
    id: str | None = None
    identities: Annotated[list[IdentityInput], Meta(max_length=100)] | None = None
    kind: CustomerKind | UnsetType | None = UNSET
    display_name: Word | UnsetType | None = UNSET
    given_name: Word | UnsetType | None = UNSET
    family_name: Word | UnsetType | None = UNSET
    address: PostalAddressInput | UnsetType | None = UNSET
    demographics: DemographicsInput | UnsetType | None = UNSET
    attributes: Attributes | None = None
    needs: Said[NeedInput] | None = None
    consents: Said[ConsentInput] | None = None
    channel_preferences: Said[ChannelPreferenceInput] | None = None
    acquisition: AcquisitionInput | UnsetType | None = UNSET
    source: Word | None = None
    recorded_at: Moment | None = None

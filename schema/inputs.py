"""What is said of a person or an organization: the inputs that name a customer, and those that state a profile."""

from datetime import date, datetime

import strawberry
from strawberry import ID

from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus, CustomerKind, IdentityKind, NeedKind
from schema.fields import field, optional
from schema.scalars import JSON

_SOURCE = "Who states it; left out: the source of what it comes with."
_RECORDED_AT = "When it was so; left out: now. Of two statements the later one holds, in whatever order they come."


@strawberry.input(description="A value that a customer is known by, written in any customary way.")
class IdentityInput:
    kind: IdentityKind = field("What kind of value it is.")
    value: str = field("The whole value, such as ada@example.org or +44 20 7946 0018.")
    source: str | None = optional("The system that knows the customer by it; an EXTERNAL_ID needs one.")
    verified: bool | None = optional("Whether it was made sure that it is the customer's.")
    primary: bool | None = optional("The one of its kind to write or call to.")


@strawberry.input(
    one_of=True,
    description="Names the customer by id or by identity; an identity not seen before makes a new prospect.",
)
class CustomerRef:
    id: ID | None = optional("The id of a customer who is known already.")
    identity: IdentityInput | None = optional("A value that the customer is known by.")


@strawberry.input(description="Why a customer buys, as opposed to what.")
class NeedInput:
    kind: NeedKind = field("What kind of need it is.")
    name: str = field("In a word or two; of one kind and name there is one.")
    detail: str | None = optional("In the customer's own words.")
    strength: float | None = optional("How strongly it is felt, from 0 to 1; left out: 1.")
    source: str | None = optional(_SOURCE)
    recorded_at: datetime | None = optional(_RECORDED_AT)


@strawberry.input(description="What a customer allows or forbids, for one channel and purpose.")
class ConsentInput:
    channel: Channel = field("Over which channel.")
    purpose: ConsentPurpose = strawberry.field(
        description="What for; left out: marketing.", default=ConsentPurpose.MARKETING
    )
    status: ConsentStatus = field("What was said.")
    source: str | None = optional(_SOURCE)
    recorded_at: datetime | None = optional(
        "When it was said; left out: now. The later word holds, of two at once the stricter one."
    )
    expires_at: datetime | None = optional("Until when it is good; left out: until it is withdrawn.")


@strawberry.input(description="Whether a customer likes to hear from us over a channel.")
class ChannelPreferenceInput:
    channel: Channel = field("Which channel.")
    preferred: bool | None = optional("True: liked; false: not liked; null: takes back what was said.")


@strawberry.input(
    description="A person's circumstances. A field that is left out stays as it is; a field that is null is cleared."
)
class DemographicsInput:
    birth_date: date | None = optional("The day of birth.")
    gender: str | None = optional("As it is stated.")
    language: str | None = optional("What to write and speak to the customer in, such as en.")
    time_zone: str | None = optional("Such as Europe/Berlin.")
    occupation: str | None = optional("What the customer does for a living.")
    sector: str | None = optional("The market sector, chiefly of organizations.")
    household_size: int | None = optional("How many live together.")
    income_band: str | None = optional("A band of incomes, as its source divides them.")


@strawberry.input(
    description="Where mail reaches the customer. A field that is left out stays as it is; null clears it."
)
class PostalAddressInput:
    recipient: str | None = optional("Where it is not the customer's own name.")
    lines: list[str] | None = optional("Street and house, as they are printed.")
    postal_code: str | None = optional("Written in any customary way.")
    city: str | None = optional("City, town or village.")
    region: str | None = optional("State, county or province.")
    country: str | None = optional("ISO 3166, such as GB.")


@strawberry.input(description="How the customer came to us, where that was not the first touch that we know of.")
class AcquisitionInput:
    channel: Channel = field("Over which channel.")
    source: str | None = optional("The system that knows of it.")
    at: datetime | None = optional("When it was.")
    campaign: ID | None = optional("By which campaign.")


@strawberry.input(
    description="All that is to be said of one customer. A field that is left out stays as it is; a field that is null"
    " is cleared."
)
class CustomerUpsertInput:
    id: ID | None = optional("Names a customer who is known already; without it, at least one identity must be given.")
    identities: list[IdentityInput] | None = optional("Added to those that are known.")
    kind: CustomerKind | None = optional("A person, a household or an organization.")
    display_name: str | None = optional("What to call the customer.")
    given_name: str | None = optional("First name.")
    family_name: str | None = optional("Last name.")
    address: PostalAddressInput | None = optional("Where mail reaches the customer.")
    demographics: DemographicsInput | None = optional("The customer's circumstances.")
    attributes: JSON | None = optional("Declared attributes by name; those left out stay, null clears.")
    needs: list[NeedInput] | None = optional("Why the customer buys; those of other kinds and names stay.")
    consents: list[ConsentInput] | None = optional("What the customer allows and forbids; added to the history.")
    channel_preferences: list[ChannelPreferenceInput] | None = optional("What the customer said to like.")
    acquisition: AcquisitionInput | None = optional("How the customer came to us.")
    source: str | None = optional("Who states this; a partner's is filled in.")
    recorded_at: datetime | None = optional(
        "When it was so; left out: now. Of two statements of a field the later one holds, in whatever order they come."
    )


@strawberry.input(
    description="What the customer let be known: it changes the profile together with the touchpoint, unless something"
    " later was said already."
)
class LearntInput:
    needs: list[NeedInput] | None = optional("Why the customer buys.")
    consents: list[ConsentInput] | None = optional("What the customer allows and forbids.")
    channel_preferences: list[ChannelPreferenceInput] | None = optional("What the customer said to like.")
    demographics: DemographicsInput | None = optional("The customer's circumstances.")
    attributes: JSON | None = optional("Declared attributes by name; null clears.")

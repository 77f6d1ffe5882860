"""Profiles one thing at a time: needs, consents, preferences, identities, and which custom attributes there are."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import ID, UNSET, Info

from domain.audit import Did
from domain.customers.attributes import Declaration
from domain.customers.declaring import declare
from domain.database import Tx
from domain.transfer import profile_calls as calls
from domain.vocabulary import AttributeType, Channel, NeedKind, Role
from schema.context import Context
from schema.deeds import Done, deed, read_below
from schema.errors import UserError
from schema.fields import ADMINS, below, field, mutation, optional
from schema.inputs import ConsentInput, CustomerRef, IdentityInput, NeedInput
from schema.payloads import CustomerPayload
from schema.rows import row_of

_WRITERS = frozenset({Role.ADMIN, Role.PARTNER})


@strawberry.type(description="A custom attribute that customers may have.")
class AttributeDeclaration:
    name: str = field("What it is called, in inputs, filters and answers.")
    type: AttributeType = field("What its values are.")
    personal: bool = field("Whether it is masked for callers that may not read personal data.")
    description: str | None = field("What it means.")


@strawberry.input(description="A custom attribute that customers may have.")
class AttributeDeclarationInput:
    name: str = field("What it is called, in inputs, filters and answers: at most 255 characters.")
    type: AttributeType = field("What its values are; it stays while customers have any.")
    personal: bool = field("Whether it is masked for callers that may not read personal data; can be changed.")
    description: str | None = optional("What it means.")


@strawberry.type(description="The declaration as it is now, or why nothing was declared.")
class AttributePayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field("Why nothing was done; empty where all is well.")

    @below("The declaration; null where nothing was done.")
    async def attribute(self, info: Info[Context, None]) -> AttributeDeclaration | None:
        return await read_below(info, AttributeDeclaration, self.key)

    @staticmethod
    def of(done: Done) -> "AttributePayload":
        return AttributePayload(key=done.key, errors=done.errors)


@strawberry.type
class ProfileQuery:
    attributes: list[AttributeDeclaration] = field("Custom attributes that customers may have, by name.")


_Context: TypeAlias = Info[Context, None]
_Whom: TypeAlias = Annotated[CustomerRef, strawberry.argument(description="Whose profile it is.")]
_Customer: TypeAlias = Annotated[ID, strawberry.argument(description="Whose identity it is.")]
_Identity: TypeAlias = Annotated[IdentityInput, strawberry.argument(description="Which identity: its kind and value.")]
_Need: TypeAlias = Annotated[NeedInput, strawberry.argument(description="What is needed.")]
_Kind: TypeAlias = Annotated[NeedKind, strawberry.argument(description="The need's kind.")]
_Name: TypeAlias = Annotated[str, strawberry.argument(description="The need's name.")]
_Consent: TypeAlias = Annotated[ConsentInput, strawberry.argument(description="What was said.")]
_Channel: TypeAlias = Annotated[Channel, strawberry.argument(description="Which channel.")]
_Preferred: TypeAlias = Annotated[
    bool | None, strawberry.argument(description="True: liked; false: not liked; null: takes back what was said.")
]
_Declaration: TypeAlias = Annotated[AttributeDeclarationInput, strawberry.argument(description="What is declared.")]


@strawberry.type
class ProfileMutation:
    @mutation(
        _WRITERS, "Records why a customer buys. Of one kind and name there is one: recorded again, it is changed."
    )
    async def need_record(self, info: _Context, customer: _Whom, input: _Need) -> CustomerPayload:
        whom, given, occasion = row_of(customer), row_of(input), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await calls.record_need(tx, whom, given, occasion=occasion)

        return CustomerPayload.of(await deed(info.context, "needRecord", act))

    @mutation(_WRITERS, "The customer no longer has the need.")
    async def need_remove(self, info: _Context, customer: _Whom, kind: _Kind, name: _Name) -> CustomerPayload:
        whom, occasion = row_of(customer), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await calls.remove_need(tx, whom, kind, name, occasion=occasion)

        return CustomerPayload.of(await deed(info.context, "needRemove", act))

    @mutation(
        _WRITERS,
        "Records what a customer allows or forbids. All that was ever said is kept; per channel and purpose the later"
        " word holds, of two at once the stricter one.",
    )
    async def consent_record(self, info: _Context, customer: _Whom, input: _Consent) -> CustomerPayload:
        whom, given, occasion = row_of(customer), row_of(input), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await calls.record_consent(tx, whom, given, occasion=occasion)

        return CustomerPayload.of(await deed(info.context, "consentRecord", act))

    @mutation(_WRITERS, "Records whether a customer likes a channel. Null takes back what was said.")
    async def channel_preference_state(
        self, info: _Context, customer: _Whom, channel: _Channel, preferred: _Preferred = UNSET
    ) -> CustomerPayload:
        given = {"channel": channel, "preferred": None if preferred is UNSET else preferred}
        whom, occasion = row_of(customer), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await calls.state_preference(tx, whom, given, occasion=occasion)

        return CustomerPayload.of(await deed(info.context, "channelPreferenceState", act))

    @mutation(
        ADMINS,
        "Takes away a value that was wrong, or is the customer's no more. What was recorded by it stays with the"
        " customer. The last one cannot be removed.",
    )
    async def identity_remove(self, info: _Context, customer: _Customer, identity: _Identity) -> CustomerPayload:
        given, occasion = row_of(identity), info.context.occasion

        async def act(tx: Tx) -> Did:
            return await calls.remove_identity(tx, customer, given, occasion=occasion)

        return CustomerPayload.of(await deed(info.context, "identityRemove", act))

    @mutation(
        ADMINS,
        "Declares a custom attribute; it can then be stated of customers and used in filters at once. Declared again,"
        " its description and whether it is personal are changed.",
    )
    async def attribute_declare(self, info: _Context, input: _Declaration) -> AttributePayload:
        description = None if input.description is UNSET else input.description
        declaration = Declaration(input.name, input.type, input.personal, description)
        occasion = info.context.occasion

        async def act(tx: Tx) -> Did:
            return await declare(tx, declaration, occasion=occasion)

        return AttributePayload.of(await deed(info.context, "attributeDeclare", act))

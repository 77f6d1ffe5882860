"""Settings: what the organization has settled, and how it settles something else."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from domain.audit import Did
from domain.clock import Duration
from domain.database import Tx
from domain.settings import commands
from domain.settings.rules import Cap, Hours, Rate
from domain.vocabulary import Channel, TouchpointKind
from schema.context import Context
from schema.deeds import Done, deed, read_below
from schema.errors import UserError
from schema.fields import ADMINS, below, field, mutation, optional


@strawberry.type(description="At most so many messages to one customer within so long.")
class FrequencyCap:
    contacts: int = field("How many.")
    per: Duration = field("Within how long, such as P7D.")


@strawberry.type(description="Hours of the customer's own day; they may go over midnight.")
class QuietHours:
    from_: str = field("When they begin, such as 21:00.", name="from")
    until: str = field("When they end, such as 08:00.")


@strawberry.type(description="What a touchpoint costs where it does not say.")
class TouchpointRate:
    channel: Channel = field("Over this channel.")
    kind: TouchpointKind | None = field("Of this kind; null: of every kind that has no rate of its own.")
    cost: Decimal = field("In the base currency.")


@strawberry.type(description="What the organization has settled.")
class Settings:
    base_currency: str = field("The currency that all amounts are in (ISO 4217); it stays once there is an order.")
    time_zone: str = field("Whose days and months count, such as Europe/Berlin.")
    horizon_months: int = field("How many months lifetime value looks ahead.")
    churn_horizon_days: int = field(
        "A customer who buys nothing for so many days has gone: that is what churn risk foretells."
    )
    discount_rate: float = field("How much less a profit counts that comes a year later, such as 0.1.")
    assumed_margin: float = field(
        "Share of the price that is assumed to be left where the cost of a product is not known."
    )
    global_holdout_share: float = field("Share of all customers that no campaign ever contacts.")
    frequency_cap: FrequencyCap | None = field("How often campaigns may write to one customer; null: as they like.")
    quiet_hours: QuietHours | None = field(
        "No messages between these hours of the customer's own day, such as 21:00 and 08:00."
    )
    rate_card: list[TouchpointRate] = field("What a touchpoint costs where it does not say.")


@strawberry.type
class SettingsQuery:
    settings: Settings = field("What the organization has settled.")


@strawberry.input(description="At most so many messages to one customer within so long.")
class FrequencyCapInput:
    contacts: int = field("How many: at least 1.")
    per: Duration = field("Within how long, such as P7D.")


@strawberry.input(description="Hours of the customer's own day; they may go over midnight.")
class QuietHoursInput:
    from_: str = field("When they begin, such as 21:00.", name="from")
    until: str = field("When they end, such as 08:00.")


@strawberry.input(description="What a touchpoint costs where it does not say.")
class TouchpointRateInput:
    channel: Channel = field("Over this channel.")
    kind: TouchpointKind | None = optional("Of this kind; left out: of every kind that has no rate of its own.")
    cost: Decimal = field("In the base currency, 0 or more.")


@strawberry.input(
    description="A field that is left out stays as it is; null empties frequencyCap, quietHours and rateCard. What was"
    " worked out from a setting is brought up to date by jobs."
)
class SettingsInput:
    base_currency: str | None = optional("ISO 4217, such as EUR; it cannot be changed once there is an order.")
    time_zone: str | None = optional(
        "Whose days and months count, such as Europe/Berlin. Changing it counts all months and scores anew."
    )
    horizon_months: int | None = optional("How many months lifetime value looks ahead: from 1 to 120.")
    churn_horizon_days: int | None = optional(
        "After how many days without a purchase a customer has gone: from 1 to 3650. Changing it fits the value"
        " model anew, and then scores."
    )
    discount_rate: float | None = optional("How much less a profit counts that comes a year later: from 0 to 1.")
    assumed_margin: float | None = optional(
        "Share of the price that is assumed to be left where the cost of a product is not known: from 0 to 1. Changing"
        " it counts the cost of such goods anew."
    )
    global_holdout_share: float | None = optional(
        "Share of all customers that no campaign ever contacts: from 0 to less than 1."
    )
    frequency_cap: FrequencyCapInput | None = optional("How often campaigns may write to one customer.")
    quiet_hours: QuietHoursInput | None = optional("When no messages are sent.")
    rate_card: list[TouchpointRateInput] | None = optional(
        "Replaces the whole card. Touchpoints that cost what another card said cost what this one says."
    )


@strawberry.type(description="The settings as they are now, or why they were not changed.")
class SettingsPayload:
    key: strawberry.Private[UUID | None]
    errors: list[UserError] = field("Why nothing was done; empty where all is well.")

    @below("The settings; null where nothing was done.")
    async def settings(self, info: Info[Context, None]) -> Settings | None:
        return await read_below(info, Settings, self.key)

    @staticmethod
    def of(done: Done) -> "SettingsPayload":
        return SettingsPayload(key=done.key, errors=done.errors)


_Input = Annotated[SettingsInput, strawberry.argument(description="What is to be different.")]


@strawberry.type
class SettingsMutation:
    @mutation(ADMINS, "Settles something else. Jobs bring up to date what was worked out from it.")
    async def settings_update(self, info: Info[Context, None], input: _Input) -> SettingsPayload:
        context = info.context

        async def act(tx: Tx) -> Did:
            settled = await commands.update(tx, _given(input), occasion=context.occasion)
            context.deeds.started.extend(settled.jobs)
            return settled.did

        return SettingsPayload.of(await deed(context, "settingsUpdate", act))


def _given(said: SettingsInput) -> dict[str, object]:
    """What is not left out, by the names of the contract."""
    given = {_camel(one.name): getattr(said, one.name) for one in fields(said)}
    turned: dict[str, Callable[[Any], object]] = {"frequencyCap": _cap, "quietHours": _hours, "rateCard": _card}
    return {
        name: turned[name](value) if name in turned and value is not None else value
        for name, value in given.items()
        if value is not UNSET
    }


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _cap(said: FrequencyCapInput) -> Cap:
    return Cap(said.contacts, said.per)


def _hours(said: QuietHoursInput) -> Hours:
    return Hours(said.from_, said.until)


def _card(said: list[TouchpointRateInput]) -> list[Rate]:
    return [Rate(rate.channel, rate.kind or None, rate.cost) for rate in said]

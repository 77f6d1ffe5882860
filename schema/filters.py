"""How values are compared in every filter: numbers, text, instants, days, and spans of time."""

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from domain.clock import Duration
from schema.fields import optional

_IS_NULL = "True: only where there is none; false: only where there is one."


@strawberry.input(description="Compares whole numbers. All that is given must hold.")
class IntFilter:
    eq: int | None = optional("Equal to.")
    ne: int | None = optional("Other than.")
    in_: list[int] | None = optional("One of these.", name="in")
    gt: int | None = optional("More than.")
    gte: int | None = optional("At least.")
    lt: int | None = optional("Less than.")
    lte: int | None = optional("At most.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(description="Compares numbers. All that is given must hold.")
class FloatFilter:
    eq: float | None = optional("Equal to.")
    gt: float | None = optional("More than.")
    gte: float | None = optional("At least.")
    lt: float | None = optional("Less than.")
    lte: float | None = optional("At most.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(description="Compares exact amounts, in the base currency. All that is given must hold.")
class DecimalFilter:
    eq: Decimal | None = optional("Equal to.")
    gt: Decimal | None = optional("More than.")
    gte: Decimal | None = optional("At least.")
    lt: Decimal | None = optional("Less than.")
    lte: Decimal | None = optional("At most.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(description="Compares yes and no.")
class BooleanFilter:
    eq: bool | None = optional("Equal to.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(name="IDFilter", description="Compares ids.")
class IDFilter:
    eq: ID | None = optional("This one.")
    ne: ID | None = optional("Any but this one.")
    in_: list[ID] | None = optional("One of these.", name="in")
    not_in: list[ID] | None = optional("None of these.")


@strawberry.input(
    description="Text is compared as stored; contains and startsWith ignore case, and % and _ in them are ordinary"
    " characters. All that is given must hold."
)
class StringFilter:
    eq: str | None = optional("Equal to.")
    ne: str | None = optional("Other than.")
    in_: list[str] | None = optional("One of these.", name="in")
    not_in: list[str] | None = optional("None of these.")
    contains: str | None = optional("Has this somewhere in it.")
    starts_with: str | None = optional("Begins with this.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(
    description="within means from that long ago until now; olderThan means before that long ago; ahead means from now"
    " until that far ahead. All that is given must hold."
)
class DateTimeFilter:
    gte: datetime | None = optional("At this instant or after it.")
    gt: datetime | None = optional("After this instant.")
    lte: datetime | None = optional("At this instant or before it.")
    lt: datetime | None = optional("Before this instant.")
    within: Duration | None = optional("From that long ago until now, such as P30D.")
    older_than: Duration | None = optional("Before that long ago, such as P1Y.")
    ahead: Duration | None = optional("From now until that far ahead.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(
    description="anniversaryAhead means that its day of the year comes within that long from today, such as P7D for"
    " birthdays of the coming week. All that is given must hold."
)
class DateFilter:
    eq: date | None = optional("On this day.")
    gte: date | None = optional("On this day or after it.")
    gt: date | None = optional("After this day.")
    lte: date | None = optional("On this day or before it.")
    lt: date | None = optional("Before this day.")
    within: Duration | None = optional("From that long ago until today.")
    older_than: Duration | None = optional("Before that long ago.")
    ahead: Duration | None = optional("From today until that far ahead.")
    anniversary_ahead: Duration | None = optional("Its day of the year comes within that long, such as P7D.")
    is_null: bool | None = optional(_IS_NULL)


@strawberry.input(
    description="Compares a named value: by text, number, yes or no, or day, or asks whether it is there."
)
class AttributeFilter:
    name: str = strawberry.field(description="The name of the value.")
    string: StringFilter | None = optional("Where it is text.")
    number: FloatFilter | None = optional("Where it is a number.")
    boolean: BooleanFilter | None = optional("Where it is yes or no.")
    date: DateFilter | None = optional("Where it is a day, written as 2026-03-01.")
    exists: bool | None = optional("Whether there is such a value.")


@strawberry.input(
    description="A half-open span of time: from is in it, until is not. Either end may be left open. last means from"
    " that long ago until now, and stands alone."
)
class Period:
    from_: datetime | None = optional("Its first instant.", name="from")
    until: datetime | None = optional("The instant that it ends before.")
    last: Duration | None = optional("From that long ago until now, such as P1Y; stands alone.")

"""What is stored of advice: how contacts are answered, what is advised first for each customer, and its sums."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import SQLModel

from domain import columns
from domain.vocabulary import Channel, Strategy


class Topic(StrEnum):
    """What a rate is of; the name says of which."""

    ALL = "ALL"  # contacts that were answered, of all contacts
    CHANNEL = "CHANNEL"  # of those of a channel
    STANDING = "STANDING"  # of a channel, to customers who stood so with us when it went out
    OFFER = "OFFER"  # of those that made an offer
    TOUCH = "TOUCH"  # touches of a channel, of all touches; the amount is what one costs
    RECOVERY = "RECOVERY"  # resolved cases whose customer bought again soon
    PURCHASE = "PURCHASE"  # customers who bought; the amount is what an order earns


class ResponseRate(SQLModel, table=True):
    """Base rates of everybody, made anew by each night's ADVISE_CUSTOMERS.

    The prior of a customer is Beta(rate·strength, (1 − rate)·strength).
    """

    __tablename__ = "response_rate"
    __table_args__ = (columns.one_of("topic", Topic, "response_rate"), columns.REFERENCE)

    topic: str = columns.words(key=True, personal=False)
    # '' where it is not of one channel.
    channel: str = columns.words(key=True, personal=False)
    # An offer's name or a standing, '' for all. Offers are kept that at least five customers received.
    name: str = columns.words(key=True, personal=False)
    customers: int = columns.big()
    trials: int = columns.big()
    successes: int = columns.big()
    rate: float = columns.real()
    strength: float = columns.real()
    # 80 % of the rate's posterior lies between.
    low: float = columns.real()
    high: float = columns.real()
    amount: Decimal | None = columns.money(null=True)
    # Of an offer: responses to it are recorded, so an order does not stand for one.
    is_told: bool = columns.truth()
    as_of: datetime = columns.instant()


class CustomerNextAction(SQLModel, table=True):
    """What is advised before all else, by the same SQL that answers nextActions; of who has none there is no row."""

    __tablename__ = "customer_next_action"
    __table_args__ = (
        columns.one_of("strategy", Strategy, "customer_next_action"),
        columns.one_of("channel", Channel, "customer_next_action"),
        Index("customer_next_action_strategy", "strategy", "customer_id"),
        columns.distributed(),
    )

    customer_id: UUID = columns.uuid(key=True)
    strategy: str = columns.words(personal=False)
    channel: str | None = columns.words(personal=False, null=True)
    product_id: UUID | None = columns.uuid(null=True)
    expected_profit: Decimal = columns.money()
    as_of: datetime = columns.instant()


class StrategySum(SQLModel, table=True):
    """For how many customers a strategy comes first, and what it is expected to earn with them together."""

    __tablename__ = "strategy_sum"
    __table_args__ = (columns.one_of("strategy", Strategy, "strategy_sum"), columns.REFERENCE)

    strategy: str = columns.words(key=True, personal=False)
    customers: int = columns.big()
    expected_profit: Decimal = columns.money()
    as_of: datetime = columns.instant()

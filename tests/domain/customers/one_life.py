"""One person's dated facts, told by five sources, and everything that is known of them once all are recorded.

Whoever states a profile names the e-mail address: so nobody else with a profile of their own can turn out to be them.
"""

from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from domain.database import Tx
from domain.transfer import Kind
from domain.vocabulary import RecordStatus
from tests.support.calling import call
from tests.support.importing import Given

MAIL: Given = {"kind": "EMAIL", "value": "Ada@Example.org"}
SECOND: Given = {"kind": "EMAIL", "value": "countess@example.org"}
OFFICE: Given = {"kind": "PHONE", "value": "+44 20 7946 0019"}
PHONE: Given = {"kind": "PHONE", "value": "+44 20 7946 0018"}
LOYALTY: Given = {"kind": "EXTERNAL_ID", "value": "17", "source": "till"}
COOKIE: Given = {"kind": "COOKIE", "value": "crumb"}
Fact = tuple[Kind, Given]


def day(number: int, hour: int = 12) -> str:
    return f"2025-{1 + number // 28:02}-{1 + number % 28:02}T{hour:02}:00:00Z"


def stated(at: str, source: str, *identities: Given, **more: object) -> Fact:
    about = {"identities": [MAIL, *identities], "source": source, "recordedAt": at}
    return Kind.CUSTOMERS, about | more


def touched(number: int, source: str, who: Given, kind: str = "VISIT", channel: str = "WEB", **more: object) -> Fact:
    about = {"source": source, "externalId": f"{source}{number}", "occurredAt": day(number), "channel": channel}
    return Kind.TOUCHPOINTS, about | {"kind": kind, "customer": {"identity": who}} | more


def bought(number: int, who: Given) -> Fact:
    lines = [{"sku": "pen", "quantity": 2, "unitPrice": "2.50"}]
    about = {"source": "till", "externalId": f"o{number}", "orderedAt": day(number), "channel": "IN_PERSON"}
    return Kind.ORDERS, about | {"customer": {"identity": who}, "lines": lines}


NEED: Given = {"kind": "MOTIVATION", "name": "Save time", "strength": 0.5}
FACTS: tuple[Fact, ...] = (
    stated(day(3), "web", COOKIE, givenName="Ada", familyName="Byron", kind="PERSON"),
    stated(day(9), "crm", LOYALTY, PHONE, familyName="Lovelace", demographics={"birthDate": "1815-12-10"}),
    # Two sources at one moment; one source that says two things at one moment; null is a value.
    stated(day(11), "crm", address={"lines": ["St James's Square 12"], "city": "London", "country": "UK"}),
    stated(day(11), "erp", address={"city": "Bath", "postalCode": "sw1y 4le"}, familyName=None),
    stated(day(11), "erp", displayName="Ada"),
    stated(day(11), "erp", displayName="Countess"),
    stated(day(12), "web", SECOND | {"primary": True}, attributes={"hat": 57, "vip": True}),
    stated(day(8), "crm", SECOND, attributes={"hat": 55, "vip": None}, acquisition={"channel": "SOCIAL"}),
    stated(day(13), "crm", acquisition=None, needs=[NEED | {"strength": 0.75, "recordedAt": day(2)}]),
    stated(day(6), "web", needs=[NEED], channelPreferences=[{"channel": "SMS", "preferred": True}]),
    stated(day(7), "erp", channelPreferences=[{"channel": "SMS", "preferred": None}]),
    stated(day(5), "web", consents=[{"channel": "EMAIL", "status": "GRANTED", "expiresAt": day(60)}]),
    stated(day(5), "crm", consents=[{"channel": "EMAIL", "status": "DENIED"}]),
    stated(day(4), "web", PHONE | {"verified": True}, consents=[{"channel": "SMS", "status": "GRANTED"}]),
    touched(1, "web", COOKIE, campaign=None),
    touched(2, "web", SECOND, kind="VIEW"),
    touched(1, "desk", PHONE, kind="CALL", channel="PHONE", cost="4.50"),
    touched(20, "web", COOKIE, learnt={"needs": [NEED | {"name": "Peace", "detail": "the children"}]}),
    touched(21, "survey", MAIL, kind="SURVEY", satisfaction=7, learnt={
        "attributes": {"hat": 58}, "demographics": {"occupation": "Analyst"},
        "consents": [{"channel": "SMS", "status": "GRANTED"}],
        "channelPreferences": [{"channel": "PHONE", "preferred": False}],
    }),
    touched(22, "web", MAIL, kind="UNSUBSCRIBE", channel="SMS"),
    touched(14, "till", LOYALTY, kind="COMPLAINT", channel="IN_PERSON", caseNumber="C1"),
    # The number that was seen first is the one to call, where nobody says otherwise.
    stated(day(15), "erp", OFFICE),
    touched(0, "desk", OFFICE, kind="CALL", channel="PHONE", occurredAt=day(0, 1)),
    bought(10, LOYALTY),
    bought(25, MAIL),
    bought(0, PHONE),
    # By customer: it is of the latest order before it, which may come later.
    (Kind.RETURNS, {
        "source": "till", "externalId": "r1", "returnedAt": day(26), "customer": {"identity": MAIL}, "refund": "2",
        "lines": [{"sku": "pen", "quantity": 1}],
    }),
)  # fmt: skip

_CUSTOMER = (
    "SELECT to_jsonb(c) - ARRAY['customer_id', 'created_at', 'updated_at'] FROM customer c WHERE c.merged_into IS NULL"
)
_TABLES = {
    "customer_identity": "customer_id recorded_for",
    "customer_need": "customer_id need_id",
    "customer_preference": "customer_id",
    "customer_attribute": "customer_id",
    "customer_consent": "customer_id consent_id recorded_for",
    "customer_statement": "customer_id recorded_for",
    "customer_month": "customer_id",
    "touchpoint": "customer_id touchpoint_id recorded_for order_id product_id recorded_at",
    "customer_order": "customer_id order_id recorded_for recorded_at",
    "order_line": "customer_id order_id recorded_for product_id",
    "order_return": "customer_id return_id recorded_for recorded_at touchpoint_id",
    "return_line": "customer_id return_id recorded_for product_id order_id",
}


async def known(tx: Tx) -> dict[str, object]:
    """Everything but ids, and when it was recorded; where something was learnt is told by whether it was."""
    found: dict[str, object] = {"customer": [row[0] for row in await tx.fetch(_CUSTOMER)]}
    for table, without in _TABLES.items():
        ids = "ARRAY['" + "', '".join(without.split()) + "']"
        learnt = " || CASE WHEN t.touchpoint_id IS NULL THEN '{}' ELSE '{\"touchpoint_id\": 1}' END::jsonb"
        taught = (
            learnt
            if table in ("customer_need", "customer_preference", "customer_consent", "customer_statement")
            else ""
        )
        rows = await tx.fetch(f"SELECT to_jsonb(t) - {ids}{taught} AS told FROM {table} t")
        found[table] = sorted((row[0] for row in rows), key=repr)
    return found


async def told(tx: Tx, facts: Sequence[Fact]) -> list[RecordStatus]:
    """Facts of one kind that follow each other go in one call."""
    statuses = []
    for kind, rows in _calls(facts):
        for result in await call(tx, kind, rows):
            assert not result.faults, (kind, rows[result.index], result.faults)
            statuses.append(result.status)
    return statuses


def _calls(facts: Sequence[Fact]) -> Iterator[tuple[Kind, list[Given]]]:
    waiting: list[Given] = []
    for at, (kind, row) in enumerate(facts):
        waiting.append(row)
        if at + 1 == len(facts) or facts[at + 1][0] is not kind:
            yield kind, waiting
            waiting = []


@asynccontextmanager
async def undone(tx: Tx) -> Any:
    """What is done in the block is taken back."""
    transaction = tx.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()

"""One story: seven things that five sources tell of one person, in any order and each sent twice, are one customer.

A visitor's cookie, an e-mail sign-up, a call, a store purchase with a loyalty number, a complaint that is resolved, a
survey. The README tells the same story.
"""

import random
from dataclasses import dataclass
from itertools import chain
from typing import Any

import httpx
import pytest

JANE = {"kind": "EMAIL", "value": "Jane.Doe@Example.org"}
COOKIE = {"kind": "COOKIE", "value": "c-77aa"}
PHONE = {"kind": "PHONE", "value": "+44 20 7946 0018"}
LOYALTY = {"kind": "EXTERNAL_ID", "source": "store", "value": "L-1001"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one source sends: the mutation, its input, and what its payload answers with."""

    field: str
    type: str
    input: dict[str, Any] | list[dict[str, Any]]
    selection: str = "errors { code message path }"

    @property
    def text(self) -> str:
        return f"mutation Tell($input: {self.type}) {{ told: {self.field}(input: $input) {{ {self.selection} }} }}"


def _touch(customer: dict[str, Any], **told: Any) -> Told:
    return Told("touchpointRecord", "TouchpointInput!", {"customer": {"identity": customer}, **told})


def _upsert(*identities: dict[str, Any], **told: Any) -> Told:
    return Told("customerUpsert", "CustomerUpsertInput!", {"identities": list(identities), **told})


def _rows(field: str, type_: str, row: dict[str, Any]) -> Told:
    return Told(field, f"[{type_}!]!", [row], "rejected errors { code path } results { status errors { code path } }")


FACTS = (
    _touch(COOKIE, source="web", externalId="v1", channel="WEB", kind="VISIT", occurredAt="2026-01-05T10:00:00Z"),
    _upsert(
        *(JANE, COOKIE),
        source="newsletter",
        recordedAt="2026-01-06T08:00:00Z",
        givenName="Jane",
        familyName="Doe",
        demographics={"language": "en"},
        consents=[{"channel": "EMAIL", "status": "GRANTED", "recordedAt": "2026-01-06T08:00:00Z"}],
    ),
    _touch(
        PHONE,
        source="calls",
        externalId="call-9",
        channel="PHONE",
        kind="CALL",
        occurredAt="2026-01-10T15:00:00Z",
        durationSeconds=240,
    ),
    _upsert(PHONE, JANE, source="calls", recordedAt="2026-01-10T15:04:00Z"),
    _upsert(LOYALTY, JANE, source="store", recordedAt="2026-01-12T12:00:00Z"),
    _rows(
        "ordersRecord",
        "OrderInput",
        {
            "customer": {"identity": LOYALTY},
            "source": "store",
            "externalId": "r-500",
            "orderedAt": "2026-01-12T12:05:00Z",
            "channel": "IN_PERSON",
            "lines": [{"sku": "kettle", "quantity": 1, "unitPrice": "49.00"}],
        },
    ),
    _touch(
        JANE,
        source="service",
        externalId="m-1",
        channel="EMAIL",
        kind="CASE_OPENED",
        caseNumber="C-7",
        occurredAt="2026-01-20T09:00:00Z",
    ),
    _touch(
        JANE,
        source="service",
        externalId="m-2",
        channel="EMAIL",
        kind="COMPLAINT",
        caseNumber="C-7",
        occurredAt="2026-01-20T09:01:00Z",
        satisfaction=2,
    ),
    _touch(
        PHONE,
        source="service",
        externalId="m-3",
        channel="PHONE",
        kind="CASE_RESOLVED",
        caseNumber="C-7",
        occurredAt="2026-01-21T15:00:00Z",
        satisfaction=9,
    ),
    _touch(
        JANE,
        source="newsletter",
        externalId="s-1",
        channel="EMAIL",
        kind="SURVEY",
        occurredAt="2026-02-01T18:00:00Z",
        recommendScore=9,
        learnt={
            "needs": [{"kind": "MOTIVATION", "name": "lasts long", "strength": 0.8}],
            "channelPreferences": [{"channel": "PHONE", "preferred": False}],
            "demographics": {"householdSize": 3},
        },
    ),
)

WHO = """{
  customers(first: 5) {
    totalCount
    nodes {
      displayName email phone
      demographics { language householdSize }
      acquisition { channel source at }
      identities { kind value }
      needs { kind name strength touchpoint { kind } }
      consents { channel purpose status }
      channelPreferences { channel stated touches }
      reachableBy
      satisfaction { recommendScore averageSatisfaction openCases complaints medianHoursToResolve }
      purchasing { orderCount }
      orders { nodes { total } }
      touchpoints(first: 50) { nodes { kind channel source occurredAt } }
    }
  }
}"""


async def _say(client: httpx.AsyncClient, text: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": text, "variables": variables or {}})
    told = answer.json()
    assert "errors" not in told, told
    data: dict[str, Any] = told["data"]
    return data


async def _tell(client: httpx.AsyncClient, fact: Told) -> None:
    told = (await _say(client, fact.text, {"input": fact.input}))["told"]
    assert told["errors"] == [], (fact, told)
    assert told.get("rejected", 0) == 0, (fact, told)


@pytest.mark.parametrize("seed", range(6))
async def test_five_sources_in_any_order_and_twice_are_one_customer(client: httpx.AsyncClient, seed: int) -> None:
    kettle = _rows("productsUpsert", "ProductInput", {"sku": "kettle", "name": "Kettle", "unitCost": "30"})
    await _tell(client, kettle)
    order = list(chain(FACTS, FACTS))
    random.Random(seed).shuffle(order)
    for fact in order:
        await _tell(client, fact)

    found = (await _say(client, WHO))["customers"]

    assert found["totalCount"] == 1
    (jane,) = found["nodes"]
    assert (jane["displayName"], jane["email"], jane["phone"]) == ("Jane Doe", "jane.doe@example.org", "+442079460018")
    assert jane["demographics"] == {"language": "en", "householdSize": 3}
    assert jane["acquisition"] == {"channel": "WEB", "source": "web", "at": "2026-01-05T10:00:00+00:00"}
    assert {one["kind"] for one in jane["identities"]} == {"COOKIE", "EMAIL", "EXTERNAL_ID", "PHONE"}
    assert jane["needs"] == [
        {"kind": "MOTIVATION", "name": "lasts long", "strength": 0.8, "touchpoint": {"kind": "SURVEY"}}
    ]
    assert jane["consents"] == [{"channel": "EMAIL", "purpose": "MARKETING", "status": "GRANTED"}]
    assert jane["reachableBy"] == ["EMAIL"]
    assert {one["channel"]: one["stated"] for one in jane["channelPreferences"]}["PHONE"] is False
    assert jane["satisfaction"] == {
        "recommendScore": 9,
        "averageSatisfaction": 5.5,
        "openCases": 0,
        "complaints": 1,
        "medianHoursToResolve": 30.0,
    }
    assert jane["purchasing"]["orderCount"] == 1
    assert jane["orders"]["nodes"] == [{"total": "49.00"}]
    assert [one["kind"] for one in jane["touchpoints"]["nodes"]] == [
        *("SURVEY", "CASE_RESOLVED", "COMPLAINT", "CASE_OPENED", "PURCHASE", "CALL", "VISIT")
    ]


async def test_an_unsubscribe_takes_the_consent_back_whenever_it_arrives(client: httpx.AsyncClient) -> None:
    gone = _touch(
        JANE,
        source="newsletter",
        externalId="u-1",
        channel="EMAIL",
        kind="UNSUBSCRIBE",
        occurredAt="2026-01-07T08:00:00Z",
    )
    for fact in (gone, FACTS[1]):
        await _tell(client, fact)
    (jane,) = (await _say(client, WHO))["customers"]["nodes"]
    assert jane["consents"] == [{"channel": "EMAIL", "purpose": "MARKETING", "status": "WITHDRAWN"}]
    assert jane["reachableBy"] == []

"""Whether a contact was answered: within its campaign's window, by the last one before it, to the instant."""

from typing import Any

import pytest

from domain.database import Database
from tests.domain.campaigns.desk import BOB, Desk

_ANSWERS = """{ customerByIdentity(kind: EMAIL, value: "ada@example.org") { contacts { nodes {
  step respondedAt openedAt clickedAt responseRevenue response { occurredAt contact { step } } } } } }"""
_ORDER = """mutation ($input: [OrderInput!]!) { ordersRecord(input: $input) { results { errors { code message } } } }"""


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


async def contacts(desk: Desk) -> dict[int, Any]:
    found = (await desk.ask(_ANSWERS))["customerByIdentity"]["contacts"]["nodes"]
    return {node["step"]: node for node in found}


@pytest.mark.parametrize(
    ("at", "step"),
    [
        ("2026-05-01T08:59:59.999999Z", None),
        ("2026-05-01T09:00:00Z", 1),
        ("2026-05-03T08:59:59.999999Z", 1),
        ("2026-05-03T09:00:00Z", 2),
        ("2026-05-10T08:59:59.999999Z", 2),
        ("2026-05-10T09:00:00Z", None),
    ],
)
async def test_the_last_contact_before_it_is_answered_until_the_window_closes(
    desk: Desk, at: str, step: int | None
) -> None:
    spring = await desk.campaign(
        steps=[{"channel": "EMAIL"}, {"channel": "EMAIL"}], response={"kind": "REPLY", "window": "P7D"}
    )
    words = [{"status": "SENT", "at": f"2026-05-0{day}T09:00:00Z", "step": day // 2 + 1} for day in (1, 3)]
    await desk.told(spring, *words)
    await desk.touch("CAMPAIGN_RESPONSE", at, campaign=spring)
    found = await contacts(desk)
    answered = [number for number, contact in sorted(found.items()) if contact["respondedAt"]]
    assert answered == ([] if step is None else [step])
    assert await desk.who(where={"responded": True, "step": 1}) == ({"ada"} if step == 1 else set())
    assert await desk.who(where={"responded": True, "step": 2}) == ({"ada"} if step == 2 else set())
    assert await desk.who(where={"responded": False}, count={"eq": 2}) == ({"ada"} if step is None else set())
    if step is not None:
        assert found[step]["response"]["contact"] == {"step": step}


async def test_of_two_sent_at_one_instant_one_is_answered(desk: Desk) -> None:
    spring = await desk.campaign(steps=[{"channel": "EMAIL"}, {"channel": "EMAIL"}])
    at = "2026-05-01T09:00:00Z"
    await desk.told(spring, {"status": "SENT", "at": at}, {"status": "SENT", "at": at, "step": 2})
    await desk.touch("CAMPAIGN_RESPONSE", at, campaign=spring)
    assert await desk.who(where={"responded": True}, count={"eq": 1}) == {"ada"}


async def test_opens_clicks_and_orders_count_where_they_name_the_campaign(desk: Desk) -> None:
    spring, summer = await desk.campaign(), await desk.campaign("summer")
    await desk.told(spring, {"status": "SENT", "at": "2026-05-01T09:00:00Z"})
    await desk.told(summer, {"status": "SENT", "at": "2026-05-02T09:00:00Z", "customer": BOB})
    await desk.touch("OPEN", "2026-05-01T10:00:00Z", campaign=spring)
    await desk.touch("CLICK", "2026-05-01T10:01:00Z", campaign=summer)
    await desk.ask('mutation { productsUpsert(input: [{sku: "A", name: "Apple"}]) { created } }')
    line = {"sku": "A", "quantity": 2, "unitPrice": "9.90", "unitCost": "1"}
    order: dict[str, Any] = {"customer": {"identity": {"kind": "EMAIL", "value": "ada@example.org"}}, "source": "shop"}
    order |= {"channel": "WEB", "lines": [line]}
    said = [("O-1", "2026-05-05T10:00:00Z", spring), ("O-2", "2026-05-06T10:00:00Z", summer)]
    rows = [{**order, "externalId": id_, "orderedAt": at, "campaign": campaign} for id_, at, campaign in said]
    await desk.ask(_ORDER, input=rows)
    [contact] = (await contacts(desk)).values()
    assert (contact["openedAt"][:16], contact["clickedAt"]) == ("2026-05-01T10:00", None)
    assert (contact["responseRevenue"], contact["respondedAt"]) == ("19.80", None)

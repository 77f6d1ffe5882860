"""What a customer allows, over which channels that makes it reachable, and who shares its address."""

from typing import Any
from uuid import UUID

import pytest

from domain.access.principal import Principal
from domain.errors import QuestionRefused
from domain.vocabulary import Role
from tests.domain.query.world import NOW, TILL, House, asked, at, public

SHOP = Principal("shop", Role.PARTNER, source="shop")


async def say(house: House, customer: UUID, channel: str, status: str, day: str = "2026-01-05", **said: Any) -> None:
    told = {"purpose": "MARKETING", "recorded_at": at(day), "recorded_for": customer, "holds": True, "source": "shop"}
    values = {"channel": channel, "status": status, **told, **said}
    await house.row("customer_consent", customer_id=customer, consent_id=house.id(), **values)


async def one(house: House, customer: UUID, what: str, **how: Any) -> Any:
    return (await house.ask(f"query ($id: ID!) {{ customer(id: $id) {{ {what} }} }}", {"id": public(customer)}, **how))[
        "customer"
    ]


async def test_what_holds_and_all_that_was_said(house: House) -> None:
    ada = await house.customer("Ada")
    touch = await house.touchpoint(ada, source="till")
    await say(house, ada, "EMAIL", "GRANTED", "2026-01-01", holds=False)
    await say(house, ada, "EMAIL", "WITHDRAWN", "2026-02-01", touchpoint_id=touch, source="till")
    await say(house, ada, "SMS", "GRANTED", expires_at=NOW)
    await say(house, ada, "PHONE", "GRANTED", purpose="SERVICE", expires_at=at("2026-03-16"))
    assert await one(house, ada, "consents { channel purpose status source touchpoint { kind } expiresAt }") == {
        "consents": [
            {
                "channel": "EMAIL", "purpose": "MARKETING", "status": "WITHDRAWN", "source": "till",
                "touchpoint": {"kind": "VISIT"}, "expiresAt": None,
            },
            {
                "channel": "PHONE", "purpose": "SERVICE", "status": "GRANTED", "source": "shop", "touchpoint": None,
                "expiresAt": "2026-03-16T00:00:00+00:00",
            },
        ]
    }  # fmt: skip
    told = await one(house, ada, "all: consentHistory { channel status } two: consentHistory(first: 2) { channel }")
    assert [consent["status"] for consent in told["all"]] == ["WITHDRAWN", "GRANTED", "GRANTED", "GRANTED"]
    assert [consent["channel"] for consent in told["two"]] == ["EMAIL", "PHONE"]
    with pytest.raises(QuestionRefused, match="must be from 0 to 250"):
        await one(house, ada, "consentHistory(first: 251) { channel }")


async def test_a_partner_sees_consents_of_whom_it_has_an_identity_for(house: House) -> None:
    ada = await house.customer("Ada")
    await house.identity(ada, "EXTERNAL_ID", "L-1", "till")
    theirs, mine = await house.touchpoint(ada, source="shop"), await house.touchpoint(ada, source="till")
    await say(house, ada, "EMAIL", "GRANTED", touchpoint_id=theirs)
    await say(house, ada, "SMS", "DENIED", touchpoint_id=mine)
    what = "id consents { channel touchpoint { source } } consentHistory { status }"
    told = await one(house, ada, what, caller=TILL)
    assert told["consents"] == [
        {"channel": "EMAIL", "touchpoint": None},
        {"channel": "SMS", "touchpoint": {"source": "till"}},
    ]
    assert len(told["consentHistory"]) == 2
    # The shop knows her by its touchpoint alone: it has no identity of hers.
    text = "{ touchpoints { nodes { source customer { id consents { channel } } } } }"
    assert (await house.ask(text, caller=SHOP))["touchpoints"]["nodes"] == [
        {"source": "shop", "customer": {"id": public(ada), "consents": []}}
    ]
    for field in ("needs { name }", "channelPreferences { channel }", "reachableBy", "satisfaction { openCases }"):
        with pytest.raises(QuestionRefused) as refused:
            asked(f"{{ customers {{ nodes {{ {field} }} }} }}", caller=TILL)
        assert refused.value.code == "NOT_ALLOWED"


async def test_who_can_be_reached_has_an_address_and_allows_it(house: House) -> None:
    ada = await house.customer("Ada", email="ada@example.org", phone="+4420", address_lines=["1 High St"])
    bob, cleo = await house.customer("Bob", phone="+4421"), await house.customer("Cleo", email="c@example.org")
    dora = await house.customer("Dora", email="d@example.org", phone="+4423", address_lines=["2 High St"])
    for customer in (ada, bob):
        for channel in ("EMAIL", "PHONE", "SMS", "DIRECT_MAIL", "MOBILE_APP", "WEB", "TV"):
            await say(house, customer, channel, "GRANTED", expires_at=at("2026-03-16"))
    await house.identity(bob, "DEVICE", "d1")
    await house.identity(ada, "COOKIE", "c1")
    await say(house, cleo, "EMAIL", "GRANTED", expires_at=NOW)
    await say(house, cleo, "PHONE", "GRANTED")
    await say(house, dora, "EMAIL", "GRANTED", purpose="SERVICE")
    await say(house, dora, "PHONE", "DENIED")
    await say(house, dora, "SMS", "GRANTED", holds=False)
    reach = {}
    for name, customer in (("Ada", ada), ("Bob", bob), ("Cleo", cleo), ("Dora", dora)):
        reach[name] = (await one(house, customer, "reachableBy"))["reachableBy"]
    assert reach == {
        "Ada": ["DIRECT_MAIL", "EMAIL", "PHONE", "SMS", "WEB"],
        "Bob": ["MOBILE_APP", "PHONE", "SMS"],
        "Cleo": [],
        "Dora": [],
    }
    for channel in ("EMAIL", "PHONE", "SMS", "DIRECT_MAIL", "MOBILE_APP", "WEB", "TV"):
        expected = [name for name, channels in reach.items() if channel in channels]
        assert await house.names(f"{{reachableBy: [{channel}]}}") == expected
    assert await house.names("{reachableBy: [MOBILE_APP, DIRECT_MAIL]}") == ["Ada", "Bob"]
    assert await house.names("{reachableBy: []}") == []


async def test_consent_is_denied_where_nothing_was_said(house: House) -> None:
    names = {"Ada": "GRANTED", "Bob": "DENIED", "Cleo": "WITHDRAWN", "Dora": None, "Eve": "GRANTED"}
    for name, status in names.items():
        customer = await house.customer(name)
        if status:
            expires = NOW if name == "Eve" else None
            await say(house, customer, "EMAIL", status, expires_at=expires)
    assert await house.names("{consent: {channel: EMAIL}}") == ["Ada"]
    assert await house.names("{consent: {channel: EMAIL, status: DENIED}}") == ["Bob", "Dora", "Eve"]
    assert await house.names("{consent: {channel: EMAIL, status: WITHDRAWN}}") == ["Cleo"]
    assert await house.names("{consent: {channel: EMAIL, purpose: SERVICE}}") == []
    text = "query ($s: ConsentStatus) { customers(where: {consent: {channel: EMAIL, status: $s}}) { totalCount } }"
    assert (await house.ask(text, {"s": "GRANTED"}))["customers"]["totalCount"] == 1
    assert (await house.ask(text, {"s": "DENIED"}))["customers"]["totalCount"] == 3
    with pytest.raises(QuestionRefused, match="is null"):
        asked(text, {"s": None})


async def test_a_household_is_those_who_share_an_address(house: House) -> None:
    home, other = UUID(int=2**100), UUID(int=2**101)
    ada, bob = await house.customer("Ada", household_key=home), await house.customer("Bob", household_key=home)
    await house.customer("Cleo", household_key=other)
    await house.customer("Dora", household_key=home, erased_at=NOW)
    await house.customer("Eve", household_key=home, merged_into=bob)
    alone = await house.customer("Fay")
    assert (await one(house, ada, "household { displayName household { displayName } }"))["household"] == [
        {"displayName": "Bob", "household": [{"displayName": "Ada"}]}
    ]
    assert (await one(house, alone, "household { id }"))["household"] == []

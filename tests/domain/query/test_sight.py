"""Who sees what: personal data masked, partners with their own rows, and no caller with another's statement."""

from itertools import permutations
from typing import Any

import orjson
import pytest

from domain.access.principal import OPERATOR, Principal
from domain.catalog import ENTITIES
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.query.plan import Statements
from domain.query.run import run
from domain.vocabulary import Role
from schema import selection
from tests.domain.query.world import MASKED, NOW, TILL, House, asked, at, public, question

_PROFILE = """query ($id: ID!) { customer(id: $id) {
  displayName givenName email phone address { recipient lines postalCode city } demographics { birthDate gender }
  identities { kind source value } touchpoints { nodes { subject externalId properties kind } }
  orders { nodes { externalId total } } } }"""


async def _ada(house: House) -> Any:
    ada = await house.customer(
        "Ada", given_name="Ada", email="ada@example.org", address_recipient="c/o", address_lines=["1 High St"],
        postal_code="E1", city="London", birth_date=at("1980-01-02").date(), gender="f",
    )  # fmt: skip
    await house.identity(ada, "EMAIL", "ada@example.org", "shop")
    await house.identity(ada, "EXTERNAL_ID", "L-1", "till")
    await house.touchpoint(ada, subject="Hello", external_id="T-1", properties={"page": "/"})
    await house.order(ada, external_id="O-1", total="12.3456")
    return ada


async def test_personal_data_is_masked_and_everything_else_is_told(house: House) -> None:
    ada = await _ada(house)
    told = (await house.ask(_PROFILE, {"id": public(ada)}, caller=MASKED))["customer"]
    assert told == {
        "displayName": "***",
        "givenName": "***",
        "email": "***",
        "phone": None,
        "address": {"recipient": "***", "lines": ["***"], "postalCode": "***", "city": "London"},
        "demographics": {"birthDate": None, "gender": "f"},
        "identities": [
            {"kind": "EMAIL", "source": "shop", "value": "***"},
            {"kind": "EXTERNAL_ID", "source": "till", "value": "***"},
        ],
        "touchpoints": {"nodes": [{"subject": "***", "externalId": "***", "properties": {}, "kind": "VISIT"}]},
        "orders": {"nodes": [{"externalId": "***", "total": "12.3456"}]},
    }
    plainly = (await house.ask(_PROFILE, {"id": public(ada)}))["customer"]
    assert plainly["address"]["lines"] == ["1 High St"]
    assert plainly["demographics"]["birthDate"] == "1980-01-02"
    assert plainly["touchpoints"]["nodes"][0]["properties"] == {"page": "/"}


async def test_each_role_is_answered_as_from_a_cold_cache_in_every_order(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "{ customers { nodes { id identities { value source } } } orders { nodes { id externalId } } }"
    ada = await _ada(house)
    bob = await house.customer("Bob")
    await house.order(bob, source="till")
    callers = (
        OPERATOR,
        MASKED,
        TILL,
        Principal("other", Role.PARTNER, True, "shop"),
        Principal("m", Role.MARKETER, True),
    )
    cold = {}
    for caller in callers:
        monkeypatch.setattr(selection, "STATEMENTS", Statements(ENTITIES))
        cold[caller.name] = await house.ask(text, caller=caller)
    assert len({orjson.dumps(answer) for answer in cold.values()}) == 4  # the operator and the marketer see the same
    for order in permutations(callers):
        monkeypatch.setattr(selection, "STATEMENTS", Statements(ENTITIES))
        prepared = question(text)
        for caller in order:
            answer = orjson.loads(await run(house.tx, asked(text, caller=caller, prepared=prepared)))
            assert answer == cold[caller.name]
    assert public(ada) in str(cold["till"])


async def test_a_partner_has_the_rows_of_its_own_source(house: House) -> None:
    ada, bob = await house.customer("Ada"), await house.customer("Bob")
    await house.identity(ada, "EXTERNAL_ID", "L-1", "till")
    await house.identity(ada, "EMAIL", "ada@example.org", "shop")
    theirs, other = await house.order(bob, source="till"), await house.order(ada, source="shop")
    touch = await house.touchpoint(ada, source="till", order_id=other)
    job = house.id()
    await house.row("job", job_id=job, kind="IMPORT", source="till", queued_at=NOW, run_after=NOW)
    await house.row("job", job_id=house.id(), kind="IMPORT", source="shop", queued_at=NOW, run_after=NOW)
    told = await house.ask(
        """query ($ada: ID!, $bob: ID!, $theirs: ID!, $other: ID!) {
          customers { totalCount nodes { id identities { source } } }
          ada: customer(id: $ada) { id } bob: customer(id: $bob) { id }
          theirs: order(id: $theirs) { id customer { id identities { value } } } other: order(id: $other) { id }
          nodes(ids: [$bob, $other, $theirs]) { id }
          touchpoints { nodes { id order { id } } } jobs { nodes { id } } }""",
        {
            "ada": public(ada),
            "bob": public(bob),
            "theirs": public(theirs, Prefix.ORDER),
            "other": public(other, Prefix.ORDER),
        },
        caller=TILL,
    )
    assert told == {
        "customers": {"totalCount": 1, "nodes": [{"id": public(ada), "identities": [{"source": "till"}]}]},
        "ada": {"id": public(ada)},
        "bob": None,
        # The customer of a partner's own order is named, with identities of its source only.
        "theirs": {"id": public(theirs, Prefix.ORDER), "customer": {"id": public(bob), "identities": []}},
        "other": None,
        "nodes": [None, None, {"id": public(theirs, Prefix.ORDER)}],
        "touchpoints": {"nodes": [{"id": public(touch, Prefix.TOUCHPOINT), "order": None}]},
        "jobs": {"nodes": [{"id": public(job, Prefix.JOB)}]},
    }


async def test_a_partner_without_a_source_sees_nothing(house: House) -> None:
    ada = await _ada(house)
    nobody = Principal("nobody", Role.PARTNER)
    text = "query ($id: ID!) { customer(id: $id) { id } orders { nodes { id } } touchpoints { nodes { id } } }"
    told = await house.ask(text, {"id": public(ada)}, caller=nobody)
    assert told == {"customer": None, "orders": {"nodes": []}, "touchpoints": {"nodes": []}}


@pytest.mark.parametrize(
    "text",
    [
        "{ customers { nodes { displayName } } }",
        "{ customers { nodes { orders { nodes { id } } } } }",
        "{ customers(orderBy: {field: REVENUE}) { nodes { id } } }",
        '{ customers(where: {country: {eq: "GB"}}) { nodes { id } } }',
        '{ customers(where: {identity: {source: "shop"}}) { nodes { id } } }',
        '{ customers(search: "a") { nodes { id } } }',
        "{ valueModels { id } }",
        '{ node(id: "vm_%s") { id } }' % ("0" * 32),
        "{ orders { nodes { customer { profitability { revenue } } } } }",
    ],
)
def test_what_is_not_a_partners_is_refused_before_any_sql(text: str) -> None:
    with pytest.raises(QuestionRefused) as refused:
        asked(text, caller=TILL)
    assert refused.value.code == "NOT_ALLOWED"


async def test_a_customer_is_found_by_any_way_of_writing_an_identity(house: House) -> None:
    ada = await _ada(house)
    text = "query ($kind: IdentityKind!, $value: String!, $source: String) { customerByIdentity(kind: $kind, value: $value, source: $source) { id } }"  # noqa: E501
    for kind, value, source in (("EMAIL", " ADA@Example.org", None), ("EXTERNAL_ID", "L-1", "till")):
        told = await house.ask(text, {"kind": kind, "value": value, "source": source}, caller=MASKED)
        assert told["customerByIdentity"] == {"id": public(ada)}
    for caller, source, found in ((TILL, "till", True), (TILL, None, False)):
        kind, value = ("EXTERNAL_ID", "L-1") if source else ("EMAIL", "ada@example.org")
        told = await house.ask(text, {"kind": kind, "value": value, "source": source}, caller=caller)
        # The till knows Ada, but it was the shop that told her address: the till cannot try addresses out.
        assert bool(told["customerByIdentity"]) is found
    with pytest.raises(QuestionRefused, match="no phone number") as refused:
        asked(text, {"kind": "PHONE", "value": "12"})
    assert refused.value.code == "INVALID"

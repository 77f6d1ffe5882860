"""Profiles over GraphQL, one thing at a time: needs, consents, preferences, identities and declared attributes."""

from typing import Any

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from tests.schema.world import ask

ADA = {"identity": {"kind": "EMAIL", "value": "Ada@example.org"}}
TILL = Principal("till", Role.PARTNER, source="till")
_SEEN = """customer { id email needs { id kind name detail strength source recordedAt }
  consents { channel purpose status source recordedAt expiresAt } consentHistory { status }
  channelPreferences { channel stated } identities { kind source value primary verified } attributes }
  errors { code path message subjects }"""
NEED = f"mutation ($c: CustomerRef!, $i: NeedInput!) {{ done: needRecord(customer: $c, input: $i) {{ {_SEEN} }} }}"
NO_NEED = (
    "mutation ($c: CustomerRef!, $k: NeedKind!, $n: String!)"
    f" {{ done: needRemove(customer: $c, kind: $k, name: $n) {{ {_SEEN} }} }}"
)
CONSENT = (
    f"mutation ($c: CustomerRef!, $i: ConsentInput!) {{ done: consentRecord(customer: $c, input: $i) {{ {_SEEN} }} }}"
)
PREFERENCE = (
    "mutation ($c: CustomerRef!, $h: Channel!, $p: Boolean)"
    f" {{ done: channelPreferenceState(customer: $c, channel: $h, preferred: $p) {{ {_SEEN} }} }}"
)
REMOVE = f"mutation ($c: ID!, $i: IdentityInput!) {{ done: identityRemove(customer: $c, identity: $i) {{ {_SEEN} }} }}"
UPSERT = f"mutation ($i: CustomerUpsertInput!) {{ done: customerUpsert(input: $i) {{ {_SEEN} }} }}"
DECLARE = """mutation ($i: AttributeDeclarationInput!) { done: attributeDeclare(input: $i) {
  attribute { name type personal description } errors { code path message } } }"""


async def do(db: Database, text: str, caller: Principal = OPERATOR, **variables: object) -> Any:
    if caller.role is Role.PARTNER:
        text = text.replace(_SEEN, "customer { id } errors { code path message subjects }")
    answer = await ask(db, caller, text, variables)
    assert answer.code is None, answer.body
    return orjson.loads(answer.body)["data"]["done"]


def faults(told: Any) -> list[tuple[str, list[str]]]:
    assert (told.get("customer") is None) == bool(told["errors"])
    return [(one["code"], one["path"]) for one in told["errors"]]


async def test_of_one_kind_and_name_there_is_one_need(db: Database) -> None:
    told = await do(db, NEED, c=ADA, i={"kind": "MOTIVATION", "name": "Save  time", "detail": "the children"})
    assert told["customer"]["email"] == "ada@example.org"
    [need] = told["customer"]["needs"]
    assert (need["name"], need["strength"], need["detail"]) == ("Save time", 1, "the children")
    told = await do(db, NEED, c=ADA, i={"kind": "MOTIVATION", "name": "Save time", "strength": 0.25, "source": "shop"})
    [again] = told["customer"]["needs"]
    assert (again["id"], again["strength"], again["source"], again["detail"]) == (need["id"], 0.25, "shop", None)
    told = await do(db, NO_NEED, c={"id": told["customer"]["id"]}, k="MOTIVATION", n="Save time")
    assert told["customer"]["needs"] == []
    assert faults(await do(db, NO_NEED, c=ADA, k="MOTIVATION", n="Save time")) == [("NOT_FOUND", ["name"])]


async def test_a_need_told_late_does_not_undo_what_was_told_since(db: Database) -> None:
    await do(db, NEED, c=ADA, i={"kind": "BELIEF", "name": "x", "strength": 1, "recordedAt": "2025-05-05T00:00:00Z"})
    late = {"kind": "BELIEF", "name": "x", "strength": 0, "recordedAt": "2025-04-04T00:00:00Z"}
    assert [need["strength"] for need in (await do(db, NEED, c=ADA, i=late))["customer"]["needs"]] == [1]


async def test_consents_are_a_history_and_the_later_holds(db: Database) -> None:
    may = {"channel": "EMAIL", "status": "GRANTED", "recordedAt": "2025-05-05T00:00:00Z", "source": "form"}
    await do(db, CONSENT, c=ADA, i=may)
    told = await do(db, CONSENT, c=ADA, i=may | {"status": "DENIED", "recordedAt": "2025-04-04T00:00:00Z"})
    [held] = told["customer"]["consents"]
    assert (held["status"], held["source"], held["purpose"]) == ("GRANTED", "form", "MARKETING")
    assert [one["status"] for one in told["customer"]["consentHistory"]] == ["GRANTED", "DENIED"]
    told = await do(db, CONSENT, c=ADA, i=may | {"status": "WITHDRAWN"})
    assert [one["status"] for one in told["customer"]["consents"]] == ["WITHDRAWN"]
    again = await do(db, CONSENT, c=ADA, i=may)
    assert again["customer"] == told["customer"]
    assert len(again["customer"]["consentHistory"]) == 3


async def test_a_preference_can_be_taken_back(db: Database) -> None:
    def stated(told: Any) -> list[tuple[str, bool]]:
        return [
            (one["channel"], one["stated"])
            for one in told["customer"]["channelPreferences"]
            if one["stated"] is not None
        ]

    assert stated(await do(db, PREFERENCE, c=ADA, h="SMS", p=True)) == [("SMS", True)]
    assert stated(await do(db, PREFERENCE, c=ADA, h="SMS", p=False)) == [("SMS", False)]
    assert stated(await do(db, PREFERENCE, c=ADA, h="SMS", p=None)) == []


async def test_what_is_done_in_one_request_is_done_in_its_order(db: Database) -> None:
    """One request has one instant: the later field holds all the same."""
    text = (
        "mutation ($c: CustomerRef!) {"
        ' a: needRecord(customer: $c, input: {kind: BELIEF, name: "z"}) { errors { code } }'
        ' b: needRemove(customer: $c, kind: BELIEF, name: "z") { errors { code } }'
        " d: channelPreferenceState(customer: $c, channel: WEB, preferred: true) { errors { code } }"
        f" done: channelPreferenceState(customer: $c, channel: WEB, preferred: false) {{ {_SEEN} }} }}"
    )
    told = await do(db, text, c=ADA)
    assert told["customer"]["needs"] == []
    assert [one["stated"] for one in told["customer"]["channelPreferences"] if one["channel"] == "WEB"] == [False]


async def test_what_is_refused_names_its_argument_and_leaves_no_trace(db: Database) -> None:
    may = {"channel": "EMAIL", "status": "GRANTED"}
    new = {"identity": {"kind": "EMAIL", "value": "new@example.org"}}
    tried: list[tuple[str, dict[str, Any], str, str]] = [
        (NEED, {"c": new, "i": {"kind": "BELIEF", "name": "x", "strength": 1.5}}, "OUT_OF_RANGE", "input.strength"),
        (NEED, {"c": new, "i": {"kind": "BELIEF", "name": " "}}, "INVALID", "input.name"),
        (NEED, {"c": new, "i": {"kind": "BELIEF", "name": "x" * 256}}, "OUT_OF_RANGE", "input.name"),
        (
            *(NEED, {"c": new, "i": {"kind": "BELIEF", "name": "x", "recordedAt": "2199-01-01T00:00:00Z"}}),
            *("OUT_OF_RANGE", "input.recordedAt"),
        ),
        (NEED, {"c": {"id": "cus_" + "0" * 32}, "i": {"kind": "BELIEF", "name": "x"}}, "NOT_FOUND", "customer.id"),
        (NEED, {"c": {"id": "ord_" + "0" * 32}, "i": {"kind": "BELIEF", "name": "x"}}, "INVALID", "customer.id"),
        (
            *(CONSENT, {"c": {"identity": {"kind": "PHONE", "value": "0"}}, "i": may}),
            *("INVALID", "customer.identity.value"),
        ),
        (
            *(CONSENT, {"c": new, "i": may | {"expiresAt": "2020-01-01T00:00:00Z"}}),
            *("INVALID", "input.expiresAt"),
        ),
        (
            *(CONSENT, {"c": new, "i": {"channel": "SMS", "status": "DENIED", "expiresAt": "2030-01-01T00:00:00Z"}}),
            *("INVALID", "input.expiresAt"),
        ),
        (NO_NEED, {"c": new, "k": "BELIEF", "n": "x"}, "NOT_FOUND", "name"),
        (REMOVE, {"c": "cus_" + "0" * 32, "i": new["identity"]}, "NOT_FOUND", "customer"),
        (REMOVE, {"c": "x", "i": new["identity"]}, "INVALID", "customer"),
        (UPSERT, {"i": {"identities": [new["identity"]], "attributes": {"hat": 1}}}, "INVALID", "input.attributes.hat"),
        (
            *(UPSERT, {"i": {"identities": [new["identity"]], "address": {"country": "Atlantis"}}}),
            *("INVALID", "input.address.country"),
        ),
    ]
    for text, variables, code, path in tried:
        assert faults(await do(db, text, **variables)) == [(code, path.split("."))], path
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customer") == 0
        assert await connection.fetchval("SELECT count(*) FROM identity_claim") == 0


async def test_the_last_identity_stays_and_a_removed_one_can_be_somebody_elses(db: Database) -> None:
    second = {"kind": "EMAIL", "value": "b@example.org", "primary": True}
    told = await do(db, UPSERT, i={"identities": [ADA["identity"], second], "displayName": "Ada"})
    customer = told["customer"]["id"]
    assert told["customer"]["email"] == "b@example.org"
    told = await do(db, REMOVE, c=customer, i={"kind": "EMAIL", "value": "B@example.org"})
    assert told["customer"]["email"] == "ada@example.org"
    assert [(one["value"], one["primary"]) for one in told["customer"]["identities"]] == [("ada@example.org", True)]
    last = await do(db, REMOVE, c=customer, i=ADA["identity"])
    assert faults(last) == [("IN_WRONG_STATE", ["identity"])]
    assert last["errors"][0]["subjects"] == [customer]
    other = await do(db, UPSERT, i={"identities": [second], "displayName": "Bo"})
    assert other["customer"]["id"] != customer


async def test_attributes_are_declared_before_they_are_stated(db: Database) -> None:
    hat = {"name": "hat", "type": "NUMBER", "personal": False, "description": "Size"}
    assert (await do(db, DECLARE, i=hat))["attribute"] == hat
    told = await do(db, UPSERT, i={"identities": [ADA["identity"]], "attributes": {"hat": 57.5}})
    assert told["customer"]["attributes"] == {"hat": 57.5}
    refused = await do(db, UPSERT, i={"identities": [ADA["identity"]], "attributes": {"hat": "57"}})
    assert faults(refused) == [("INVALID", ["input", "attributes", "hat"])]
    changed = await do(db, DECLARE, i=hat | {"type": "STRING"})
    assert [(one["code"], one["path"]) for one in changed["errors"]] == [("IN_USE", ["input", "type"])]
    await do(db, DECLARE, i=hat | {"personal": True})
    masked = await ask(db, Principal("reader", Role.ANALYST), "{ customers { nodes { attributes } } }")
    assert orjson.loads(masked.body)["data"]["customers"]["nodes"] == [{"attributes": {}}] or b"57" not in masked.body
    listed = await ask(db, Principal("reader", Role.ANALYST), "{ attributes { name type personal description } }")
    assert orjson.loads(listed.body)["data"]["attributes"] == [hat | {"personal": True}]
    cleared = await do(db, UPSERT, i={"identities": [ADA["identity"]], "attributes": {"hat": None}})
    assert cleared["customer"]["attributes"] == {}
    assert (await do(db, DECLARE, i=hat | {"type": "STRING"}))["attribute"]["type"] == "STRING"


async def test_a_partner_states_for_itself_only_what_nobody_else_has(db: Database) -> None:
    await do(db, UPSERT, i={"identities": [ADA["identity"]], "givenName": "Ada", "source": "crm"})
    name = {"identities": [ADA["identity"]], "givenName": "Eve"}
    assert faults(await do(db, UPSERT, TILL, i=name)) == [("NOT_ALLOWED", ["input", "givenName"])]
    loyalty = {"kind": "EXTERNAL_ID", "value": "17"}
    told = await do(db, UPSERT, TILL, i={"identities": [ADA["identity"], loyalty], "kind": "PERSON"})
    assert told["errors"] == []
    verified = {"identities": [loyalty | {"verified": True}]}
    assert faults(await do(db, UPSERT, TILL, i=verified)) == [("NOT_ALLOWED", ["input", "identities", "0", "verified"])]
    assert faults(await do(db, UPSERT, TILL, i=name | {"source": "crm"})) == [("NOT_ALLOWED", ["input", "source"])]
    foreign = {"identities": [loyalty | {"source": "crm"}]}
    assert faults(await do(db, UPSERT, TILL, i=foreign)) == [("NOT_ALLOWED", ["input", "identities", "0", "source"])]
    need = {"kind": "BELIEF", "name": "x", "source": "crm"}
    assert faults(await do(db, NEED, TILL, c={"identity": loyalty}, i=need)) == [("NOT_ALLOWED", ["input", "source"])]


async def test_a_partner_names_by_id_only_whom_it_knows_and_learns_of_nobody_else(db: Database) -> None:
    ada = await do(db, UPSERT, i={"identities": [ADA["identity"]], "givenName": "Ada", "source": "crm"})
    need = {"kind": "BELIEF", "name": "x"}
    unknown = await do(db, NEED, TILL, c={"id": ada["customer"]["id"]}, i=need)
    assert faults(unknown) == [("NOT_FOUND", ["customer", "id"])]
    loyalty = {"kind": "EXTERNAL_ID", "value": "17"}
    await do(db, UPSERT, TILL, i={"identities": [loyalty], "givenName": "Bo"})
    both = await do(db, UPSERT, TILL, i={"identities": [loyalty, ADA["identity"]]})
    assert faults(both) == [("CONFLICT", ["input", "identities"])]
    assert both["errors"][0]["subjects"] == []
    by_admin = await do(db, UPSERT, i={"identities": [loyalty | {"source": "till"}, ADA["identity"]]})
    assert len(by_admin["errors"][0]["subjects"]) == 2


async def test_a_need_is_the_same_however_its_name_is_spelled(db: Database) -> None:
    told = await do(db, NEED, c=ADA, i={"kind": "MOTIVATION", "name": "Save time"})
    [need] = told["customer"]["needs"]
    told = await do(db, NEED, c=ADA, i={"kind": "MOTIVATION", "name": "SAVE  Time", "strength": 0.5})
    assert [(one["id"], one["name"]) for one in told["customer"]["needs"]] == [(need["id"], "SAVE Time")]
    told = await do(db, NO_NEED, c=ADA, k="MOTIVATION", n=" save time ")
    assert told["customer"]["needs"] == []


async def test_a_partner_learns_of_no_need_by_removing_it(db: Database) -> None:
    ada = await do(db, NEED, c=ADA, i={"kind": "BELIEF", "name": "paper", "source": "crm"})
    told = [await do(db, NO_NEED, TILL, c=ADA, k="BELIEF", n=name) for name in ("paper", "plastic")]
    told += [await do(db, NO_NEED, TILL, c={"id": ada["customer"]["id"]}, k="BELIEF", n="paper")]
    assert faults(told[0]) == [("NOT_FOUND", ["name"])]
    assert told[0] == told[1] == told[2]
    await do(db, NEED, TILL, c=ADA, i={"kind": "BELIEF", "name": "glass"})
    assert (await do(db, NO_NEED, TILL, c=ADA, k="BELIEF", n="Glass"))["errors"] == []


async def test_an_attribute_with_a_dot_is_one_step_of_a_path(db: Database) -> None:
    await do(db, DECLARE, i={"name": "shoe.size", "type": "NUMBER", "personal": False})
    for name in ("shoe.size", "no.such"):
        refused = await do(db, UPSERT, i={"identities": [ADA["identity"]], "attributes": {name: "x"}})
        assert faults(refused) == [("INVALID", ["input", "attributes", name])]


async def test_of_a_name_of_blanks_nothing_is_left(db: Database) -> None:
    await do(db, UPSERT, i={"identities": [ADA["identity"]], "displayName": "   ", "givenName": " Ada  Augusta "})
    async with db.connection() as connection:
        row = await connection.fetchrow("SELECT display_name, given_name FROM customer")
    assert row is not None
    assert tuple(row) == ("Ada Augusta", "Ada Augusta")


async def test_what_is_of_another_type_than_declared_since_is_not_shown(db: Database) -> None:
    hat = {"name": "hat", "type": "STRING", "personal": False}
    await do(db, DECLARE, i=hat)
    told = {"identities": [ADA["identity"]], "attributes": {"hat": "large"}}
    await do(db, UPSERT, i=told | {"recordedAt": "2025-01-01T00:00:00Z"})
    await do(db, UPSERT, i=told | {"attributes": {"hat": None}, "recordedAt": "2025-02-02T00:00:00Z"})
    assert (await do(db, DECLARE, i=hat | {"type": "NUMBER"}))["errors"] == []
    async with db.transaction() as tx:
        await tx.execute("DELETE FROM customer_statement WHERE recorded_at = '2025-02-02T00:00:00Z'")
    seen = await do(db, UPSERT, i={"identities": [ADA["identity"]], "displayName": "Ada"})
    assert seen["customer"]["attributes"] == {}


async def test_the_log_tells_what_held_before_a_deed_and_what_after_it(db: Database) -> None:
    seen = set[str]()

    async def entry(action: str) -> Any:
        text = "query ($a: String!) { auditLog(first: 9, action: $a) { nodes { id detail } } }"
        answer = await ask(db, OPERATOR, text, {"a": action})
        nodes = orjson.loads(answer.body)["data"]["auditLog"]["nodes"]
        [node] = [one for one in nodes if one["id"] not in seen]
        seen.add(node["id"])
        return node["detail"].get("before", {}), node["detail"].get("after", {})

    second = {"kind": "EMAIL", "value": "b@example.org"}
    named = {"identities": [ADA["identity"], second], "source": "crm"}
    told = await do(db, UPSERT, i=named | {"displayName": "Ada", "kind": "PERSON"})
    assert (await entry("customerUpsert"))[1]["displayName"] == "Ada"
    await do(db, UPSERT, i=named | {"displayName": "Countess", "kind": "PERSON"})
    assert await entry("customerUpsert") == ({"displayName": "Ada"}, {"displayName": "Countess"})
    await do(db, NEED, c=ADA, i={"kind": "BELIEF", "name": "Paper", "strength": 1})
    assert (await entry("needRecord"))[0] == {"needs.BELIEF.paper": None}
    await do(db, NEED, c=ADA, i={"kind": "BELIEF", "name": "paper", "strength": 0})
    before, after = await entry("needRecord")
    assert before == {"needs.BELIEF.paper": {"name": "Paper", "detail": None, "strength": 1}}
    assert after == {"needs.BELIEF.paper": {"name": "paper", "detail": None, "strength": 0}}
    await do(db, NO_NEED, c=ADA, k="BELIEF", n="paper")
    assert await entry("needRemove") == (after, {"needs.BELIEF.paper": None})
    await do(db, CONSENT, c=ADA, i={"channel": "SMS", "status": "GRANTED", "source": "form"})
    assert (await entry("consentRecord"))[0] == {"consents.SMS.MARKETING": None}
    await do(db, CONSENT, c=ADA, i={"channel": "SMS", "status": "WITHDRAWN", "source": "form"})
    statuses = [part["consents.SMS.MARKETING"]["status"] for part in await entry("consentRecord")]
    assert statuses == ["GRANTED", "WITHDRAWN"]
    await do(db, PREFERENCE, c=ADA, h="SMS", p=True)
    assert await entry("channelPreferenceState") == ({"preferences.SMS": None}, {"preferences.SMS": True})
    await do(db, PREFERENCE, c=ADA, h="SMS", p=False)
    assert await entry("channelPreferenceState") == ({"preferences.SMS": True}, {"preferences.SMS": False})
    await do(db, REMOVE, c=told["customer"]["id"], i=second)
    gone = "identities.EMAIL..b@example.org"
    assert await entry("identityRemove") == ({gone: {"primary": False}}, {gone: None})

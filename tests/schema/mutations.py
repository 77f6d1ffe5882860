"""A sample of every mutation, in an order in which each finds what it needs; a new mutation needs a new sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.access.principal import Principal
from domain.database import Database
from domain.vocabulary import Role
from tests.schema.world import ask

CALLER = Principal("head office", Role.ADMIN, reads_personal_data=True)
ADA = '{identity: {kind: EMAIL, value: "ada@example.org"}}'
TOUCH = """{customer: %s, channel: WEB, kind: VISIT, occurredAt: "2026-03-01T09:30:00Z", source: "shop",
  externalId: "%s", subject: "Shoes"}"""
ORDER = """{customer: %s, source: "shop", externalId: "O-1", orderedAt: "2026-03-02T10:00:00Z", channel: WEB,
  lines: [{sku: "A", quantity: 3, unitPrice: "9.90", unitCost: "4"}]}"""
RETURN = """{source: "shop", externalId: "%s", orderExternalId: "O-1", returnedAt: "2026-03-09T10:00:00Z",
  lines: [{sku: "A", quantity: 1}]}"""
ROWS = "{ results { id status errors { code message path } } errors { code message } }"
PERSON = "{ customer { id } errors { code message path } }"
PLANNED = "{ campaign { id } errors { code message path } }"
ORDERED = "{ order { id } errors { code message path } }"
JOB = "{ job { id } errors { code message path } }"
O1 = '{external: {source: "shop", externalId: "O-1"}}'


@dataclass(frozen=True, slots=True)
class Sample:
    """One call, and what its subject's id starts with; None for calls with many rows and for what has no id."""

    text: str
    subject: str | None
    # What of it has to stand in the entry's detail.
    tells: str | None = None


SAMPLES: Mapping[str, Sample] = {
    "settingsUpdate": Sample(
        "(input: {horizonMonths: 18}) { settings { horizonMonths } errors { code message } }", None, "18"
    ),
    "attributeDeclare": Sample(
        '(input: {name: "shoeSize", type: NUMBER, personal: false}) { attribute { name } errors { code message } }',
        "shoeSize",
        "shoeSize",
    ),
    "productsUpsert": Sample('(input: [{sku: "A", name: "Apple", price: "9.90"}]) ' + ROWS, None, "created"),
    "customerUpsert": Sample(
        '(input: {identities: [{kind: EMAIL, value: "ada@example.org"}], displayName: "Ada", source: "shop"}) '
        + PERSON,
        "cus",
        "Ada",
    ),
    "customersUpsert": Sample(
        '(input: [{identities: [{kind: EMAIL, value: "bob@example.org"}], displayName: "Bob", source: "shop"}]) '
        + ROWS,
        None,
        "created",
    ),
    "touchpointRecord": Sample(
        f"(input: {TOUCH % (ADA, 'T-1')}) {{ touchpoint {{ id }} errors {{ code message path }} }}", "tp", "Shoes"
    ),
    "touchpointRetract": Sample('(id: "{touchpoint}") { errors { code message path } }', "tp"),
    "touchpointsRecord": Sample(f"(input: [{TOUCH % (ADA, 'T-2')}]) {ROWS}", None, "created"),
    "ordersRecord": Sample(f"(input: [{ORDER % ADA}]) {ROWS}", None, "created"),
    "orderUpdate": Sample(
        f'(order: {O1}, input: {{shippedAt: "2026-03-03T10:00:00Z"}}) {ORDERED}', "ord", "2026-03-03"
    ),
    "paymentRecord": Sample(
        f'(order: {O1}, input: {{externalId: "P-1", method: CARD, amount: "29.70",'
        f' paidAt: "2026-03-03T10:00:00Z"}}) {ORDERED}',
        "ord",
        "P-1",
    ),
    "returnRecord": Sample(f"(input: {RETURN % 'R-1'}) {ORDERED}", "ret", "R-1"),
    "returnsRecord": Sample(f"(input: [{RETURN % 'R-2'}]) {ROWS}", None, "created"),
    "needRecord": Sample(f'(customer: {ADA}, input: {{kind: MOTIVATION, name: "comfort"}}) {PERSON}', "cus", "comfort"),
    "needRemove": Sample(f'(customer: {ADA}, kind: MOTIVATION, name: "comfort") {PERSON}', "cus", "comfort"),
    "consentRecord": Sample(
        f'(customer: {ADA}, input: {{channel: EMAIL, status: GRANTED, source: "shop"}}) {PERSON}', "cus", "GRANTED"
    ),
    "channelPreferenceState": Sample(f"(customer: {ADA}, channel: PHONE, preferred: true) {PERSON}", "cus", "PHONE"),
    "identityRemove": Sample(
        '(customer: "{customer}", identity: {kind: PHONE, value: "+44 20 7946 0018"}) ' + PERSON, "cus", "PHONE"
    ),
    "customerMerge": Sample('(into: "{customer}", from: "{other}") ' + PERSON, "cus", "{other}"),
    "customerUnmerge": Sample('(customer: "{customer}", from: "{other}") ' + PERSON, "cus", "{other}"),
    "segmentCreate": Sample(
        '(input: {name: "Best customers", where: {valueTier: [HIGH]}}) { segment { id } errors { code message path } }',
        "seg",
        "best-customers",
    ),
    "segmentUpdate": Sample(
        '(id: "{segment}", input: {description: "Of the last year"}) { segment { id } errors { code message path } }',
        "seg",
        "Of the last year",
    ),
    "segmentRefresh": Sample('(id: "{segment}") ' + JOB, "job"),
    "segmentArchive": Sample('(id: "{segment}") { segment { id } errors { code message path } }', "seg", "archived"),
    "segmentRestore": Sample('(id: "{segment}") { segment { id } errors { code message path } }', "seg", "archived"),
    "segmentMembersAdd": Sample(
        f'(id: "{{list}}", customers: [{ADA}]) {{ segment {{ id }} errors {{ code path }} }}', "seg"
    ),
    "segmentMembersRemove": Sample(
        f'(id: "{{list}}", customers: [{ADA}]) {{ segment {{ id }} errors {{ code path }} }}', "seg"
    ),
    "segmentsDiscover": Sample('(input: {keyPrefix: "habit"}) ' + JOB, "job", "habit"),
    "segmentExport": Sample('(id: "{list}", format: NDJSON, fields: ["id"]) ' + JOB, "job", "NDJSON"),
    "campaignCreate": Sample(
        '(input: {key: "spring", name: "Spring", goal: LOYALTY, segments: ["{segment}"], steps: [{channel: EMAIL}]})'
        + PLANNED,
        "cmp",
        "LOYALTY",
    ),
    "campaignUpdate": Sample(f'(id: "{{campaign}}", input: {{fixedCost: "12.50"}}) {PLANNED}', "cmp", "12.5"),
    "campaignCopy": Sample(f'(id: "{{campaign}}", key: "summer") {PLANNED}', "cmp", "summer"),
    "contactsRecord": Sample(
        f'(input: [{{campaign: "{{campaign}}", customer: {ADA}, status: SENT, at: "2026-03-05T10:00:00Z"}}]) {ROWS}',
        None,
        "created",
    ),
    "customerExport": Sample('(customer: "{customer}") ' + JOB, "cus", "job_"),
    "customerErase": Sample('(customer: "{customer}") ' + JOB, "cus", "job_"),
    "jobStart": Sample("(kind: FIT_VALUE_MODEL) " + JOB, "job", "FIT_VALUE_MODEL"),
    "jobCancel": Sample('(id: "{job}") ' + JOB, "job"),
}


@dataclass(slots=True)
class Scene:
    """A database in which the samples are played, and the ids that came up."""

    db: Database
    ids: dict[str, str] = field(default_factory=dict)

    async def play(self, name: str) -> Any:
        """The payload of the sample."""
        text = self.named(SAMPLES[name].text)
        payload = (await self.ask(f"mutation {{ {name}{text} }}"))[name]
        assert payload["errors"] == [], (name, payload)
        assert not [row for row in payload.get("results", ()) if row["errors"]], (name, payload)
        for key, value in payload.items():
            if isinstance(value, dict) and "id" in value:
                self.ids[key] = value["id"]
        return payload

    def named(self, text: str) -> str:
        """With the ids that came up in the place of their names."""
        for key, id_ in self.ids.items():
            text = text.replace("{" + key + "}", id_)
        return text

    async def prepare(self, name: str) -> None:
        """What the sample needs beside the samples before it."""
        if name == "identityRemove":
            await self.ask(
                'mutation { customerUpsert(input: {identities: [{kind: EMAIL, value: "ada@example.org"},'
                ' {kind: PHONE, value: "+44 20 7946 0018"}], source: "shop"}) { errors { code message } } }'
            )
        if name == "segmentMembersAdd":
            made = await self.ask(
                'mutation { segmentCreate(input: {name: "Guests", kind: STATIC}) { segment { id } } }'
            )
            self.ids["list"] = made["segmentCreate"]["segment"]["id"]
        if name == "customerMerge":
            found = await self.ask('{ customerByIdentity(kind: EMAIL, value: "bob@example.org") { id } }')
            self.ids["other"] = found["customerByIdentity"]["id"]

    async def ask(self, text: str) -> Any:
        answer = await ask(self.db, CALLER, text)
        assert answer.code is None, (text, answer.body, answer.unexpected)
        return orjson.loads(answer.body)["data"]

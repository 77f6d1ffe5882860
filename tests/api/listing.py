"""Lists of people with awkward names, and their files: what tests of exports share."""

from collections.abc import Sequence
from typing import Any

import httpx

from domain.vocabulary import JobKind, JobStatus
from tests.support.uploads import Hand, asked

AWKWARD: Sequence[dict[str, object]] = [
    {"displayName": '"Ada", Countess\r\nof Lovelace; O\'Neill', "address": {"city": "London", "lines": ["1\n2"]}},
    {"displayName": '=cmd|"/c calc"!A1', "givenName": "+1", "familyName": "-2"},
    {"displayName": "@SUM(A1)", "givenName": " =1", "familyName": "\t=2"},
    {
        "displayName": "Zoë 😀👩‍👩‍👧",
        "givenName": "משה",
        "familyName": "\u202eevil\u202c",
        "attributes": {"hat": 57, "vip": True},
    },
    {"displayName": None, "demographics": {"birthDate": "1815-12-10", "householdSize": 0}},
    {"displayName": "\\ \\n {} [] null NaN", "address": {"postalCode": "00123"}},
]
FIELDS = [
    *("displayName", "id", "email", "phone", "givenName", "familyName", "kind", "createdAt", "lifecycleStage"),
    *("address.city", "address.postalCode", "demographics.birthDate", "demographics.householdSize", "attributes"),
    *("profitability.profit", "profitability.margin", "churnRisk.probability", "purchasing.orderCount"),
    *("satisfaction.openCases", "lifetimeValue.predicted", "lifetimeValue.model.inUse", "ranks.exact"),
]
ASK = """mutation ($id: ID!, $format: ExportFormat, $fields: [String!]) {
  segmentExport(id: $id, format: $format, fields: $fields) { job { id } errors { code message path } } }"""
ASK = ASK.replace("$format: ExportFormat,", "$format: ExportFormat! = CSV,")
JOB = "query ($id: ID!) { job(id: $id) { status result files { name url mediaType rows } } }"
ADD = "mutation ($id: ID!, $of: [CustomerRef!]!) { segmentMembersAdd(id: $id, customers: $of) { errors { code } } }"
REMOVE = ADD.replace("segmentMembersAdd", "segmentMembersRemove")
UPSERT = """mutation ($input: [CustomerUpsertInput!]!) { customersUpsert(input: $input) {
  results { id errors { message } } errors { message } } }"""


async def listed(client: httpx.AsyncClient, people: Sequence[dict[str, object]] = AWKWARD) -> tuple[str, list[str]]:
    """A list with these people on it."""
    for name, type_ in (("hat", "NUMBER"), ("vip", "BOOLEAN")):
        said = f'{{name: "{name}", type: {type_}, personal: false}}'
        await asked(client, f"mutation {{ attributeDeclare(input: {said}) {{ errors {{ code }} }} }}")
    rows = [
        {"identities": [{"kind": "EMAIL", "value": f"p{at}@example.org"}], "source": "shop"} | person
        for at, person in enumerate(people)
    ]
    rows[0]["identities"] = [*rows[0]["identities"], {"kind": "PHONE", "value": "+44 20 7946 0018"}]  # type: ignore[misc]
    told = (await asked(client, UPSERT, input=rows))["customersUpsert"]
    ids = [row["id"] for row in told["results"]]
    assert all(ids), told
    made = await asked(client, 'mutation { segmentCreate(input: {name: "A, list", kind: STATIC}) { segment { id } } }')
    segment = made["segmentCreate"]["segment"]["id"]
    refs = [{"id": id_} for id_ in ids]
    assert (await asked(client, ADD, id=segment, of=refs))["segmentMembersAdd"]["errors"] == []
    return segment, ids


async def exported(client: httpx.AsyncClient, worker: Hand, segment: str, **said: object) -> tuple[Any, httpx.Response]:
    """The job as it ended, and its file."""
    payload = (await asked(client, ASK, id=segment, **said))["segmentExport"]
    assert payload["errors"] == []
    await worker.carry_out(JobKind.EXPORT)
    job = (await asked(client, JOB, id=payload["job"]["id"]))["job"]
    assert job["status"] == JobStatus.SUCCEEDED, job
    [file] = job["files"]
    return job, await client.get(file["url"])


async def told(client: httpx.AsyncClient, segment: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The members as GraphQL tells them, in the order of their ids."""
    asked_for = " ".join(f"f{at}: {_nested(name)}" for at, name in enumerate(fields))
    text = f"query ($id: ID) {{ segment(id: $id) {{ members(first: 250) {{ nodes {{ key: id {asked_for} }} }} }} }}"
    rows = (await asked(client, text, id=segment))["segment"]["members"]["nodes"]
    return [
        {name: _value(row[f"f{at}"], name.split(".")[1:]) for at, name in enumerate(fields)}
        for row in sorted(rows, key=lambda row: row["key"])
    ]


def _nested(name: str) -> str:
    first, *rest = name.split(".")
    return f"{first} {{ {_nested('.'.join(rest))} }}" if rest else first


def _value(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value[step] if value is not None else None
    return value

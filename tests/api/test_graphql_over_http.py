"""GraphQL over HTTP to the letter: what the public audits of the specification ask, by their ids, and our own edges."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

QUESTION = "{ __typename }"
NAMED = "query Type($name: String!) { __type(name: $name) { name } }"
NAME = {"name": "sometype"}
COERCION = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
UNKNOWN = "{ thisFieldExistsNowhere }"
JSON, RESPONSE = "application/json", "application/graphql-response+json"
WRONG_KINDS: dict[str, list[object]] = {
    "LKJ": [{"obj": "ect"}, 0, False, ["array"]],
    "6C0": [{"obj": "ect"}, 0, False, ["array"]],
    "476": ["string", 0, False, ["array"]],
    "58B": ["string", 0, False, ["array"]],
}
PARAMETER = {"LKJ": "query", "6C0": "operationName", "476": "variables", "58B": "extensions"}


@dataclass(frozen=True)
class Audit:
    """What is sent, and what has to come back."""

    id: str
    body: object = None
    accept: str | None = None
    content_type: str | None = JSON
    params: dict[str, str] | None = None
    statuses: tuple[range, ...] = (range(200, 201),)
    told_as: str | None = None
    without: tuple[str, ...] = ()


def ask(query: object = QUESTION, **more: object) -> dict[str, object]:
    return {"query": query, **more}


OK, BAD, CLIENT = (range(200, 201),), (range(400, 401),), (range(400, 500),)
ANY_FAILURE = (range(400, 600),)


def audits() -> Iterator[Audit]:
    yield Audit("22EB", ask(), RESPONSE, told_as=RESPONSE)
    yield Audit("4655", ask(), JSON, told_as=JSON)
    yield Audit("47DE", ask(), "*/*", told_as=JSON)
    yield Audit("80D8", ask(), told_as=JSON)
    yield Audit("82A3", ask())
    yield Audit("BF61", ask('{ __type(name: "Run🏃Swim🏊") { name } }'), content_type="application/json; charset=utf-8")
    yield Audit("78D5", ask())
    yield Audit("2C94", ask())
    yield Audit("5A70", params={"query": QUESTION})
    yield Audit("9C48", params={"query": "mutation { __typename }"}, accept=RESPONSE, statuses=CLIENT)
    yield Audit("9ABE", ask(), content_type="text/plain;charset=UTF-8", statuses=CLIENT)
    yield Audit("03D4", ask())
    yield Audit("A5BF", b"", statuses=BAD)
    yield Audit("423L", {"notquery": QUESTION}, RESPONSE, statuses=BAD)
    yield Audit("34A2", ask(), RESPONSE)
    yield Audit("13EE", ask(), JSON, without=("errors",))
    yield Audit("8161", ask("query Query { __typename }", operationName="Query"), RESPONSE)
    yield Audit("B8B3", ask("query Query { __typename }", operationName="Query"), JSON, without=("errors",))
    yield Audit("2EA1", ask(NAMED, variables=NAME), RESPONSE)
    yield Audit("28B9", ask(NAMED, variables=NAME), JSON, without=("errors",))
    in_url = {"query": NAMED, "variables": json.dumps(NAME)}
    yield Audit("D6D5", params=in_url, accept=RESPONSE, without=("errors",))
    yield Audit("6A70", params=in_url, accept=JSON, without=("errors",))
    yield Audit("428F", ask(extensions={"some": "value"}), RESPONSE)
    yield Audit("1B7A", ask(extensions={"some": "value"}), JSON, without=("errors",))
    yield Audit("B6DC", b'{ "not a JSON', JSON, statuses=(range(200, 300), range(400, 600)))
    yield Audit("BCF8", b'{ "not a JSON', JSON, statuses=BAD)
    yield Audit("B7N8", b'{ "not a JSON', RESPONSE, statuses=BAD)
    yield Audit("8764", {"qeury": QUESTION}, statuses=ANY_FAILURE)
    yield Audit("3E3A", {"qeury": QUESTION}, statuses=BAD)
    yield Audit("572B", ask("{"), JSON)
    yield Audit("FDE2", ask(UNKNOWN), JSON)
    yield Audit("7B9B", COERCION, JSON)
    yield Audit("865D", ask("{"), RESPONSE, statuses=ANY_FAILURE)
    yield Audit("556A", ask("{"), RESPONSE, statuses=BAD)
    yield Audit("D586", ask("{"), RESPONSE, statuses=BAD, without=("data",))
    yield Audit("51FE", ask(UNKNOWN), RESPONSE, statuses=ANY_FAILURE)
    yield Audit("74FF", ask(UNKNOWN), RESPONSE, statuses=BAD)
    yield Audit("5E5B", ask(UNKNOWN), RESPONSE, statuses=BAD, without=("data",))
    yield Audit("86EE", COERCION, RESPONSE, statuses=BAD)
    for family, kinds in WRONG_KINDS.items():
        for number, wrong in enumerate(kinds):
            yield Audit(f"{family}{number}", ask() | {PARAMETER[family]: wrong}, statuses=BAD)
    for number, parameter in enumerate(("variables", "operationName", "extensions")):
        yield Audit(f"94B{number}", ask(**{parameter: None}), RESPONSE, without=("errors",))
        yield Audit(f"022{number}", ask(**{parameter: None}), JSON, without=("errors",))


AUDITS = list(audits())


def test_all_public_audits_are_here() -> None:
    assert len({audit.id for audit in AUDITS}) == len(AUDITS) == 61


@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: audit.id)
async def test_audit(client: httpx.AsyncClient, audit: Audit) -> None:
    headers = {"accept": audit.accept} if audit.accept else {}
    if audit.params is not None:
        answer = await client.get("/graphql", params=audit.params, headers=headers)
    else:
        body = audit.body if isinstance(audit.body, bytes) else json.dumps(audit.body).encode()
        headers |= {"content-type": audit.content_type} if audit.content_type else {}
        answer = await client.post("/graphql", content=body, headers=headers)
    assert any(answer.status_code in statuses for statuses in audit.statuses), answer.text
    told = json.loads(answer.content.decode("utf-8"))
    if audit.told_as:
        assert answer.headers["content-type"] == f"{audit.told_as}; charset=utf-8"
    assert not set(audit.without) & set(told)
    if answer.status_code == 200 and "errors" not in told:
        assert set(told["data"]) <= {"__typename", "__type"}

"""A person with data everywhere is erased from a running Rapport: a dump, Valkey, logs and exports hold none of it."""

import asyncio
import json
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.database import connect
from tests.support.upstart import RAPPORT, ROOT, Up, up
from tests.support.waiting import soon

pytestmark = pytest.mark.proof

WORDS = ("zaubzer", "quirinia", "7946 0042", "79460042", "1971-02-03", "blauwal")
"""What the person is known by; none of it may be left."""
MAIL = "quirinia.zaubzer@example.org"
BY_MAIL = {"identity": {"kind": "EMAIL", "value": MAIL}}
BY_CARD = {"identity": {"kind": "EXTERNAL_ID", "source": "store", "value": "zaubzer-77"}}
TOTALS = """
SELECT month::text, sum(revenue)::text, sum(returns)::text, sum(cost_of_goods)::text, sum(orders), sum(touches)
FROM customer_month GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A Rapport that runs, and the customer whom it is about."""

    started: Up
    customer: str

    def do(self, text: str, key: str | None = None, **variables: Any) -> Any:
        """The one payload of a mutation, or the one field of a question; nothing may be wrong with it."""
        headers = {"Idempotency-Key": key} if key else {}
        body = json.dumps({"query": text, "variables": variables}).encode()
        told = json.loads(_call(self.started, "/graphql", body, "application/json", **headers))
        assert "errors" not in told, told
        (payload,) = told["data"].values()
        assert not (isinstance(payload, dict) and payload.get("errors")), payload
        return payload

    def ends(self, job: str, within: float = 60) -> dict[str, Any]:
        """The job once it has succeeded."""

        def ended() -> bool:
            return str(self._job(job)["status"]) in ("SUCCEEDED", "FAILED", "CANCELLED")

        assert soon(ended, within), self._job(job)
        told = self._job(job)
        assert told["status"] == "SUCCEEDED", told
        return told

    def _job(self, job: str) -> dict[str, Any]:
        asked = "query ($id: ID!) { job(id: $id) { status error result files { name url rows } } }"
        found: dict[str, Any] = self.do(asked, id=job)
        return found


def _call(started: Up, path: str, body: bytes | None, media: str = "", **headers: str) -> bytes:
    key = started.place.admin_key.read_text().strip()
    told = {"Authorization": f"Bearer {key}", **({"Content-Type": media} if media else {}), **headers}
    request = urllib.request.Request(f"http://127.0.0.1:{started.port}{path}", body, told)
    with urllib.request.urlopen(request, timeout=30) as answer:
        said: bytes = answer.read()
    return said


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rer-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="module")
def scene(folder: Path) -> Iterator[Scene]:
    with up(folder / "data", "--no-demo") as started:
        assert started.runs()
        yield Scene(started, _tell_everything(Scene(started, "")))


def _tell_everything(scene: Scene) -> str:
    """A life of one person, told by every way in; the customer's id."""
    scene.do(DECLARE, input={"name": "pet", "type": "STRING", "personal": False})
    scene.do(PRODUCTS, input=[{"sku": "tea", "name": "Tea", "category": "Food", "unitCost": "2"}])
    customer = scene.do(UPSERT, key="zaubzer-first", input=PROFILE)["customer"]["id"]
    another = {"identities": [{"kind": "PHONE", "value": "+44 20 7946 0042"}], "displayName": "Q. Zaubzer"}
    other = scene.do(UPSERT, input=another)["customer"]["id"]
    scene.do(ORDERS, key="zaubzer-orders", input=[ORDER])
    scene.do(RETURN, input=RETURNED)
    scene.do(TOUCH, key="zaubzer-touch", input=TOUCHED)
    scene.do(TOUCHES, input=[TOUCHED | {"externalId": "zaubzer-t2", "customer": BY_CARD}])
    scene.do(MERGE, into=customer, **{"from": other})
    row = json.dumps({"identities": [{"kind": "EMAIL", "value": MAIL}], "familyName": "Zaubzer", "source": "file"})
    bad = json.dumps({"identities": [{"kind": "EMAIL", "value": "zaubzer at example"}]})
    job = json.loads(_call(scene.started, "/imports/customers", f"{row}\n{bad}\n".encode(), "application/x-ndjson"))
    scene.ends(job["job"])
    return str(customer)


def test_who_is_erased_is_nowhere_within_a_minute_and_every_total_stays(scene: Scene, folder: Path) -> None:
    exported = scene.ends(scene.do(EXPORT, id=scene.customer)["job"]["id"])
    url = exported["files"][0]["url"]
    handed_over = _call(scene.started, url, None).decode().lower()
    assert all(word in handed_over for word in ("zaubzer", "quirinia", "1971-02-03", "blauwal"))
    before = _rows(scene.started, TOTALS)
    _rapport(scene.started, "backup", str(folder / "before.zip"))
    assert _traces(scene.started)

    scene.ends(scene.do(ERASE, key="forget", id=scene.customer)["job"]["id"], within=60)

    assert _traces(scene.started) == []
    assert _rows(scene.started, TOTALS) == before
    with pytest.raises(urllib.error.HTTPError) as gone:
        _call(scene.started, url, None)
    assert gone.value.code in (404, 410)
    assert scene.do("{ customers { totalCount } }") == {"totalCount": 0}
    _comes_not_back(scene)
    _rapport(scene.started, "audit", "verify")


def _comes_not_back(scene: Scene) -> None:
    """Neither by a file nor by a call; the trace of the attempt names nobody."""
    row = json.dumps({"identities": [{"kind": "EMAIL", "value": MAIL}], "source": "file"}).encode()
    told = json.loads(_call(scene.started, "/imports/customers", row, "application/x-ndjson"))
    assert scene.ends(told["job"])["result"]["rejected"] == 1
    again = scene.do(TOUCHES, input=[TOUCHED | {"externalId": "another"}])
    assert [one["errors"][0]["code"] for one in again["results"]] == ["ERASED"]
    assert scene.do("{ customers { totalCount } }") == {"totalCount": 0}
    assert _traces(scene.started) == []


def test_a_restored_backup_erases_again(scene: Scene, folder: Path) -> None:
    journal = scene.started.place.erasures
    with up(folder / "restored", "--no-demo") as again:
        assert again.runs()
        _rapport(again, "restore", str(folder / "before.zip"), "--replace", "--erasures", str(journal))
        assert _traces(again) == []
        assert _rows(again, TOTALS) == _rows(scene.started, TOTALS)


def _rapport(started: Up, *arguments: str) -> None:
    """A command of the product's, on this deployment."""
    command = [*RAPPORT, *arguments, "--data-dir", str(started.place.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _traces(started: Up) -> list[str]:
    """Where any of the words still stands: tables (staging ones too), what Valkey keeps, and the logs."""
    found = [name for name, text in asyncio.run(_dump(started)).items() if _tells(text)]
    for place in (started.place.logs, started.place.valkey):
        found += [path.name for path in place.rglob("*") if path.is_file() and _tells(_read(path))]
    return sorted(found)


def _read(path: Path) -> str:
    return path.read_bytes().decode("latin-1")


def _tells(text: str) -> bool:
    return any(word in text.lower() for word in WORDS)


async def _dump(started: Up) -> dict[str, str]:
    """Every row of every table as text; octets are told as the letters that they may be."""
    running = started.place.running()
    assert running is not None
    connection = await connect(running.database_url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = {row[0]: await connection.fetch(f"SELECT * FROM {row[0]}") for row in tables}
    finally:
        await connection.close()
    return {name: "\n".join(_letters(value) for row in found for value in row) for name, found in rows.items()}


def _letters(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _rows(started: Up, text: str) -> list[tuple[object, ...]]:
    async def ask() -> list[tuple[object, ...]]:
        running = started.place.running()
        assert running is not None
        connection = await connect(running.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(text)]
        finally:
            await connection.close()

    return asyncio.run(ask())


ERRORS = "errors { code message path }"
RESULTS = f"rejected {ERRORS} results {{ status {ERRORS} }}"
DECLARE = f"mutation ($input: AttributeDeclarationInput!) {{ attributeDeclare(input: $input) {{ {ERRORS} }} }}"
PRODUCTS = f"mutation ($input: [ProductInput!]!) {{ productsUpsert(input: $input) {{ {RESULTS} }} }}"
UPSERT = f"""mutation ($input: CustomerUpsertInput!) {{ customerUpsert(input: $input) {{
  customer {{ id displayName email address {{ lines }} }} {ERRORS} }} }}"""
ORDERS = f"mutation ($input: [OrderInput!]!) {{ ordersRecord(input: $input) {{ {RESULTS} }} }}"
RETURN = f"mutation ($input: ReturnInput!) {{ returnRecord(input: $input) {{ order {{ id }} {ERRORS} }} }}"
TOUCH = (
    f"mutation ($input: TouchpointInput!) {{ touchpointRecord(input: $input) {{ touchpoint {{ subject }} {ERRORS} }} }}"
)
TOUCHES = f"mutation ($input: [TouchpointInput!]!) {{ touchpointsRecord(input: $input) {{ {RESULTS} }} }}"
MERGE = f"mutation ($into: ID!, $from: ID!) {{ customerMerge(into: $into, from: $from) {{ {ERRORS} }} }}"
EXPORT = f"mutation ($id: ID!) {{ customerExport(customer: $id) {{ job {{ id }} {ERRORS} }} }}"
ERASE = f"mutation ($id: ID!) {{ customerErase(customer: $id) {{ job {{ id }} {ERRORS} }} }}"

PROFILE = {
    "identities": [
        {"kind": "EMAIL", "value": MAIL},
        {"kind": "EXTERNAL_ID", "source": "store", "value": "zaubzer-77"},
        {"kind": "COOKIE", "value": "zaubzer-cookie"},
        {"kind": "DEVICE", "value": "zaubzer-device"},
    ],
    "givenName": "Quirinia",
    "familyName": "Zaubzer",
    "address": {
        "recipient": "Frau Zaubzer",
        "lines": ["Zaubzergasse 1"],
        "postalCode": "1010",
        "city": "Zaubzerdorf",
        "country": "AT",
    },
    "demographics": {"birthDate": "1971-02-03", "occupation": "zaubzer by trade", "gender": "zaubzer"},
    "attributes": {"pet": "a blauwal"},
    "needs": [{"kind": "MOTIVATION", "name": "zaubzer's need", "detail": "of a blauwal"}],
    "consents": [{"channel": "EMAIL", "status": "GRANTED", "source": "zaubzer's own hand"}],
    "channelPreferences": [{"channel": "EMAIL", "preferred": True}],
    "source": "desk",
}
ORDER = {
    "customer": BY_MAIL,
    "source": "store",
    "externalId": "zaubzer-o1",
    "orderedAt": "2026-02-14T10:11:12Z",
    "channel": "IN_PERSON",
    "handledBy": "Herr Zaubzer",
    "lines": [{"sku": "tea", "quantity": 4, "unitPrice": "5"}],
    "payments": [
        {"externalId": "zaubzer-p1", "method": "CARD", "amount": "20", "paidAt": "2026-02-14T10:12:00Z"},
    ],
    "offerCodes": ["ZAUBZER10"],
}
RETURNED = {
    "source": "store",
    "externalId": "zaubzer-r1",
    "orderExternalId": "zaubzer-o1",
    "returnedAt": "2026-03-01T10:00:00Z",
    "reason": "Frau Zaubzer did not like it",
    "lines": [{"sku": "tea", "quantity": 1}],
}
TOUCHED = {
    "customer": BY_MAIL,
    "channel": "EMAIL",
    "kind": "COMPLAINT",
    "occurredAt": "2026-02-20T10:00:00Z",
    "source": "desk",
    "externalId": "zaubzer-t1",
    "subject": "Zaubzer complains",
    "caseNumber": "zaubzer-c1",
    "handledBy": "the zaubzer desk",
    "competitor": "Zaubzer & Sons",
    "properties": {"zaubzer": "quirinia"},
    "learnt": {"demographics": {"incomeBand": "zaubzer"}, "needs": [{"kind": "BELIEF", "name": "blauwal first"}]},
}

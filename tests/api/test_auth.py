"""Credentials: what opens, what does not, how soon a revoked key is out, and what is written of use."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.app import App
from api.auth import VALID, KeyRing, credential
from domain import access
from domain.database import Database
from domain.vocabulary import Role
from tests.api.conftest import MakeKey, bearer

ASK = {"query": "{ viewer { name } }"}
NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_without_a_credential_nothing_is_answered(stranger: httpx.AsyncClient) -> None:
    for answer in (
        await stranger.post("/graphql", json=ASK),
        await stranger.get("/graphql", params=ASK),
        await stranger.post("/graphql", json={"query": "{ __schema { queryType { name } } }"}),
        await stranger.post("/graphql", content=b"not even JSON"),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="rapport"'
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_opens_nothing_is_answered_alike(app: App, stranger: httpx.AsyncClient, make_key: MakeKey) -> None:
    known, revoked, expired = await make_key(), await make_key(), await make_key()
    async with app.house.db.transaction() as tx:
        await access.revoke_key(tx, revoked.key.key_id, now=datetime.now(UTC))
        await tx.execute("UPDATE api_key SET expires_at = now() WHERE key_id = $1", expired.key.key_id)
    wrong = known.token[:-1] + ("0" if known.token[-1] != "0" else "1")
    shown = [wrong, revoked.token, expired.token, "rap_" + "0" * 96, "garbage", "eyJhbGciOiJub25lIn0.e30."]
    answers = [
        await stranger.post("/graphql", json=ASK, headers={"authorization": f"Bearer {token}"}) for token in shown
    ]
    answers.append(await stranger.post("/graphql", json=ASK, headers={"authorization": f"Basic {known.token}"}))
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="rapport", error="invalid_token"'
    }
    assert len({answer.json()["errors"][0]["message"] for answer in answers}) == 1
    assert (await stranger.post("/graphql", json=ASK, headers=bearer(known))).status_code == 200


async def test_a_cookie_opens_nothing(stranger: httpx.AsyncClient, make_key: MakeKey) -> None:
    token = (await make_key()).token
    for name in ("authorization", "Authorization", "key", "session"):
        answer = await stranger.post("/graphql", json=ASK, headers={"cookie": f"{name}=Bearer {token}"})
        assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert credential(f"{scheme} rap_{'0' * 96}".encode()) is not None


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Counting(Database):
    """Counts how often a connection was asked for."""

    taken = 0

    def connection(self):  # type: ignore[no-untyped-def]
        type(self).taken += 1
        return super().connection()


async def test_a_revoked_key_is_out_within_five_seconds_and_until_then_costs_no_statement(database_url: str) -> None:
    db, clock = Counting(database_url), Hands()
    Counting.taken = 0
    ring = KeyRing(db, clock=clock)
    async with db.transaction() as tx:
        made = await access.create_key(tx, access.KeyRequest("Any", Role.ANALYST), now=NOW)
    presented = access.read_token(made.token)
    assert presented is not None
    assert await ring.ask(presented, NOW) is not None
    before = Counting.taken
    for _ in range(1000):
        assert await ring.ask(presented, NOW) is not None
    assert Counting.taken == before
    async with db.transaction() as tx:
        await access.revoke_key(tx, made.key.key_id, now=NOW)
    clock.at += VALID
    assert VALID + 1 <= 5
    assert await ring.ask(presented, NOW) is None
    await db.close()


async def test_a_key_in_use_is_read_anew_beside_the_requests(database_url: str) -> None:
    db, clock = Database(database_url), Hands()
    ring = KeyRing(db, clock=clock)
    async with db.transaction() as tx:
        made = await access.create_key(tx, access.KeyRequest("Any", Role.ANALYST), now=NOW)
    presented = access.read_token(made.token)
    assert presented is not None
    await ring.ask(presented, NOW)
    async with db.transaction() as tx:
        await access.revoke_key(tx, made.key.key_id, now=NOW)
    clock.at += 2.5
    assert await ring.ask(presented, NOW) is not None
    for task in list(ring._reading.values()):
        await task
    assert await ring.ask(presented, NOW) is None
    await db.close()


async def test_an_expired_key_is_out_at_once_though_it_is_held(database_url: str) -> None:
    db = Database(database_url)
    ring = KeyRing(db)
    async with db.transaction() as tx:
        request = access.KeyRequest("Any", Role.ANALYST, expires_at=NOW + timedelta(seconds=1))
        made = await access.create_key(tx, request, now=NOW)
    presented = access.read_token(made.token)
    assert presented is not None
    assert await ring.ask(presented, NOW) is not None
    assert await ring.ask(presented, NOW + timedelta(seconds=1)) is None
    await db.close()


@pytest.fixture
def _no_upkeep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use is noted when the test says so."""
    monkeypatch.setattr("api.app._KEEP_EVERY", 3600.0)


@pytest.mark.usefixtures("_no_upkeep")
async def test_use_is_noted_beside_the_requests(app: App, client: httpx.AsyncClient) -> None:
    async def last_used() -> datetime | None:
        async with app.house.db.connection() as connection:
            [key] = await access.list_keys(connection)
        return key.last_used_at

    await client.post("/graphql", json=ASK)
    assert await last_used() is None
    await app.house.ring.note_use()
    assert await last_used() is not None

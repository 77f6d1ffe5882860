"""Keys: made, shown once, listed, revoked; what is stored opens nothing by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import access
from domain.access.rules import new_token
from domain.database import Tx
from domain.deployment import Misconfigured, Secret
from domain.errors import ErrorCode, Refused
from domain.ids import KeyId, Prefix, new_id, to_public
from domain.vocabulary import Role

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


async def opened(tx: Tx, token: str, *, now: datetime = NOW) -> access.Principal | None:
    presented = access.read_token(token)
    lock = presented and await access.lock_of(tx, presented.key_id)
    return lock.principal if presented and lock and lock.opens(presented.secret_hash, now=now) else None


async def test_a_key_opens_as_what_it_was_made_for(tx: Tx) -> None:
    made = await access.create_key(tx, access.KeyRequest("Till 4", Role.PARTNER, " shop "), now=NOW)
    assert await opened(tx, made.token) == access.Principal("Till 4", Role.PARTNER, False, "shop", made.key.key_id)
    assert made.token.startswith(f"rap_{made.key.key_id.hex}")
    assert len(made.token) == 4 + 32 + 64


async def test_the_secret_is_stored_nowhere(tx: Tx) -> None:
    made = await access.create_key(tx, access.KeyRequest("Any", Role.ADMIN), now=NOW)
    secret = made.token[36:]
    stored = await tx.fetchval("SELECT api_key::text FROM api_key WHERE key_id = $1", made.key.key_id)
    assert secret not in stored
    assert secret not in repr(made)
    assert made.token.startswith(made.key.prefix)
    assert len(made.key.prefix) == 20


@pytest.mark.parametrize("at", [4, 35, 36, 99])
async def test_a_key_with_one_other_character_opens_nothing(tx: Tx, at: int) -> None:
    made = await access.create_key(tx, access.KeyRequest("Any", Role.ADMIN), now=NOW)
    other = "0" if made.token[at] != "0" else "1"
    assert await opened(tx, made.token[:at] + other + made.token[at + 1 :]) is None


@pytest.mark.parametrize(
    "text", ["", "rap_", "Rap_" + "0" * 96, "rap_" + "g" * 96, "rap_" + "0" * 97, "rap_" + "٠" * 96]
)
def test_what_is_no_key_is_not_even_looked_up(text: str) -> None:
    assert access.read_token(text) is None


async def test_revoked_it_opens_nothing_and_the_first_time_stays(tx: Tx) -> None:
    made = await access.create_key(tx, access.KeyRequest("Any", Role.ANALYST), now=NOW)
    await access.revoke_key(tx, made.key.key_id, now=NOW + timedelta(minutes=1))
    again = await access.revoke_key(tx, made.key.key_id, now=NOW + timedelta(minutes=2))
    assert again.revoked_at == NOW + timedelta(minutes=1)
    assert await opened(tx, made.token) is None


async def test_it_opens_until_the_instant_at_which_it_expires(tx: Tx) -> None:
    end = NOW + timedelta(days=1)
    made = await access.create_key(tx, access.KeyRequest("Any", Role.ANALYST, expires_at=end), now=NOW)
    assert await opened(tx, made.token, now=end - timedelta(microseconds=1)) is not None
    assert await opened(tx, made.token, now=end) is None


@pytest.mark.parametrize(
    ("role", "said", "may"),
    [
        (Role.ADMIN, None, True),
        (Role.ADMIN, False, False),
        (Role.MARKETER, None, False),
        (Role.ANALYST, None, False),
        (Role.ANALYST, True, True),
    ],
)
async def test_only_an_admin_reads_personal_data_unasked(tx: Tx, role: Role, said: bool | None, may: bool) -> None:
    made = await access.create_key(tx, access.KeyRequest("Any", role, reads_personal_data=said), now=NOW)
    assert made.key.reads_personal_data is may


async def test_everything_that_is_wrong_is_named(tx: Tx) -> None:
    with pytest.raises(Refused) as refused:
        await access.create_key(tx, access.KeyRequest(" ", Role.PARTNER, "  ", expires_at=NOW), now=NOW)
    told = [(fault.path, fault.code) for fault in refused.value.faults]
    assert told == [
        (("name",), ErrorCode.REQUIRED),
        (("source",), ErrorCode.REQUIRED),
        (("expiresAt",), ErrorCode.INVALID),
    ]


async def test_a_key_is_found_by_its_id_and_by_what_is_shown_of_it(tx: Tx) -> None:
    made = await access.create_key(tx, access.KeyRequest("Any", Role.ADMIN), now=NOW)
    later = await access.create_key(tx, access.KeyRequest("Later", Role.ADMIN), now=NOW + timedelta(seconds=1))
    assert await access.find_key(tx, made.key.prefix) == made.key.key_id
    assert await access.find_key(tx, to_public(Prefix.API_KEY, made.key.key_id)) == made.key.key_id
    assert [key.name for key in await access.list_keys(tx)][:2] == ["Later", "Any"]
    assert later.key in await access.list_keys(tx)
    with pytest.raises(Refused, match="names no key"):
        await access.find_key(tx, "rap_ffffffffffffffff")
    with pytest.raises(Refused, match="names no key"):
        await access.revoke_key(tx, KeyId(new_id(NOW)), now=NOW)


async def test_use_is_noted_once_a_minute(tx: Tx) -> None:
    key = (await access.create_key(tx, access.KeyRequest("Any", Role.ADMIN), now=NOW)).key
    noted = []
    for seconds in (0, 30, 59, 60, 100):
        await access.note_use(tx, {key.key_id: NOW + timedelta(seconds=seconds)})
        noted.append(await tx.fetchval("SELECT last_used_at FROM api_key WHERE key_id = $1", key.key_id))
    assert [(at - NOW).total_seconds() for at in noted] == [0, 0, 0, 60, 60]


async def test_two_keys_never_share_a_secret() -> None:
    key_id = new_id(NOW)
    assert len({new_token(key_id)[0] for _ in range(100)}) == 100


async def test_another_secret_is_refused(tx: Tx) -> None:
    await access.settle_secret(tx, Secret(b"a" * 32), now=NOW)
    await access.settle_secret(tx, Secret(b"a" * 32), now=NOW)
    with pytest.raises(Misconfigured, match="not the one that this database was started with"):
        await access.settle_secret(tx, Secret(b"b" * 32), now=NOW)

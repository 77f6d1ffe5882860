"""Keys of requests in the database: forgotten with a customer, tidied after a day, readable by their caller alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from domain.database import Tx
from domain.idempotency import (
    Busy,
    Forgotten,
    Kept,
    Mismatch,
    Once,
    forget,
    keep,
    request_hash,
    request_key,
    take,
    tidy,
    without,
)
from domain.idempotency.rules import customers_in, opened, sealed

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ADA, BOB = UUID(int=1), UUID(int=2)


def once(name: str = "a", what: bytes = b"asked", key: bytes = b"k" * 32) -> Once:
    return Once(request_key(b"s" * 32, "caller", name.encode()), what.ljust(32), key)


async def done(tx: Tx, name: str, answer: bytes = b"{}", *, of: tuple[UUID, ...] = (), now: datetime = NOW) -> None:
    assert await take(tx, once(name), now=now) is None
    await keep(tx, once(name), Kept(200, answer), concerned=of)


async def left(tx: Tx) -> int:
    return int(await tx.fetchval("SELECT count(*) FROM idempotency_key"))


async def test_what_was_answered_is_known_again(tx: Tx) -> None:
    await done(tx, "a", b'{"data":{}}')
    assert await take(tx, once("a"), now=NOW) == Kept(200, b'{"data":{}}')
    assert await take(tx, once("b"), now=NOW) is None


async def test_another_request_is_told_from_the_same(tx: Tx) -> None:
    await done(tx, "a")
    with pytest.raises(Mismatch):
        await take(tx, once("a", b"something else"), now=NOW)


async def test_erasing_empties_what_names_them_or_concerned_them(tx: Tx) -> None:
    await done(tx, "names", b'{"id":"cus_%b"}' % ADA.hex.encode())
    await done(tx, "tells", b'{"message":"cus_%b is in the way"}' % ADA.hex.encode())
    await done(tx, "concerns", of=(BOB, ADA))
    await done(tx, "other", of=(BOB,))
    await done(tx, "nobody")
    await forget(tx, [ADA, UUID(int=9)])
    assert await tx.fetchval("SELECT count(*) FROM idempotency_key WHERE answer IS NOT NULL") == 2
    with pytest.raises(Forgotten):
        await take(tx, once("concerns"), now=NOW)  # not carried out again: that could bring the person back
    assert await take(tx, once("other"), now=NOW) is not None


async def test_what_is_older_than_a_day_goes_in_batches(tx: Tx) -> None:
    for hours in (1, 23.9, 24.1, 25, 26, 90):
        await done(tx, str(hours), now=NOW - timedelta(hours=hours))
    assert [await tidy(tx, now=NOW, batch=3) for _ in range(3)] == [3, 1, 0]
    assert await left(tx) == 2
    assert await take(tx, once("23.9"), now=NOW) is not None


async def test_a_key_whose_answer_is_gone_is_not_taken_for_done(tx: Tx) -> None:
    await take(tx, once("a"), now=NOW)
    with pytest.raises(Busy):
        await take(tx, once("a"), now=NOW)


@given(st.binary(max_size=200), st.sampled_from(["key", "request", "what"]))
def test_only_the_same_caller_with_the_same_request_reads_it(answer: bytes, other: str) -> None:
    mine = once()
    octets = sealed(mine, answer)
    assert opened(mine, octets) == answer
    theirs = {"key": once(key=b"x" * 32), "request": once("b"), "what": once(what=b"else")}[other]
    with pytest.raises(InvalidTag):
        opened(theirs, octets)
    assert sealed(mine, answer) != octets


def test_keys_are_of_their_caller_and_their_deployment() -> None:
    keys = {request_key(secret, who, b"k") for secret in (b"1" * 32, b"2" * 32) for who in ("a", "b")}
    assert len(keys) == 4


ASKED = ("Name", b"document", {"a": 1, "b": [1, 2]})
OTHERS = [
    (None, b"document", {"a": 1, "b": [1, 2]}),
    ("Name", b"Document", {"a": 1, "b": [1, 2]}),
    ("Name", b"document", {"a": 1, "b": [2, 1]}),
    ("Name", b"document", {"a": 1, "b": [1, 2], "c": None}),
    ("Name", b"document", {"a": "1", "b": [1, 2]}),
    ("Name", b"document", None),
    ("Namedocument", b"", {"a": 1, "b": [1, 2]}),
]


def test_the_same_request_is_the_same_however_it_is_laid_out() -> None:
    name, document, variables = ASKED
    assert request_hash(name, document, dict(reversed(variables.items()))) == request_hash(*ASKED)
    assert request_hash(name, document, {}) == request_hash(name, document, None)
    huge = {"a": 10**30, "b": 1}
    assert request_hash(name, document, huge) == request_hash(name, document, dict(reversed(huge.items())))


@pytest.mark.parametrize("other", OTHERS)
def test_any_other_request_is_another(other: tuple[str | None, bytes, dict[str, object] | None]) -> None:
    assert request_hash(*other) != request_hash(*ASKED)


def test_secrets_are_null_in_what_is_kept() -> None:
    answer = b'{"data":{"a":{"secret":"s1","name":"n"},"b":[{"secret":"s2"}]}}'
    assert without(answer, []) is answer
    kept = without(answer, [("a", "secret"), ("b", 0, "secret")])
    assert kept == b'{"data":{"a":{"secret":null,"name":"n"},"b":[{"secret":null}]}}'


def test_customers_are_found_wherever_they_stand() -> None:
    answer = b'{"id":"cus_%b","why":"not cus_%b","no":"cus_12","order":"ord_%b"}' % (
        ADA.hex.encode(),
        BOB.hex.encode(),
        UUID(int=3).hex.encode(),
    )
    assert customers_in(answer) == {ADA, BOB}

"""Which word holds: the later, of two at once the stricter; in whatever order they come."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from domain import consents
from domain.consents import Word
from domain.database import Tx
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus
from tests.support.importing import NOW

ADA = UUID(int=7)
GRANTED, DENIED, WITHDRAWN = ConsentStatus
DAY = timedelta(days=1)


def word(status: ConsentStatus, days: int = 0, *, source: str = "form", channel: Channel = Channel.EMAIL) -> Word:
    return Word(ADA, ADA, channel, ConsentPurpose.MARKETING, status, source, NOW + days * DAY)


async def held(tx: Tx) -> set[tuple[Channel, ConsentStatus]]:
    return {(channel, one.status) for (_, channel, _), one in (await consents.holding(tx, [ADA])).items()}


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_later_holds(tx: Tx, order: tuple[int, ...]) -> None:
    said = [word(WITHDRAWN, 1), word(DENIED, 2), word(GRANTED, 3)]
    for at in order:
        await consents.append(tx, [said[at]])
    assert await held(tx) == {(Channel.EMAIL, GRANTED)}
    assert await tx.fetchval("SELECT count(*) FROM customer_consent WHERE customer_id = $1", ADA) == 3


@pytest.mark.parametrize("order", list(permutations((GRANTED, DENIED, WITHDRAWN))))
async def test_of_two_at_once_the_stricter_holds(tx: Tx, order: tuple[ConsentStatus, ...]) -> None:
    for number, status in enumerate(order):
        await consents.append(tx, [word(status, source=str(number))])
    assert await held(tx) == {(Channel.EMAIL, WITHDRAWN)}


async def test_channels_are_apart_and_what_is_said_again_is_nothing_new(tx: Tx) -> None:
    said = [word(GRANTED), word(DENIED, channel=Channel.SMS), word(GRANTED)]
    assert await consents.append(tx, said) == {ADA}
    assert await consents.append(tx, said) == set()
    assert await held(tx) == {(Channel.EMAIL, GRANTED), (Channel.SMS, DENIED)}
    assert await tx.fetchval("SELECT count(*) FROM customer_consent WHERE customer_id = $1", ADA) == 2


async def test_what_is_taken_out_of_the_history_lets_the_word_before_it_hold(tx: Tx) -> None:
    await consents.append(tx, [word(DENIED, 1), word(GRANTED, 2)])
    await tx.execute("DELETE FROM customer_consent WHERE customer_id = $1 AND status = 'GRANTED'", ADA)
    await consents.settle(tx, [ADA])
    assert await held(tx) == {(Channel.EMAIL, DENIED)}

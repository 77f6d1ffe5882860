"""Who asks for groups is told at once what cannot be; a wish is a job that says what was asked."""

from dataclasses import replace

import pytest

from domain.access.principal import Principal
from domain.database import Tx
from domain.errors import ErrorCode, Refused
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.discovery import commands_discovering
from domain.segments.discovery.commands_discovering import Wish
from domain.segments.rule import kept
from domain.vocabulary import Role, SegmentKind
from tests.support.calling import OCCASION

_MARKETER = replace(OCCASION, principal=Principal("m", Role.MARKETER, reads_personal_data=True))


@pytest.mark.parametrize(
    ("wish", "code", "path"),
    [
        (Wish("Habit!"), ErrorCode.INVALID, ("input", "keyPrefix")),
        (Wish("habit", 1), ErrorCode.OUT_OF_RANGE, ("input", "segments")),
        (Wish("habit", 11), ErrorCode.OUT_OF_RANGE, ("input", "segments")),
        (
            Wish("habit", 3, kept({"email": {"eq": "a@example.org"}})),
            ErrorCode.NOT_ALLOWED,
            ("input", "where", "email"),
        ),
        (Wish("habit", 3, kept({"inSegment": ["seg_" + "0" * 32]})), ErrorCode.NOT_FOUND, ("input", "where")),
        (Wish("mine"), ErrorCode.ALREADY_EXISTS, ("input", "keyPrefix")),
    ],
)
async def test_what_cannot_be_is_refused_at_once(tx: Tx, wish: Wish, code: ErrorCode, path: tuple[str, ...]) -> None:
    await commands.create(
        tx, Given(frozenset(), key="mine-2", name="Mine", kind=SegmentKind.STATIC), occasion=_MARKETER
    )
    with pytest.raises(Refused) as refused:
        await commands_discovering.ask(tx, wish, occasion=_MARKETER)
    [fault] = refused.value.faults
    assert (fault.code, fault.path[: len(path)]) == (code, path)


async def test_a_wish_is_a_job_that_tells_what_was_asked(tx: Tx) -> None:
    wish = Wish("habit", 3, kept({"country": {"eq": "GB"}}))
    saved = await commands_discovering.ask(tx, wish, occasion=_MARKETER)
    arguments = await tx.fetchval(
        "SELECT arguments FROM job WHERE job_id = $1 AND kind = 'DISCOVER_SEGMENTS'", saved.job
    )
    assert Wish.of(arguments) == wish
    assert saved.did.after == {"keyPrefix": "habit", "segments": 3, "where": {"country": {"eq": "GB"}}}

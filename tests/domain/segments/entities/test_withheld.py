"""Who may not read personal data is not told of fewer than five whom a rule found by such, wherever it is asked."""

from uuid import UUID

import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Tx
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.segments.queries_veiled import are_shown, is_veiled
from domain.vocabulary import Role
from tests.domain.query.world import NOW, House, at, public

MASKED = tuple(Principal(f"masked {role}", role) for role in Role if role is not Role.PARTNER)
READING = (
    OPERATOR,
    *(Principal(f"reading {role}", role, reads_personal_data=True) for role in (Role.ANALYST, Role.MARKETER)),
)
PLACES = """{ segment(key: "%s") {
  memberCount definition where
  members { totalCount nodes { id } }
  membersAt(at: "2026-02-01T00:00:00Z") { totalCount nodes { id } }
  changes { totalCount edges { node { entered } } }
} }"""


class Street(House):
    """Seven people, and segments of them."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx)
        self.people: list[UUID] = []
        self.numbers: dict[str, int] = {}

    async def people_move_in(self) -> None:
        self.people = [await self.customer(f"P{n}") for n in range(7)]

    async def segment(
        self, key: str, members: int, *, personal: bool = False, names: UUID | None = None, left: int = 0
    ) -> UUID:
        id_, number = self.id(), len(self.numbers) + 1
        self.numbers[key] = number
        await self.row(
            "segment", segment_id=id_, key=key, name=key, search_fold=key, kind="RULE", number=number,
            member_count=members, created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        await self.row(
            "segment_version", number=number, segment_id=id_, rule={}, filter={"email": {}}, definition="secret",
            masked="…", personal=personal, made_at=NOW,
        )  # fmt: skip
        if names:
            await self.row("segment_use", segment_id=id_, named_id=names)
        for person in self.people[:members]:
            await self.tx.execute(
                "INSERT INTO customer_segment (customer_id, segments, entered_at, causes, refreshed_at)"
                " VALUES ($1, ARRAY[$2::bigint], ARRAY[$3::timestamptz], '{1}', $3) ON CONFLICT (customer_id) DO UPDATE"
                " SET segments = customer_segment.segments || excluded.segments,"
                " entered_at = customer_segment.entered_at || excluded.entered_at,"
                " causes = customer_segment.causes || 1::bigint",
                person,
                number,
                at("2026-01-10"),
            )
        for person in self.people[:left]:
            await self.row(
                "segment_stay", customer_id=person, segment_id=id_, entered_at=at("2026-01-01"),
                left_at=at("2026-01-05"), entered_cause="DATA_CHANGED", left_cause="DATA_CHANGED",
            )  # fmt: skip
        return id_

    async def told(self, key: str, caller: Principal) -> tuple[int, list[tuple[int, int | None]]]:
        """The count, and of each list how many are told and how many are counted."""
        found = (await self.ask(PLACES % key, caller=caller))["segment"]
        lists = [(len(found[name]["nodes"]), found[name]["totalCount"]) for name in ("members", "membersAt")]
        return found["memberCount"], [*lists, (len(found["changes"]["edges"]), found["changes"]["totalCount"])]


@pytest.fixture
async def street(tx: Tx) -> Street:
    made = Street(tx)
    await made.people_move_in()
    return made


@pytest.mark.parametrize("caller", MASKED, ids=lambda caller: caller.name)
async def test_a_small_group_is_withheld(street: Street, caller: Principal) -> None:
    await street.segment("few", 3, personal=True)
    await street.segment("none", 0, personal=True)
    await street.segment("five", 5, personal=True)
    await street.segment("plain", 3)
    assert await street.told("few", caller) == (5, [(0, None)] * 3)
    assert await street.told("none", caller) == (5, [(0, None)] * 3)
    assert await street.told("five", caller) == (5, [(5, 5)] * 3)
    assert await street.told("plain", caller) == (3, [(3, 3)] * 3)


@pytest.mark.parametrize("caller", READING, ids=lambda caller: caller.name)
async def test_those_who_may_read_personal_data_are_told(street: Street, caller: Principal) -> None:
    few = await street.segment("few", 3, personal=True)
    await street.segment("none", 0, personal=True)
    assert await street.told("few", caller) == (3, [(3, 3)] * 3)
    assert await street.told("none", caller) == (0, [(0, 0)] * 3)
    assert not await is_veiled(street.tx, few, caller)


async def test_what_names_a_veiled_segment_is_veiled_however_far(street: Street) -> None:
    secret = await street.segment("secret", 6, personal=True)
    near = await street.segment("near", 2, names=secret)
    far = await street.segment("far", 2, names=near)
    other = await street.segment("other", 2)
    veiled = [await is_veiled(street.tx, one, MASKED[0]) for one in (secret, near, far, other)]
    assert veiled == [True, True, True, False]
    assert (await street.told("far", MASKED[0]))[0] == 5
    told = [await are_shown(street.tx, one, MASKED[0]) for one in (secret, near, far, other)]
    assert told == [True, False, False, True]
    assert await are_shown(street.tx, far, OPERATOR)


async def test_what_named_a_veiled_segment_stays_veiled_until_its_new_rule_holds(street: Street) -> None:
    secret = await street.segment("secret", 6, personal=True)
    near = await street.segment("near", 2)
    named = {"any": [{"not": {"notInSegment": [public(secret, Prefix.SEGMENT)]}}, {"country": {"eq": "GB"}}]}
    await street.tx.execute("UPDATE segment_version SET rule = $2 WHERE segment_id = $1", near, named)
    await street.row(
        "segment_version", number=9, segment_id=near, rule={}, filter={}, definition="", masked="", personal=False,
        made_at=NOW,
    )  # fmt: skip
    assert await is_veiled(street.tx, near, MASKED[0])
    assert await street.told("near", MASKED[0]) == (5, [(0, None)] * 3)
    await street.tx.execute("UPDATE segment_version SET retired_at = now() WHERE segment_id = $1 AND number <> 9", near)
    assert not await is_veiled(street.tx, near, MASKED[0])


async def test_the_moment_that_is_asked_about_counts(street: Street) -> None:
    """Six are in it now, three of them since then."""
    await street.segment("grown", 6, personal=True)
    since = "UPDATE customer_segment SET entered_at = ARRAY[$1::timestamptz] WHERE customer_id = ANY ($2)"
    await street.tx.execute(since, at("2026-02-10"), street.people[:3])
    count, [members, then, changes] = await street.told("grown", MASKED[0])
    assert (count, members, then, changes) == (6, (6, 6), (0, None), (6, 6))


async def test_a_customer_does_not_tell_of_a_small_group_either(street: Street) -> None:
    await street.segment("few", 3, personal=True, left=1)
    await street.segment("plain", 3)
    asked = "segments { segment { key } } segmentChanges { nodes { segment { key } } }"
    text = f'{{ customer(id: "{public(street.people[0])}") {{ {asked} }} }}'
    for caller, keys in ((MASKED[0], {"plain"}), (OPERATOR, {"few", "plain"})):
        told = (await street.ask(text, caller=caller))["customer"]
        assert {one["segment"]["key"] for one in told["segments"]} == keys
        assert {one["segment"]["key"] for one in told["segmentChanges"]["nodes"]} == keys


async def test_nor_does_a_filter(street: Street) -> None:
    few, plain = await street.segment("few", 3, personal=True), await street.segment("plain", 2)
    ids = [public(one, Prefix.SEGMENT) for one in (few, plain)]
    text = (
        "query ($ids: [ID!]) { customers(where: {inSegment: $ids}) { totalCount }"
        " none: customers(where: {notInSegment: $ids}) { totalCount } }"
    )
    for caller, found in ((MASKED[0], 2), (OPERATOR, 3)):
        told = await street.ask(text, {"ids": ids}, caller=caller)
        assert (told["customers"]["totalCount"], told["none"]["totalCount"]) == (found, 7 - found)


async def test_partners_are_told_of_no_segment(street: Street) -> None:
    with pytest.raises(QuestionRefused):
        await street.told("few", Principal("till", Role.PARTNER, source="till"))

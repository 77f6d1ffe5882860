"""Pages of a part of all rows are the same pages whichever way they are found: along the order, or from the part."""

from uuid import UUID

import pytest

from domain.ids import Prefix, to_public
from domain.query import parts
from tests.domain.query.world import House, at

MEMBERS = 'segment(id: "%s") { members(first: 17, after: %s%s) { nodes { id } pageInfo { hasNextPage endCursor } } }'
LISTED = 'customers(first: 17, after: %s, where: {country: {eq: "GB"}, inSegment: ["%s"]}%s)'
ORDERS = [
    "",
    ", orderBy: [{field: LIFETIME_VALUE, direction: ASC}]",
    ", orderBy: [{field: REVENUE}, {field: CREATED_AT}]",
]


async def _furnish(house: House) -> tuple[dict[UUID, list[UUID]], list[UUID]]:
    """Sixty customers, and segments of all of them, of three, and of the twenty whom lists show last."""
    people = []
    for n in range(60):
        score = {"lifetime_value": n * 7 % 20 if n % 4 else None, "revenue": n % 5}
        people.append(
            await house.customer(f"C{n}", created_at=at(f"2026-01-{1 + n // 3:02d}"), country="GB", score=score)
        )
    segments: dict[UUID, list[UUID]] = {}
    for number, members in enumerate([people, people[5:50:17], people[:20]], 1):
        id_ = house.id()
        segments[id_] = members
        said = {
            "key": f"s{number}",
            "name": f"S{number}",
            "search_fold": f"s{number}",
            "kind": "RULE",
            "number": number,
        }
        moment = {"created_at": at("2026-02-01"), "updated_at": at("2026-02-01")}
        await house.row("segment", segment_id=id_, member_count=len(members), **said, **moment)
    for one in people:
        held = [number for number, members in enumerate(segments.values(), 1) if one in members]
        await house.row("customer_segment", customer_id=one, segments=held, refreshed_at=at("2026-02-01"))
    return segments, people


async def _pages(house: House, segment: UUID, order: str, alias: str) -> tuple[list[str], list[str]]:
    """Who is on the pages, as members and as a list."""
    found: tuple[list[str], list[str]] = ([], [])
    id_ = to_public(Prefix.SEGMENT, segment)
    for told, page in zip(found, (MEMBERS, LISTED), strict=True):
        after, more = "null", True
        while more:
            if page is MEMBERS:
                text = f"{{ {alias}: {MEMBERS % (id_, after, order)} }}"
                answer = (await house.ask(text))[alias]["members"]
            else:
                told_of = "{ nodes { id } pageInfo { hasNextPage endCursor } }"
                answer = (await house.ask(f"{{ {alias}: {LISTED % (after, id_, order)} {told_of} }}"))[alias]
            told += [one["id"] for one in answer["nodes"]]
            more, after = answer["pageInfo"]["hasNextPage"], f'"{answer["pageInfo"]["endCursor"]}"'
    return found


async def _check(house: House, monkeypatch: pytest.MonkeyPatch, reach: int, orders: list[str]) -> None:
    monkeypatch.setattr(parts, "REACH", reach)
    segments, people = await _furnish(house)
    for statistics in ("unknown", "known"):
        if statistics == "known":
            await house.tx.execute("ANALYZE customer")
        for order in orders:
            alias = f"{statistics}{reach}o{ORDERS.index(order)}"
            listed = await house.ask(f"{{ customers(first: 250{order}) {{ nodes {{ id }} }} }}")
            everybody = [one["id"] for one in listed["customers"]["nodes"]]
            assert len(everybody) == len(people)
            for segment, members in segments.items():
                ids = {to_public(Prefix.CUSTOMER, one) for one in members}
                expected = [one for one in everybody if one in ids]
                assert await _pages(house, segment, order, alias) == (expected, expected), (alias, len(members))


async def test_every_way_leads_to_the_same_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await _check(house, monkeypatch, 15, ORDERS[:1])


@pytest.mark.proof
@pytest.mark.parametrize("reach", [parts.REACH, 15])
async def test_every_way_leads_to_the_same_pages_in_every_order(
    house: House, monkeypatch: pytest.MonkeyPatch, reach: int
) -> None:
    await _check(house, monkeypatch, reach, ORDERS)

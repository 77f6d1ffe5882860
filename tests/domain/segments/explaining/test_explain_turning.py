"""The clause that decided turns when its fact does, and says what the customer has now; membership follows."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.access.principal import OPERATOR
from domain.database import Tx
from domain.errors import ErrorCode, Refused
from domain.ids import Prefix, to_public
from domain.query.asking import Occasion
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.explaining.queries import Explained, explain
from domain.segments.rule import Json
from domain.vocabulary import SegmentKind
from tests.domain.query.world import KEYS, NOW, House, at
from tests.domain.segments.looking import look_at_everybody
from tests.domain.segments.wording.test_words import rule

OCCASION = Occasion(OPERATOR, NOW, ZoneInfo("UTC"), KEYS)
Act: TypeAlias = Callable[["Home"], Awaitable[None]]


class Home(House):
    """Ada, and whom she is explained to be."""

    ada: UUID
    pen: UUID

    async def begin(self) -> None:
        self.ada = await self.customer("Ada", country="GB", score={"order_count": 1, "lifecycle_stage": "NEW"})
        self.pen = await self.product("PEN", category="Paper")
        order = await self.order(self.ada, "2026-02-01", "20")
        await self.line(self.ada, order, self.pen, 2)
        await self.touchpoint(self.ada, "2026-03-01", kind="CALL", cost=Decimal(3))

    async def segment(self, asked: Json, kind: SegmentKind = SegmentKind.RULE) -> UUID:
        saved = await commands.create(
            self.tx, Given(frozenset(), name=f"S{self.count}", kind=kind, rule=asked), occasion=OCCASION
        )
        assert saved.did.key is not None
        self.count += 1
        return saved.did.key

    async def look(self) -> None:
        """As the job does, and then the round."""
        await look_at_everybody(self.tx, OCCASION)

    async def explained(self, segment: UUID, customer: UUID | None = None) -> Explained:
        return await explain(self.tx, segment, to_public(Prefix.CUSTOMER, customer or self.ada), occasion=OCCASION)

    async def scored(self, **said: object) -> None:
        for name, value in said.items():
            await self.tx.execute(f"UPDATE customer_score_a SET {name} = $1 WHERE customer_id = $2", value, self.ada)


async def call(home: Home) -> None:
    await home.touchpoint(home.ada, "2026-03-10", kind="CALL", cost=Decimal(4))


async def buy(home: Home) -> None:
    await home.line(home.ada, await home.order(home.ada, "2026-03-01", "15.5"), home.pen, 3)


async def allow(home: Home) -> None:
    await home.row(
        "customer_consent", customer_id=home.ada, consent_id=home.id(), channel="EMAIL", purpose="MARKETING",
        status="GRANTED", recorded_at=NOW, recorded_for=home.ada, holds=True,
    )  # fmt: skip
    await home.tx.execute("UPDATE customer SET email = 'ada@example.org' WHERE customer_id = $1", home.ada)


async def need(home: Home) -> None:
    await home.row(
        "customer_need", customer_id=home.ada, need_id=home.id(), kind="BELIEF", name="organic", strength=0.75,
        recorded_at=NOW,
    )  # fmt: skip


async def known(home: Home) -> None:
    await home.identity(home.ada, "EXTERNAL_ID", "L-1", "till")


async def plan(home: Home) -> None:
    await home.row("customer_attribute", customer_id=home.ada, name="plan", personal=False, text_value="Gold",
                   text_fold="gold")  # fmt: skip
    await home.tx.execute("""UPDATE customer SET attributes = '{"plan": "Gold"}' WHERE customer_id = $1""", home.ada)


async def move(home: Home) -> None:
    await home.tx.execute("UPDATE customer SET country = 'DE' WHERE customer_id = $1", home.ada)


async def grow(home: Home) -> None:
    await home.scored(order_count=7, lifecycle_stage="LAPSED", last_order_at=at("2026-01-01"), profit=Decimal("12.5"))


async def come(home: Home) -> None:
    await home.tx.execute(
        "UPDATE customer SET acquisition_channel = 'TV', acquisition_source = 'ad', acquisition_at = $1"
        " WHERE customer_id = $2",
        at("2026-03-01"),
        home.ada,
    )


_IDENTITY: Json = {"kind": "EXTERNAL_ID", "source": "till", "value": "L-1", "verified": False}
_NEED: Json = {"kind": "BELIEF", "name": "organic", "strength": 0.75}
TURNS: list[tuple[str, Act, str, Json, Json]] = [
    ("{orderCount: {gte: 5}}", grow, "number of orders is at least 5", 1, 7),
    ("{lifecycleStage: [LAPSED]}", grow, "lifecycle stage is lapsed", "NEW", "LAPSED"),
    (
        '{lastOrderAt: {olderThan: "P30D"}}', grow,
        "last order was more than 30 days ago", None, "2026-01-01T00:00:00+00:00",
    ),
    ('{profitability: {profit: {gt: "10"}}}', grow, "profit in the whole relationship is above 10", "0.00", "12.50"),
    (
        '{profitability: {over: {last: "P2M"}, costToServe: {gt: "5"}}}', call,
        "cost to serve in the last 2 months is above 5", "3.00", "7.00",
    ),
    ('{country: {ne: "GB"}}', move, "country is not “GB”", "GB", "DE"),
    ('{not: {country: {eq: "GB"}}}', move, "not (country is “GB”)", "GB", "DE"),
    (
        "{touchpoints: {where: {kind: [CALL]}, count: {gte: 2}}}", call,
        "has at least 2 touchpoints (kind is call)", 1, 2,
    ),
    (
        '{touchpoints: {where: {occurredAt: {within: "P7D"}}}}', call,
        "has a touchpoint (happened in the last 7 days)", 0, 1,
    ),
    ('{orders: {where: {orderedAt: {within: "P30D"}}}}', buy, "has an order (ordered in the last 30 days)", 0, 1),
    ('{orders: {total: {gte: "30"}}}', buy, "the total of orders is at least 30", "20.00", "35.50"),
    (
        '{orders: {count: {gte: 2}, total: {gte: "30"}}}', buy,
        "has at least 2 orders, where their total is at least 30",
        {"count": 1, "total": "20.00"}, {"count": 2, "total": "35.50"},
    ),
    (
        '{bought: {product: {category: {eq: "Paper"}}, units: {gte: 4}}}', buy,
        "bought at least 4 units of products (category is “Paper”)", 2, 5,
    ),
    (
        '{bought: {product: {sku: {eq: "PEN"}}, at: {within: "P30D"}}}', buy,
        "bought a product (SKU is “PEN”; ordered in the last 30 days)", 0, 3,
    ),
    ("{consent: {channel: EMAIL}}", allow, "consents to marketing by e-mail", None, "GRANTED"),
    ("{reachableBy: [EMAIL]}", allow, "can be reached for marketing by e-mail", [], ["EMAIL"]),
    ("{need: {kind: BELIEF}}", need, "has a need (kind is belief)", [], [_NEED]),
    ('{identity: {source: "till"}}', known, "is known by an identity (source is “till”)", [], [_IDENTITY]),
    ('{attributes: [{name: "plan", string: {eq: "Gold"}}]}', plan, "attribute “plan” is “Gold”", None, "Gold"),
    ("{acquisition: {channel: [TV]}}", come, "acquisition channel is TV", None, "TV"),
]  # fmt: skip


@pytest.fixture
async def home(tx: Tx) -> Home:
    made = Home(tx)
    await made.begin()
    return made


@pytest.mark.parametrize(("asked", "act", "words", "before", "after"), TURNS, ids=[turn[0] for turn in TURNS])
async def test_a_clause_turns_with_its_fact(
    home: Home, asked: str, act: Act, words: str, before: Json, after: Json
) -> None:
    segment = await home.segment(rule(asked))
    await home.look()
    found = await home.explained(segment)
    assert (found.member, found.entered_at) == (False, None)
    assert [(one.clause, one.holds, one.value) for one in found.clauses] == [(words, False, before)]
    await act(home)
    # It is told as it is, though membership has not followed yet.
    found = await home.explained(segment)
    assert (found.member, found.holds) == (False, True)
    assert [(one.clause, one.holds, one.value) for one in found.clauses] == [(words, True, after)]
    await home.look()
    found = await home.explained(segment)
    assert (found.member, found.entered_at) == (True, NOW)


async def test_a_period_without_ends_is_the_whole_relationship(home: Home) -> None:
    segment = await home.segment(rule('{profitability: {over: {}, costToServe: {gte: "0"}}}'))
    await home.look()
    found = await home.explained(segment)
    told = [(one.clause, one.holds, one.value) for one in found.clauses]
    assert (found.member, told) == (True, [("cost to serve in the whole relationship is at least 0", True, "0.00")])


async def test_not_bought_says_how_many_were(home: Home) -> None:
    segment = await home.segment(rule('{notBought: {product: {sku: {eq: "PEN"}}}}'))
    [clause] = (await home.explained(segment)).clauses
    assert (clause.clause, clause.holds, clause.value) == ("did not buy a product (SKU is “PEN”)", False, 2)


async def test_the_clauses_that_decide_come_first(home: Home) -> None:
    asked = (
        '{country: {eq: "GB"}, kind: [PERSON], any: [{valueTier: [HIGH]}, {orderCount: {eq: 1}}], city: {eq: "Ulm"}}'
    )
    segment = await home.segment(rule(asked))
    told = [(one.clause, one.holds) for one in (await home.explained(segment)).clauses]
    assert told == [
        ("city is “Ulm”", False),
        ("alternative 1 of 2: value tier is high", False),
        ("alternative 2 of 2: number of orders is 1", True),
        ("country is “GB”", True),
        ("kind is person", True),
    ]


async def test_of_other_segments_it_says_in_which_the_customer_is(home: Home) -> None:
    best, far = await home.segment(rule('{country: {eq: "GB"}}')), await home.segment(rule('{country: {eq: "DE"}}'))
    await home.look()
    ids: list[Json] = [to_public(Prefix.SEGMENT, one) for one in (best, far)]
    names = [await home.tx.fetchval("SELECT name FROM segment WHERE segment_id = $1", one) for one in (best, far)]
    segment = await home.segment({"inSegment": ids, "notInSegment": ids[1:]})
    told = [(one.clause, one.holds, one.value) for one in (await home.explained(segment)).clauses]
    assert told == [
        (f"is in at least one of the segments “{names[0]}” and “{names[1]}”", True, [names[0]]),
        (f"is not in the segment “{names[1]}”", True, []),
    ]


async def test_a_list_says_since_when_the_customer_is_on_it(home: Home) -> None:
    segment = await home.segment(None, SegmentKind.STATIC)
    [off] = (await home.explained(segment)).clauses
    assert (off.clause, off.holds, off.value) == ("is on the list", False, None)
    await commands.list_members(home.tx, segment, [home.ada], on=True, occasion=OCCASION)
    found = await home.explained(segment)
    [on] = found.clauses
    assert (on.holds, on.value) == (True, "2026-03-15T12:00:00+00:00")
    assert (found.member, found.entered_at) == (True, NOW)


async def test_until_a_new_rule_is_built_the_one_that_holds_is_explained(home: Home) -> None:
    segment = await home.segment(rule('{country: {eq: "GB"}}'))
    assert [one.clause for one in (await home.explained(segment)).clauses] == ["country is “GB”"]
    await home.look()
    await commands.update(
        home.tx, segment, Given(frozenset({"where"}), rule=rule('{country: {eq: "DE"}}')), occasion=OCCASION
    )
    found = await home.explained(segment)
    assert ([one.clause for one in found.clauses], found.member) == (["country is “GB”"], True)
    await home.look()
    found = await home.explained(segment)
    assert ([one.clause for one in found.clauses], found.member) == (["country is “DE”"], False)


async def test_of_the_merged_the_survivor_is_explained_and_of_the_erased_nobody(home: Home) -> None:
    segment = await home.segment(rule('{country: {eq: "GB"}}'))
    other = await home.customer("Old", country="FR", merged_into=home.ada)
    await home.row("customer_alias", customer_id=other, survivor_id=home.ada, merged_at=NOW)
    [clause] = (await home.explained(segment, other)).clauses
    assert (clause.holds, clause.value) == (True, "GB")
    gone = await home.customer(None, erased_at=NOW)
    for nobody in (gone, UUID(int=99)):
        with pytest.raises(Refused) as refused:
            await home.explained(segment, nobody)
        [fault] = refused.value.faults
        assert (fault.code, fault.path) == (ErrorCode.NOT_FOUND, ("customer",))


async def test_a_rule_of_many_clauses_is_one_statement(home: Home) -> None:
    asked = {"any": [{"country": {"eq": f"C{n}"}} for n in range(400)]}
    found = await home.explained(await home.segment(asked))  # type: ignore[arg-type]
    assert len(found.clauses) == 400
    assert found.clauses[0].clause == "alternative 1 of 400: country is “C0”"

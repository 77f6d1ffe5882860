"""What a segment earns, now and in each period, is what plain Python makes of its stays and its members' facts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.access.principal import OPERATOR
from domain.clock import told
from domain.database import Tx
from domain.errors import QuestionRefused
from domain.segments import commands
from tests.domain.customers.one_life import undone
from tests.domain.query.world import MASKED, asked
from tests.domain.query.world import House as Desk
from tests.domain.segments.entities.earnings import BEGIN, MONEY, NOW, ZONE, Life, Plain, Row, midnight, rows_of
from tests.support.one_connection import OneConnection, made_for_a_test

_EARNED = f"profitability {{ {' '.join(MONEY)} margin costCoverage }}"
_FIGURES = f"""asOf customers entered left profitPerCustomer lifetimeValue repeatRate repurchaseRate churnProbability
  responseRate {_EARNED}"""
_ASK = f"""query ($every: Duration!, $over: Period) {{ segment(key: "list") {{
  metrics {{ {_FIGURES} }} history(every: $every, over: $over) {{ {_FIGURES} }} }} }}"""
_THEN = f"""query ($at: DateTime!, $over: Period) {{ segment(key: "list") {{ membersAt(at: $at, first: 250) {{
  totalCount nodes {{ id profitability(over: $over) {{ {" ".join(MONEY)} }} }} }} }} }}"""
_CHANGES = '{ segment(key: "list") { changes(first: 250) { nodes { entered at } } } }'


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    earned = found["profitability"]
    for name, value in expected.items():
        got = earned[name] if name in MONEY else found[name]
        if isinstance(value, float):
            assert got == pytest.approx(value), name
        elif name in (*MONEY, "lifetimeValue"):
            assert Decimal(got) == value, name
        else:
            assert got == value, name
    people, each = expected["customers"], found["profitPerCustomer"]
    assert (each is None) == (not people)
    assert not people or abs(Decimal(each) - expected["profit"] / people) < Decimal("0.000001")


async def check(tx: Tx, seed: int, steps: int = 40) -> int:
    """How many rows were compared that had members."""
    life = Life(tx, Random(seed))
    await life.begin()
    await life.live(steps)
    desk, plain, rng = Desk(tx), await Plain.of(tx), Random(seed)
    created = BEGIN + timedelta(days=30)
    compared = 0
    for months, days in ((1, 0), (3, 0), (0, 7), (1, 5)):
        start = midnight(date(2025, rng.randint(1, 9), 1 if days == 0 else rng.randint(1, 27)))
        end = rng.choice([NOW, NOW - timedelta(days=rng.randrange(1, 60), minutes=5), midnight(date(2026, 1, 1))])
        rows = rows_of(start, end, months, days)
        every = f"P{months}M" * bool(months) or "P"
        variables = {"every": every + f"{days}D" * bool(days), "over": {"from": told(start), "until": told(end)}}
        answer = (await desk.ask(_ASK, variables, now=NOW, zone=ZONE))["segment"]
        expected = [row for row in rows if row.end >= created]
        assert [one["asOf"] for one in answer["history"]] == [told(row.end) for row in expected]
        for row, one in zip(expected, answer["history"], strict=True):
            compare(one, plain.figures(row))
            compared += bool(one["customers"])
        running = Row(midnight(date(2026, 3, 1)), NOW, midnight(date(2026, 2, 1)))
        compare(answer["metrics"], plain.figures(running, ever=True))
        await _agree(desk, expected, answer["history"])
    return compared


async def _agree(desk: Desk, rows: list[Row], told_: list[dict[str, Any]]) -> None:
    """With what else the house says: of who was in it then, of what each earned, and of who came and went."""
    changes = (await desk.ask(_CHANGES, now=NOW, zone=ZONE))["segment"]["changes"]["nodes"]
    for row, one in list(zip(rows, told_, strict=True))[-4:]:
        variables = {"at": told(row.end), "over": {"from": told(row.start), "until": told(row.end)}}
        then = (await desk.ask(_THEN, variables, now=NOW, zone=ZONE))["segment"]["membersAt"]
        assert then["totalCount"] == len(then["nodes"]) == one["customers"]
        for name in MONEY:
            together = sum((Decimal(each["profitability"][name]) for each in then["nodes"]), Decimal())
            assert Decimal(one["profitability"][name]) == together
        for entered in (True, False):
            moments = [datetime.fromisoformat(change["at"]) for change in changes if change["entered"] is entered]
            assert one["entered" if entered else "left"] == sum(row.start < at <= row.end for at in moments)


class House(OneConnection):
    async def check(self, seed: int) -> int:
        async with undone(self.tx):
            return await check(self.tx, seed)


house = made_for_a_test(House)


def test_figures_are_those_of_the_members_of_then(house: House) -> None:
    assert house.runner.run(house.check(1)) > 10


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(2, 9))
def test_figures_are_those_of_the_members_of_then_in_many_lives(house: House, seed: int) -> None:
    house.runner.run(house.check(seed))


async def _few(tx: Tx) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two people in a segment that asks for personal data: as who may read such is told, and who may not."""
    life = Life(tx, Random(3))
    await life.begin()
    assert life.segment
    now = life.at(NOW - timedelta(days=70))
    await commands.list_members(tx, life.segment, life.people[:2], on=True, occasion=now)
    await tx.execute("UPDATE segment_version SET personal = true")
    every = {"every": "P1M"}
    told_ = [(await Desk(tx).ask(_ASK, every, now=NOW, zone=ZONE, caller=who))["segment"] for who in (OPERATOR, MASKED)]
    return told_[0], told_[1]


def test_of_a_few_whom_a_personal_rule_finds_there_are_no_figures(house: House) -> None:
    async def both() -> tuple[dict[str, Any], dict[str, Any]]:
        async with undone(house.tx):
            return await _few(house.tx)

    whole, veiled = house.runner.run(both())
    assert whole["metrics"]["customers"] == 2
    for one in (veiled["metrics"], *veiled["history"]):
        assert [one[name] for name in ("customers", "entered", "left")] == [5, 5, 5]
        assert {one["profitability"][name] for name in MONEY} | {one["lifetimeValue"]} == {"0.00"}
        assert {value for name, value in one.items() if name.endswith(("Rate", "Probability", "Customer"))} == {None}
    assert len(veiled["history"]) == len(whole["history"])


_HISTORY = '{{ segment(key: "list") {{ history({0}) {{ asOf }} }} }}'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('every: "P1D"', None),
        ('every: "PT36H"', "whole days"),
        ('every: "P0D"', "whole days"),
        ('every: "P1D", over: {last: "P1Y"}', "more than 120 rows: ask for longer rows"),
        ('over: {last: "P1Y", until: "2026-01-01T00:00:00Z"}', "last stands alone"),
        ('over: {from: "1990-01-01T00:00:00Z"}', "more than 120 rows"),
        ('over: {from: "0001-01-01T00:00:00Z"}', "too near to the end of the calendar"),
        ('every: "P200Y", over: {from: "0100-01-01T00:00:00Z"}', None),
        ('over: {from: "2027-01-01T00:00:00Z"}', None),
    ],
)
def test_rows_that_cannot_be_are_refused_with_the_remedy(arguments: str, message: str | None) -> None:
    if message is None:
        assert asked(_HISTORY.format(arguments), now=NOW, zone=ZONE)
        return
    with pytest.raises(QuestionRefused, match=message):
        asked(_HISTORY.format(arguments), now=NOW, zone=ZONE)


def test_what_is_not_asked_for_is_not_read(house: House) -> None:
    """Postgres drops the joins whose columns nobody tells."""

    async def plan(fields: str) -> str:
        question = asked(f'{{ segment(key: "list") {{ history {{ {fields} }} }} }}', now=NOW, zone=ZONE)
        rows = await house.tx.fetch("EXPLAIN " + question.statement.sql, *question.values)
        return "\n".join(row[0] for row in rows)

    few = house.runner.run(plan("asOf customers entered"))
    assert "segment_stay" in few
    assert not {name for name in ("customer_month", "score_snapshot", "customer_order", "touchpoint") if name in few}
    money = house.runner.run(plan("profitability { profit }"))
    assert "customer_month" in money
    assert "score_snapshot" not in money

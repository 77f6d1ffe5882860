"""Binary COPY both ways, and exact money in arrays: what goes in comes out to the last digit."""

from collections.abc import AsyncIterator
from decimal import ROUND_HALF_UP, Decimal
from struct import pack

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.analytics.scoring import wire
from domain.analytics.scoring.money import Money
from domain.analytics.scoring.wire import HEADER, TRAILER, Inflow, Kind
from domain.database import Tx

AMOUNTS = [Decimal(text) for text in ("0", "0.000001", "-0.000001", "12345678901234.999999", "-1.5", "99.99", "10000")]
micros = st.integers(-(10**15), 10**15)


def money(amounts: list[Decimal]) -> Money:
    parts = [(int(amount), int((amount - int(amount)) * 1_000_000)) for amount in amounts]
    return Money(np.array([whole for whole, _ in parts]), np.array([micro for _, micro in parts]))


def micros_of(amounts: Money) -> list[int]:
    pairs = zip(amounts.whole.tolist(), amounts.micro.tolist(), strict=True)
    return [whole * 1_000_000 + micro for whole, micro in pairs]


@given(left=micros, right=micros)
def test_money_adds_and_subtracts_exactly(left: int, right: int) -> None:
    a, b = (money([Decimal(value).scaleb(-6)]) for value in (left, right))
    assert micros_of(a + b) == [left + right]
    assert micros_of(a - b) == [left - right]
    total = a + b
    assert not ((total.whole > 0) & (total.micro < 0)).any()
    assert not ((total.whole < 0) & (total.micro > 0)).any()


@given(total=micros, by=st.integers(1, 10_000))
@example(total=15_430_625, by=2)
@example(total=-15_430_625, by=2)
@example(total=-1, by=2)
def test_money_is_shared_out_as_postgres_rounds_what_is_told(total: int, by: int) -> None:
    """Halves away from zero: what lists filter by is what a customer's averageOrderValue says."""
    shared = money([Decimal(total).scaleb(-6)]).divided(np.array([by]))
    expected = (Decimal(total).scaleb(-6) / by).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    assert micros_of(shared) == [int(expected.scaleb(6))]


def test_the_nearest_amount_of_a_float_carries_over() -> None:
    assert micros_of(Money.of(np.array([0.9999999, -0.9999999, 2.5, -0.25]))) == [
        1_000_000,
        -1_000_000,
        2_500_000,
        -250_000,
    ]


nullable = st.lists(
    st.tuples(*[st.none() | st.integers(0, 9)] * 3, st.sampled_from(["", "LOW", "MEDIUM"])), min_size=1, max_size=30
)


@given(rows=nullable)
def test_rows_that_lack_other_values_are_each_packed_as_if_alone(
    rows: list[tuple[int | None, int | None, int | None, str]],
) -> None:
    numbers = [[row[place] for row in rows] for place in range(3)]
    wholes = [
        wire.fixed(Kind.WHOLE, np.array([n or 0 for n in of]), np.array([n is not None for n in of], dtype=bool))
        for of in numbers
    ]
    named = wire.text(np.array([row[3].encode() for row in rows], dtype="S8"))
    documents = [[b"[%d]" % place for place in range(len(rows))], [b"{}"] * len(rows)]
    packed = b""
    for place, (*values, name) in enumerate(rows):
        jsonb = b"".join(pack("!ib", len(told[place]) + 1, 1) + told[place] for told in documents)
        told_name = pack("!i", len(name) or -1) + name.encode()
        first, *others = (pack("!i", -1) if value is None else pack("!ii", 4, value) for value in values)
        packed += pack("!h", 6) + first + told_name + b"".join(others) + jsonb
    assert wire.rows_of([wholes[0], named, *wholes[1:]], documents) == packed


async def test_rows_go_into_postgres_as_they_are(tx: Tx) -> None:
    await tx.execute(
        "CREATE TEMP TABLE sent (id int8, amount numeric(20,6), share float8, name text, seen timestamptz, told jsonb)"
    )
    count = len(AMOUNTS)
    present = np.arange(count) % 3 != 0
    columns = [
        wire.fixed(Kind.BIG, np.arange(count)),
        wire.numeric(money(AMOUNTS), present),
        wire.real(np.where(present, np.arange(count) / 7, np.nan)),
        wire.text(np.array([b"", b"LOW", b"MEDIUM"] * 2 + [b"HIGH"])),
        wire.fixed(Kind.INSTANT, np.where(present, 0, wire.NEVER), present),
    ]
    told = [b"[]", b'[{"a":1}]', b"[1,2]"] * 2 + [b"{}"]
    data = HEADER + wire.rows_of(columns, [told]) + TRAILER

    async def source() -> AsyncIterator[bytes]:
        yield data

    await tx.copy_to_table("sent", source=source(), format="binary")
    rows = await tx.fetch("SELECT * FROM sent ORDER BY id")
    assert [row["amount"] for row in rows] == [a if p else None for a, p in zip(AMOUNTS, present, strict=True)]
    assert [row["share"] for row in rows] == [n / 7 if p else None for n, p in enumerate(present)]
    assert [row["name"] for row in rows] == [None, "LOW", "MEDIUM", None, "LOW", "MEDIUM", "HIGH"]
    assert rows[1]["told"] == [{"a": 1}]
    assert [row["seen"] is None for row in rows] == [not p for p in present]
    assert rows[1]["seen"].isoformat() == "2000-01-01T00:00:00+00:00"


async def test_rows_come_out_of_postgres_however_the_bytes_are_cut(tx: Tx) -> None:
    layout = wire.row_type([("id", Kind.BIG), ("share", Kind.REAL)])
    received = bytearray()

    async def keep(data: bytes) -> None:
        received.extend(data)

    query = "SELECT n::int8, n / 7.0::float8 FROM generate_series(1, 100) AS n"
    await tx.copy_from_query(query, output=keep, format="binary")
    for cut in (1, 7, 19, 1000):
        inflow, ids = Inflow(layout), []
        for begin in range(0, len(received), cut):
            inflow.feed(bytes(received[begin : begin + cut]))
            ids += inflow.take()["id"].tolist()
        assert ids == list(range(1, 101))


def test_rows_of_another_layout_are_refused() -> None:
    inflow = Inflow(wire.row_type([("id", Kind.BIG)]))
    inflow.feed(HEADER + (2).to_bytes(2, "big") + (8).to_bytes(4, "big") + bytes(8))
    with pytest.raises(ValueError, match="layout"):
        inflow.take()

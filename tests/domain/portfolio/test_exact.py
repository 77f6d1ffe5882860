"""Whether an answer is told exactly, or rests on a sample of very many customers."""

import re

import pytest

from domain.database import Tx
from tests.domain.query.world import NOW, House, asked


@pytest.fixture
def house(tx: Tx) -> House:
    return House(tx)


async def test_an_answer_is_exact_but_where_it_rests_on_a_sample(house: House) -> None:
    """Told only of what is asked for: whoever asks for profit alone is told exactly, of however many."""
    text = """INSERT INTO customer (customer_id, created_at, updated_at, search_fold, country)
      SELECT lpad(to_hex(n), 32, '0')::uuid, $1, $1, '', CASE n WHEN 1 THEN 'GB' ELSE 'DE' END
      FROM generate_series(1, 20001) AS n"""
    await house.tx.execute(text, NOW)
    sampled = "{ portfolio(where: %s) { exact customers looked: associations(outcome: PROFIT) { attribute } } }"
    for where, customers, exact in (("{}", 20_001, False), ('{country: {eq: "DE"}}', 20_000, True)):
        told = (await house.ask(sampled % where))["portfolio"]
        assert (told["customers"], told["exact"]) == (customers, exact)
    told = await house.ask("{ a: portfolio { exact } b: portfolio { exact associations(outcome: CHURN) { value } } }")
    assert (told["a"]["exact"], told["b"]["exact"]) == (True, False)


@pytest.mark.parametrize(
    ("asked_for", "most"),
    [
        ("productAdoption { likelyBuyers }", 50_000),
        ("productAdoption { buyers }", None),
        ("productAdoption { likelyBuyers } associations(outcome: RESPONSE) { value }", 20_000),
    ],
)
def test_of_how_many_a_sample_is_taken_is_known_by_what_is_asked_for(asked_for: str, most: int | None) -> None:
    sql = asked(f"{{ portfolio {{ exact {asked_for} }} }}").statement.sql
    assert re.findall(r"count\(\*\) > (\d+) FROM", sql) == ([str(most)] if most else [])

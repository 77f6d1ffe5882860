"""The first start with the demo: killed in the middle it goes on, nothing doubles, its questions are answered."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.up.greeting import ONE_STORY, SLIPPING_AWAY, WORTH_MOST
from tests.schema.test_portfolio import everything, groups
from tests.support.upstart import Up, up
from tests.support.waiting import soon

pytestmark = pytest.mark.proof

HOUSEHOLDS = 2_300
"""At least so many; the rest of the arithmetic is the demo's own tests' matter."""
_OF_A_GROUP = "query ($where: CustomerFilter) { portfolio(where: $where) { customers } }"


@pytest.fixture(scope="module")
def loaded() -> Iterator[Up]:
    """Killed with -9 while the orders are being recorded, then started again and let be."""
    with tempfile.TemporaryDirectory(prefix="rup-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        folder = Path(name) / "data"
        with up(folder) as first:
            assert soon(lambda: first.place.admin_key.exists() and first.status("/readyz") == 200, 180), first.said()
            assert soon(lambda: _has_begun(first), 300), first.said()
            first.process.kill()
            first.process.wait()
            assert first.all_gone()
        with up(folder) as second:
            assert second.runs(within=1_200)
            yield second


def _count(started: Up, what: str) -> int:
    answer = started.ask(f"{{ {what}(first: 1) {{ totalCount }} }}")
    return int(answer[what]["totalCount"])  # type: ignore[index]


def _has_begun(started: Up) -> bool:
    try:
        return _count(started, "customers") > 0
    except OSError:  # it is busy
        return False


def _nodes(started: Up, question: str) -> list[dict[str, dict[str, object]]]:
    nodes: list[dict[str, dict[str, object]]] = started.ask(question)["customers"]["nodes"]  # type: ignore[index]
    return nodes


def test_what_was_loaded_is_told_and_is_there_once(loaded: Up) -> None:
    customers, orders = _count(loaded, "customers"), _count(loaded, "orders")
    assert customers >= HOUSEHOLDS
    assert f"{customers:,} customers, {orders:,} orders" in loaded.said()
    assert "whole weeks" in loaded.said()
    assert "416 basket lines of quantity 0" in loaded.said()


def test_the_most_valuable_are_told_with_their_range(loaded: Up) -> None:
    nodes = _nodes(loaded, WORTH_MOST.text)
    assert len(nodes) == 5
    worth = [node["lifetimeValue"] for node in nodes]
    assert all(float(str(one["predicted"])) > 0 for one in worth)
    assert [one["total"] for one in worth] == sorted((one["total"] for one in worth), key=_number, reverse=True)
    for one in worth:
        interval: dict[str, object] = one["interval"]  # type: ignore[assignment]
        assert _number(interval["low"]) < _number(one["predicted"]) < _number(interval["high"])


def test_those_about_to_be_lost_are_told_with_reasons(loaded: Up) -> None:
    nodes = _nodes(loaded, SLIPPING_AWAY.text)
    assert nodes
    for node in nodes:
        assert _number(node["churnRisk"]["probability"]) >= 0.35
        assert node["churnRisk"]["reasons"]
        assert _number(node["profitability"]["revenue"]) > 0


def test_one_story_has_ranks_orders_and_touches(loaded: Up) -> None:
    (node,) = _nodes(loaded, ONE_STORY.text)
    assert node["ranks"]["byProfit"] == 1
    assert len(node["orders"]["nodes"]) == 3  # type: ignore[arg-type]
    assert node["touchpoints"]["nodes"]
    assert node["rfm"]["label"]


def test_everything_that_a_portfolio_can_be_asked_is_answered(loaded: Up) -> None:
    """And whatever group it tells of, those whom its filter finds are as many as it says."""
    portfolio: dict[str, object] = loaded.ask(f"{{ portfolio {everything()} }}")["portfolio"]  # type: ignore[assignment]
    assert portfolio["customers"] == _count(loaded, "customers")
    counted = 0
    for road, group, customers in groups(portfolio):
        if customers is not None:
            found = loaded.ask(_OF_A_GROUP, {"where": group["where"]})["portfolio"]
            assert found == {"customers": customers}, (road, group)
            counted += 1
    assert counted > 50


def test_a_later_start_does_not_load_again(loaded: Up) -> None:
    loaded.stop()
    with up(loaded.place.folder) as again:
        assert again.runs()
        assert "basket lines" not in again.said()


def _number(text: object) -> float:
    return float(str(text))

"""Advice in the world of generated questions: there is some of every kind, and both ways tell it alike."""

from collections import Counter

import orjson

from domain.access.principal import OPERATOR
from tests.schema.desk import Desk
from tests.schema.questions import Question

_ALL = """{ customers(first: 100) { nodes {
  nextActions(first: 9) { strategy channel product { sku } expectedProfit reason }
  offerAffinities { offer received responded affinity } channelPreferences { channel affinity responseRate }
} } }"""


def test_the_world_has_advice_and_both_ways_tell_it_alike(desk: Desk) -> None:
    answer = desk.alike(OPERATOR, Question(_ALL, {}))
    nodes = orjson.loads(answer.body)["data"]["customers"]["nodes"]
    strategies = Counter(action["strategy"] for node in nodes for action in node["nextActions"])
    assert len(strategies) >= 4, strategies
    assert any(action["product"] for node in nodes for action in node["nextActions"]), strategies
    assert {offer["offer"] for node in nodes for offer in node["offerAffinities"]} == {"spring", '10%_"off"'}
    assert any(channel["responseRate"] for node in nodes for channel in node["channelPreferences"])
    assert all(
        abs(sum(channel["affinity"] for channel in node["channelPreferences"]) - 1) < 1e-9
        for node in nodes
        if node["channelPreferences"]
    )

"""A rule comes apart into clauses that decide together as the rule does, and those that decide are named."""

from hypothesis import given
from hypothesis import strategies as st

from domain.segments.rule import Json
from domain.segments.wording.clauses import Clause, clauses_of, in_place, judge, leaves, places
from domain.segments.wording.words import Teller

FACTS = range(5)
LEAVES = st.sampled_from([{"openCases": {"eq": n}} for n in FACTS])
RULES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(LEAVES, st.just({}), st.just({"openCases": {}})),
    lambda below: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(below, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(below, max_size=3)),
        st.builds(lambda part: {"not": part}, below),
        st.builds(
            lambda one, other, last: {**one, "any": other, "not": last}, LEAVES, st.lists(below, max_size=2), below
        ),
    ),
    max_leaves=9,
)


def holds(rule: Json, true: set[int]) -> bool:
    """As the contract says it."""
    assert isinstance(rule, dict)
    found = []
    for name, held in rule.items():
        if name == "not":
            found.append(not holds(held, true))
        elif name == "openCases":
            assert isinstance(held, dict)
            found.append(held == {} or held["eq"] in true)
        else:
            assert isinstance(held, list)
            found.append((all if name == "all" else any)(holds(part, true) for part in held))
    return all(found)


def alone(clause: Clause, true: set[int]) -> bool:
    return holds(dict(clause.rule), true) is not clause.denied


@given(RULES, st.sets(st.sampled_from(FACTS)))
def test_clauses_decide_as_the_rule_does(rule: Json, true: set[int]) -> None:
    node = clauses_of(rule)
    found, decided = judge(node, iter([alone(clause, true) for clause in leaves(node)]))
    assert found == holds(rule, true)
    assert any(decided)
    assert len(decided) == len(places(node)) == len(list(leaves(node)))


@given(RULES, st.sets(st.sampled_from(FACTS)), st.data())
def test_whatever_the_others_are_those_that_decided_still_decide(
    rule: Json, true: set[int], data: st.DataObject
) -> None:
    node = clauses_of(rule)
    held = [alone(clause, true) for clause in leaves(node)]
    found, decided = judge(node, iter(held))
    others = data.draw(st.lists(st.booleans(), min_size=len(held), max_size=len(held)))
    mixed = [one if decides else other for one, other, decides in zip(held, others, decided, strict=True)]
    assert judge(node, iter(mixed))[0] == found
    assert {one for one, decides in zip(held, decided, strict=True) if decides} == {found}


def told(rule: Json) -> list[str]:
    node = clauses_of(rule)
    several = len({place.choice for stands in places(node) for place in stands}) > 1
    return [
        in_place(clause.words(Teller({})), place, several=several)
        for clause, place in zip(leaves(node), places(node), strict=True)
    ]


def test_a_clause_says_one_thing() -> None:
    rule: Json = {
        "acquisition": {"channel": ["TV"], "source": {"eq": "fair"}},
        "attributes": [{"name": "vip", "exists": True}, {"name": "shoe", "number": {}}],
        "orderCount": {"gte": 2, "lte": 5},
        "profitability": {
            "over": {"last": {"@": "duration", "of": "P1Y"}},
            "margin": {"gt": 0.1},
            "profit": {"gt": "5"},
        },
        "country": {},
        "need": {},
    }
    assert told(rule) == [
        "acquisition channel is TV",
        "acquisition source is “fair”",
        "has the attribute “vip”",
        "has a need",
        "number of orders is at least 2 and at most 5",
        "margin in the last year is above 0.1",
        "profit in the last year is above “5”",
    ]


def test_alternatives_say_which_they_are() -> None:
    rule: Json = {
        "any": [{"kind": ["PERSON"]}, {"country": {"eq": "GB"}, "city": {"eq": "Ulm"}}],
        "language": {"eq": "en"},
    }
    assert told(rule) == [
        "alternative 1 of 2: kind is person",
        "alternative 2 of 2: city is “Ulm”",
        "alternative 2 of 2: country is “GB”",
        "language is “en”",
    ]
    assert told({"not": {"kind": ["PERSON"], "country": {"eq": "GB"}}}) == [
        "alternative 1 of 2: not (country is “GB”)",
        "alternative 2 of 2: not (kind is person)",
    ]


def test_several_choices_are_numbered() -> None:
    one: Json = {"kind": ["PERSON"]}
    other: Json = {"riskBand": ["LOW"]}
    assert told({"all": [{"any": [one, other]}, {"not": {"all": [one, other]}}]}) == [
        "choice 1, alternative 1 of 2: kind is person",
        "choice 1, alternative 2 of 2: risk band is low",
        "choice 2, alternative 1 of 2: not (kind is person)",
        "choice 2, alternative 2 of 2: not (risk band is low)",
    ]


def test_everybody_and_nobody_are_clauses_too() -> None:
    assert told({}) == told({"all": [{}]}) == told({"not": {"any": []}}) == ["everybody"]
    assert told({"any": []}) == told({"not": {}}) == ["nobody"]
    assert told({"not": {"not": {"kind": ["PERSON"]}}}) == ["kind is person"]

"""A rule in words that a marketer reads: "value tier is high, and last order was more than 90 days ago".

What must hold together stands after ", and", inside brackets after "; "; alternatives stand in brackets of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.segments.rule import TYPE, Json, kept
from domain.segments.wording.comparing import MASKED, Comparing
from domain.segments.wording.terms import ACQUIRED, MOMENTS, OVER, listed, one_of_a_set, spoken

EVERYBODY: Final = "everybody"
NOBODY: Final = "nobody"
_AMOUNTS: Final[Mapping[str, str]] = {
    "eq": "exactly {}",
    "ne": "any number but {}",
    "gt": "more than {}",
    "gte": "at least {}",
    "lt": "fewer than {}",
    "lte": "at most {}",
}
_NONE: Final = ({"eq": 0}, {"lte": 0}, {"lt": 1})


def in_words(rule: Json, *, names: Mapping[str, str] | None = None, values: bool = True) -> str:
    """The whole rule; `names` are those of the segments that it names, by id. Without `values` these are masked.

    Postgres keeps its fields in an order of its own; they are told by name, as when it was saved.
    """
    return Teller(names or {}, values=values).whole(kept(rule))


class Teller(Comparing):
    """Tells rules; a phrase says one thing that must hold."""

    def __init__(self, names: Mapping[str, str], *, values: bool = True) -> None:
        super().__init__(values=values)
        self._names = names

    def whole(self, rule: Json) -> str:
        return ", and ".join(self._object(rule)) or EVERYBODY

    def _object(self, rule: Json) -> list[str]:
        if not isinstance(rule, dict):
            return []
        return [phrase for name, held in rule.items() for phrase in self._field(name, held)]

    def _field(self, name: str, held: Json) -> list[str]:
        if name == "all" and isinstance(held, list):
            return [phrase for part in held for phrase in self._object(part)]
        if name == "any" and isinstance(held, list):
            return self._any(held)
        if name == "not":
            return [f"not ({self.whole(held)})"]
        if name in ("inSegment", "notInSegment") and isinstance(held, list):
            return [self._segments(name, held)]
        if name == "reachableBy" and isinstance(held, list):
            return [f"can be reached for marketing {self._channels(held)}"]
        if isinstance(held, dict) and TYPE not in held and (told := self._nested(name, held)) is not None:
            return told
        if name in ("attributes", "properties") and isinstance(held, list):
            noun = "property" if name == "properties" else "attribute"
            return [phrase for item in held if isinstance(item, dict) for phrase in self._named(noun, item)]
        return self.plain(spoken(name), held, name)

    def _nested(self, name: str, held: dict[str, Json]) -> list[str] | None:
        """Filters that say several things of other rows than the customer's own; None where it is none of these."""
        if name == "orders":
            return [self._counted("order", "orders", held)]
        if name == "touchpoints":
            return [self._counted("touchpoint", "touchpoints", held)]
        if name == "contacts":
            return [self._counted("campaign contact", "campaign contacts", held)]
        if name in ("bought", "notBought"):
            return [self._bought(name, held)]
        if name == "identity":
            return [f"is known by an identity{self._which(self._object(held))}"]
        if name == "need":
            return [f"has a need{self._which(self._need(held))}"]
        if name == "consent":
            return [self._consent(held)]
        if name == "product":
            return [f"with a product{self._which(self._object(held))}"]
        if name == "acquisition":
            return self._acquisition(held)
        return self._earned(held) if name == "profitability" else None

    def _any(self, held: Sequence[Json]) -> list[str]:
        if not held:
            return [NOBODY]
        return self._object(held[0]) or [EVERYBODY] if len(held) == 1 else [self._either(held)]

    def _either(self, held: Sequence[Json]) -> str:
        return f"either {listed([f'({self.whole(part)})' for part in held])}"

    def _segments(self, name: str, held: Sequence[Json]) -> str:
        told = [f"“{self._names.get(str(id_), str(id_))}”" for id_ in held]
        if not told:
            return NOBODY if name == "inSegment" else EVERYBODY
        if len(told) == 1:
            return f"is {'in' if name == 'inSegment' else 'not in'} the segment {told[0]}"
        which = "at least one" if name == "inSegment" else "none"
        return f"is in {which} of the segments {listed(told, 'and')}"

    def _channels(self, held: Sequence[Json]) -> str:
        return listed([self._seen(OVER[str(channel)]) for channel in held]) or "over no channel"

    @staticmethod
    def _which(phrases: Sequence[str]) -> str:
        return f" ({'; '.join(phrases)})" if phrases else ""

    def _counted(self, one: str, several: str, held: Mapping[str, Json]) -> str:
        """Facts: which of them, how many, and how much."""
        which = self._which(self._object(held.get("where")))
        count, total = held.get("count"), held.get("total")
        told = f"has {'an' if one[0] in 'aeiou' else 'a'} {one}{which}"
        if isinstance(count, dict) and count:
            told = f"has {self._amounts(count, one, several)}{which}"
        elif count is not None or total is not None:  # asked, and nothing said of it: who has none is meant as well
            told = f"has any number of {several}{which}"
        if isinstance(total, dict) and total:
            of = "their total" if count else f"the total of {several}{which}"
            sums = ", and ".join(self.plain(of, total))
            told = f"{told}, where {sums}" if count else sums
        return told

    def _amounts(self, count: Mapping[str, Json], one: str, several: str) -> str:
        """At least 3 orders; no orders."""
        if self._values and dict(count) in _NONE:
            return f"no {several}"
        told = [self._amount(operator, value) for operator, value in count.items()]
        single = self._values and "isNull" not in count and [*count.values()] in ([1], [[1]])
        return f"{' and '.join(told)} {one if single else several}"

    def _amount(self, operator: str, value: Json) -> str:
        if operator == "isNull":
            return "an unknown number of" if value else "a known number of"
        if isinstance(value, list):
            return listed([self._value(item) for item in value]) or "an impossible number of"
        return _AMOUNTS[operator].format(self._value(value))

    def _bought(self, name: str, held: Mapping[str, Json]) -> str:
        phrases = self._object(held["product"])
        if isinstance(at := held.get("at"), dict):
            phrases += self._moment(MOMENTS["at"], at)
        which, units = self._which(phrases), held.get("units")
        verb = "bought" if name == "bought" else "did not buy"
        if isinstance(units, dict) and units:
            return f"{verb} {self._amounts(units, 'unit', 'units')} of products{which}"
        if units is not None:
            any_ = f"bought any number of units of products{which}"
            return any_ if name == "bought" else f"not ({any_})"
        return f"{verb} a product{which}"

    def _need(self, held: Mapping[str, Json]) -> list[str]:
        told = self._object({name: value for name, value in held.items() if name != "minStrength"})
        least = held.get("minStrength")
        return told if least is None else [*told, f"strength is at least {self._value(least)}"]

    def _consent(self, held: Mapping[str, Json]) -> str:
        if not self._values:
            return f"consent to {MASKED} over {MASKED} is {MASKED}"
        said = {"GRANTED": "consents to", "DENIED": "gave no consent to", "WITHDRAWN": "withdrew consent to"}
        purpose = one_of_a_set(str(held.get("purpose", "MARKETING")))
        return f"{said[str(held.get('status', 'GRANTED'))]} {purpose} {OVER[str(held['channel'])]}"

    def _acquisition(self, held: Mapping[str, Json]) -> list[str]:
        told = []
        for name, value in held.items():
            if name == "at" and isinstance(value, dict):
                told += self._moment(ACQUIRED, value)
            else:
                told += self.plain(f"acquisition {name}", value, name)
        return told

    def _earned(self, held: Mapping[str, Json]) -> list[str]:
        over = held.get("over")
        period = self._period(over) if isinstance(over, dict) and over else "in the whole relationship"
        told = {name: value for name, value in held.items() if name != "over"}
        return [phrase for name, value in told.items() for phrase in self.plain(f"{spoken(name)} {period}", value)]

    def _period(self, over: Mapping[str, Json]) -> str:
        if "last" in over:
            return f"in the last {self._value(over['last'], ends=True)}"
        start, end = over.get("from"), over.get("until")
        if start is None:
            return f"before {self._value(end)}"
        since = f"since {self._value(start)}"
        return since if end is None else f"from {self._value(start)} until {self._value(end)}"

    def _named(self, noun: str, item: Mapping[str, Json]) -> list[str]:
        subject = f"{noun} “{item['name']}”"
        told: list[str] = []
        for key, held in item.items():
            if key == "exists":
                told.append(f"has {'the' if held else 'no'} {subject}")
            elif key == "date" and isinstance(held, dict):
                told += self._moment((f"{subject} is", f"{subject} is not known", f"{subject} is known"), held)
            elif key != "name":
                told += self.plain(subject, held)
        return told

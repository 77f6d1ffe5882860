"""What may be said of a campaign: every field's limits, in one look at all that was given, and as it is stored."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from domain.campaigns.vocabulary import ResponseKind
from domain.clock import Duration, told
from domain.errors import ErrorCode, Fault, Refused
from domain.ids import Prefix, parse_id
from domain.naming import key_fault

_LONGEST_NAME, _LONGEST_TEXT, _MOST_SEGMENTS, _MOST_STEPS, _MOST_VARIANTS = 255, 100_000, 100, 20, 20
_MOST_CONTACTS: Final = 1_000
_LONGEST: Final = timedelta(days=3_660)
_MONTH: Final = timedelta(days=31)
_SHARES_MAY_MISS: Final = 1e-6
_DEAREST_CONTACT: Final = Decimal(1_000_000)
Object = Mapping[str, object]


class Wrong(Exception):
    """What is wrong with a value, and where below its field."""

    def __init__(self, message: str, *below: str, code: ErrorCode = ErrorCode.INVALID) -> None:
        super().__init__(message)
        self.message, self.below, self.code = message, below, code


def _out(message: str, *below: str) -> Wrong:
    return Wrong(message, *below, code=ErrorCode.OUT_OF_RANGE)


def _key(value: object) -> object:
    if (why := key_fault(str(value), "spring-sale")) is not None:
        raise Wrong(why)
    return value


def _word(value: object, *below: str, most: int = _LONGEST_NAME) -> str:
    text = str(value).strip()
    if not text:
        raise Wrong("cannot be empty", *below)
    if len(text) > most:
        raise _out(f"is longer than {most:,} characters", *below)
    return text


def plain(amount: Decimal) -> str:
    """As it is compared and stored in lists: 12.5, whether 12.5 or 12.500000 was said."""
    return f"{amount.normalize():f}"


def _amount(value: object, *below: str, most: Decimal | None = None) -> str:
    assert isinstance(value, Decimal)
    if value < 0:
        raise _out("must be 0 or more", *below)
    if most is not None and value > most:
        raise _out(f"must be at most {most:,}", *below)
    return plain(value)


def _span(value: object, *below: str, zero: bool = False) -> str:
    assert isinstance(value, Duration)
    length = value.rest + value.months * _MONTH
    if length > _LONGEST or (length == timedelta() and not zero):
        raise _out(f"must be {'' if zero else 'longer than nothing and '}at most ten years, such as P30D", *below)
    return value.told


def _ids(prefix: Prefix, most: int) -> Callable[[object], object]:
    def check(value: object) -> object:
        assert isinstance(value, list)
        if len(value) > most:
            raise _out(f"are more than {most}")
        return [_id(prefix, one, str(at)) for at, one in enumerate(value)]

    return check


def _id(prefix: Prefix, value: object, *below: str) -> str:
    try:
        return str(parse_id(prefix, str(value)))
    except Refused as refused:
        raise Wrong(refused.faults[0].message, *below) from refused


def _steps(value: object) -> object:
    assert isinstance(value, list)
    if len(value) > _MOST_STEPS:
        raise _out(f"are more than {_MOST_STEPS}")
    return [_step(one, str(at)) for at, one in enumerate(value)]


def _step(given: Object, at: str) -> Object:
    channel, delay, cost = given.get("channel"), given.get("delay"), given.get("unitCost")
    return {
        "channel": None if channel is None else str(channel),
        "delay": "P0D" if delay is None else _span(delay, at, "delay", zero=True),
        "unitCost": "0" if cost is None else _amount(cost, at, "unitCost", most=_DEAREST_CONTACT),
    }


def _variants(value: object) -> object:
    assert isinstance(value, list)
    if len(value) > _MOST_VARIANTS:
        raise _out(f"are more than {_MOST_VARIANTS}")
    found = [_variant(one, str(at)) for at, one in enumerate(value)]
    _none_twice([one["key"] for one in found], "key", "is the key of two variants")
    shares = math.fsum(float(cast("float", one["share"])) for one in found)
    if found and abs(shares - 1) > _SHARES_MAY_MISS:
        raise Wrong(f"have shares of {shares:.6g} together: they must be 1")
    return found


def _variant(given: Object, at: str) -> Object:
    share, templates = given["share"], given["templates"]
    assert isinstance(share, int | float)
    assert isinstance(templates, list)
    if not 0 < share <= 1:
        raise _out("must be more than 0 and at most 1", at, "share")
    key = _word(given["key"], at, "key", most=100)
    told_ = [_template(one, at, "templates", str(nth)) for nth, one in enumerate(templates)]
    _none_twice([one["channel"] for one in told_], "channel", "has two templates", at, "templates")
    return {"key": key, "share": share, "templates": told_}


def _template(given: Object, *place: str) -> Object:
    subject = given.get("subject")
    return {
        "channel": str(given["channel"]),
        "subject": None if subject is None else _word(subject, *place, "subject", most=1_000),
        "body": _word(given["body"], *place, "body", most=_LONGEST_TEXT),
    }


def _none_twice(values: Sequence[object], name: str, why: str, *place: str) -> None:
    for at, value in enumerate(values):
        if value in values[:at]:
            raise Wrong(why, *place, str(at), name)


def _offer(value: object) -> object:
    if value is None:
        return None
    given = cast("Object", value)
    percent, amount, until = given.get("discountPercent"), given.get("discountAmount"), given.get("validUntil")
    if percent is not None and amount is not None:
        raise Wrong("stands beside discountPercent: give one of them", "discountAmount")
    if isinstance(percent, int | float) and not 0 < percent <= 100:
        raise _out("must be more than 0 and at most 100", "discountPercent")
    made: dict[str, object] = {name: _word(given[name], name) for name in ("key", "name")}
    made |= {name: _word(given[name], name) for name in ("category", "code") if given.get(name) is not None}
    if given.get("product") is not None:
        made["product"] = _id(Prefix.PRODUCT, given["product"], "product")
    if percent is not None:
        made["discountPercent"] = percent
    if amount is not None:
        made["discountAmount"] = _amount(amount, "discountAmount")
    if isinstance(until, datetime):
        made["validUntil"] = told(until)
    return made


def _share(value: object) -> object:
    assert isinstance(value, int | float)
    if not 0 <= value < 1:
        raise _out("must be from 0 to less than 1")
    return value


def _response(value: object) -> object:
    given = cast("Object", value)
    product, kind = given.get("product"), ResponseKind(str(given["kind"]))
    if (kind is ResponseKind.PRODUCT_ORDER) != (product is not None):
        why = "is for PRODUCT_ORDER alone: leave it out" if product is not None else "is needed: which product counts"
        raise Wrong(why, "product", code=ErrorCode.INVALID if product is not None else ErrorCode.REQUIRED)
    id_ = None if product is None else _id(Prefix.PRODUCT, product, "product")
    return {"kind": str(kind), "product": id_, "window": _span(given["window"], "window")}


def _cap(value: object) -> object:
    if value is None:
        return None
    given = cast("Object", value)
    contacts = given["contacts"]
    assert isinstance(contacts, int)
    if not 1 <= contacts <= _MOST_CONTACTS:
        raise _out(f"must be from 1 to {_MOST_CONTACTS:,}", "contacts")
    return {"contacts": contacts, "per": _span(given["per"], "per")}


def _as_it_is(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may be, and whether null empties it."""

    check: Callable[[object], object]
    empties: bool = False


FIELDS: Mapping[str, Field] = {
    "key": Field(_key),
    "name": Field(_word),
    "goal": Field(str),
    "segments": Field(_ids(Prefix.SEGMENT, _MOST_SEGMENTS)),
    "excludedSegments": Field(_ids(Prefix.SEGMENT, _MOST_SEGMENTS)),
    "steps": Field(_steps),
    "variants": Field(_variants),
    "offer": Field(_offer, empties=True),
    "holdoutShare": Field(_share),
    "response": Field(_response),
    "frequencyCap": Field(_cap, empties=True),
    "budget": Field(lambda value: None if value is None else _amount(value), empties=True),
    "fixedCost": Field(_amount),
    "randomised": Field(_as_it_is),
    "startsAt": Field(_as_it_is, empties=True),
    "endsAt": Field(_as_it_is, empties=True),
}
NEEDED: Final = ("key", "name", "goal")
"""What a new campaign cannot do without."""


def checked(given: Object, *, new: bool) -> dict[str, object]:
    """What was given, by the contract's names and as it is stored. Raises Refused with everything that is wrong."""
    values: dict[str, object] = {}
    missing = [name for name in NEEDED if given.get(name) is None] if new else []
    faults = [Fault.required("is needed for a new campaign", "input", name) for name in missing]
    for name, value in given.items():
        if value is None and not FIELDS[name].empties:
            if name not in missing:
                faults.append(Fault.invalid("cannot be null: leave it out to let it stay", "input", name))
            continue
        try:
            values[name] = FIELDS[name].check(value)
        except Wrong as wrong:
            faults.append(Fault(wrong.code, wrong.message, ("input", name, *wrong.below)))
    if faults:
        raise Refused(*faults)
    return values


def check_together(plan: Object) -> None:
    """What contradicts each other of a whole campaign. Raises Refused."""
    faults = []
    starts, ends = plan.get("startsAt"), plan.get("endsAt")
    if isinstance(starts, datetime) and isinstance(ends, datetime) and ends <= starts:
        faults.append(Fault(ErrorCode.OUT_OF_RANGE, "must be later than startsAt", ("input", "endsAt")))
    steps = {step["channel"] for step in cast("list[Object]", plan.get("steps") or [])}
    for at, variant in enumerate(cast("list[Object]", plan.get("variants") or [])):
        for nth, template in enumerate(cast("list[Object]", variant["templates"])):
            if steps and None not in steps and template["channel"] not in steps:
                place = ("input", "variants", str(at), "templates", str(nth), "channel")
                faults.append(Fault.invalid("is the channel of no step: leave it out, or add a step", *place))
    segments = cast("list[str]", plan.get("segments") or [])
    for at, one in enumerate(cast("list[str]", plan.get("excludedSegments") or [])):
        if one in segments:
            message = "is addressed, too: name it in one of the two lists"
            faults.append(Fault.invalid(message, "input", "excludedSegments", str(at)))
    if faults:
        raise Refused(*faults)

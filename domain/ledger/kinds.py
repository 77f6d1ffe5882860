"""Which kinds of job can be started, by whom and with which arguments; the rest of the closed set comes later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from domain.errors import ErrorCode, Fault, Refused
from domain.vocabulary import JobKind, Role, ValueModelFamily

Reader = Callable[[object], object]
"""Takes what a caller sent, gives what is stored; ValueError says what is expected."""

_FIRST_YEAR, _LAST_YEAR = 1970, 9900


def day(value: object) -> str:
    """A calendar day of the years 1970 to 9900, such as 1997-09-30."""
    if isinstance(value, str) and len(value) == len("1997-09-30"):
        said = date.fromisoformat(value)
        if _FIRST_YEAR <= said.year <= _LAST_YEAR:
            return said.isoformat()
    raise ValueError


def instant(value: object) -> str:
    """An instant of the years 1970 to 9900 with its offset, such as 2026-03-01T09:30:00Z."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    # Far from the calendar's ends every zone has the moment, and the years that are counted back from it.
    if moment is not None and moment.tzinfo is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return moment.astimezone(UTC).isoformat()
    raise ValueError


def switch(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise ValueError


def family(value: object) -> str:
    """One of BG_NBD, MBG_NBD and PARETO_NBD."""
    if isinstance(value, str) and value in set(ValueModelFamily) - {ValueModelFamily.GAMMA_GAMMA}:
        return value
    raise ValueError


@dataclass(frozen=True, slots=True)
class Startable:
    """A kind that can be started, and what may be said with it; nothing said is required."""

    arguments: Mapping[str, Reader] = field(default_factory=dict)
    roles: frozenset[Role] = frozenset({Role.ADMIN})


STARTABLE: Mapping[JobKind, Startable] = {
    JobKind.FIT_VALUE_MODEL: Startable({"calibratedUntil": day, "family": family, "score": switch}),
    JobKind.SCORE_CUSTOMERS: Startable({"asOf": instant}),
    JobKind.SNAPSHOT_METRICS: Startable(),
    JobKind.ADVISE_CUSTOMERS: Startable(),
    JobKind.RELATE_PRODUCTS: Startable({"asOf": instant}),
    JobKind.REFRESH_SEGMENTS: Startable({"everybody": switch}, frozenset({Role.ADMIN, Role.MARKETER})),
    JobKind.RECALCULATE: Startable({"rates": switch, "goods": switch, "months": switch}),
}


def check_start(kind: str, arguments: Mapping[str, object], role: Role) -> dict[str, object]:
    """The arguments as they are stored; refused with everything that is wrong with them."""
    known = STARTABLE.get(JobKind(kind)) if kind in set(JobKind) else None
    if known is None:
        raise Refused(Fault.not_found(f"{kind} cannot be started; these can: {', '.join(sorted(STARTABLE))}", "kind"))
    if role not in known.roles:
        roles = " or ".join(sorted(known.roles))
        raise Refused(Fault(ErrorCode.NOT_ALLOWED, f"{kind} is started by {roles}", ("kind",)))
    faults, read = [], {}
    for name, value in arguments.items():
        try:
            read[name] = _read(known, name, value)
        except ValueError as error:
            faults.append(Fault.invalid(str(error), "arguments", name))
    if faults:
        raise Refused(*faults)
    return {name: value for name, value in read.items() if value is not None}


def _read(known: Startable, name: str, value: object) -> object:
    reader = known.arguments.get(name)
    if reader is None:
        raise ValueError(f"is not known; known are: {', '.join(sorted(known.arguments)) or 'none'}")
    if value is None:
        return None
    try:
        return reader(value)
    except ValueError as error:
        expected = (reader.__doc__ or "").strip().rstrip(".")
        raise ValueError(f"must be {expected[:1].lower()}{expected[1:]}") from error

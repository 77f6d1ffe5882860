"""What the page tells of the model: how it was calibrated, how it was judged, and what came beside what it expected."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np

from domain.analytics.judging.fitting import DEGENERATE
from domain.clock import day_of
from domain.reports import drawing_model
from domain.reports.exhibits import Exhibit, Section, Table
from domain.reports.facts import Portrait, StoredModel
from domain.reports.tracking import ByFrequency, ByWeek, Held
from domain.reports.wording import FAMILY_NAMES, count, part, plural, real, share

_MEASURES: tuple[tuple[str, str, Callable[[object], str]], ...] = (
    ("poissonDeviance", "Poisson deviance (less is better)", real),
    ("meanAbsoluteError", "mean absolute error, purchases", real),
    ("rootMeanSquareError", "root mean square error, purchases", real),
    ("areaUnderCurve", "area under the curve, who buys again", real),
    ("totalError", "total error, (foretold − actual) / actual", part),
    ("intervalCoverage", "customers within their 80 % interval", part),
    ("correlation", "correlation", real),
)
_COMPARED: tuple[tuple[str, Callable[[object], str], str], ...] = (
    ("poissonDeviance", real, "deviance"),
    ("meanAbsoluteError", real, "MAE"),
    ("rootMeanSquareError", real, "RMSE"),
    ("totalError", part, "total error"),
    ("areaUnderCurve", real, "AUC"),
)
_UNFITTED = (
    "No model of purchases is in use, so nothing can be foretold yet. One is fitted by the job FIT_VALUE_MODEL"
    " (rapport job start FIT_VALUE_MODEL) once at least 30 customers have bought again."
)
_CORRECTED = (
    "Scores also use a correction that was learnt from the back-test. These pictures show the family alone, without it."
)
_LEAD = (
    "Observed purchases beside those that the model expects. For these pictures the family is fitted to what was known"
    " at the cut, as its back-test did; nothing after the cut went into it."
)


def model(portrait: Portrait, held: Held | None) -> Section:
    used = portrait.in_use()
    if used is None:
        return Section("model", "The model of purchases", "", missing=_why_none(portrait))
    tables = tuple(table for table in (_figures(portrait, used, held), *_families(portrait)) if table.rows)
    if held is None:
        too_few = "Its pictures are not drawn: too few customers had bought again when the back-test began."
        return Section("model", "The model of purchases", "", (), tables, (too_few, *_warnings(used)))
    exhibits = [_calibration(held.by_frequency)]
    missing: tuple[str, ...] = _warnings(used)
    if held.by_week.cut < len(held.by_week.observed):
        exhibits.append(_holdout(held))
    else:
        missing += ("The history is too short for a back-test, so nothing is shown of purchases held out.",)
    return Section("model", "The model of purchases", _LEAD, (*exhibits, *_tracking(portrait, held)), tables, missing)


def _why_none(portrait: Portrait) -> tuple[str, ...]:
    if not portrait.cohorts:
        return ("There is no purchase yet, so there is nothing to fit a model to.",)
    told = [f"{FAMILY_NAMES[one.family]}: {warning}" for one in portrait.models for warning in one.warnings]
    return (_UNFITTED, *dict.fromkeys(told))


def _warnings(used: StoredModel) -> tuple[str, ...]:
    told = tuple(f"Note: {warning}" for warning in used.warnings)
    return (*told, _CORRECTED) if used.corrected else told


def _figures(portrait: Portrait, used: StoredModel, held: Held | None) -> Table:
    rows = [("family", FAMILY_NAMES[used.family])]
    rows += [(f"parameter {name}", real(value, 6)) for name, value in sorted(used.parameters.items())]
    rows += [
        ("fitted to the history until", str(_last_day(used.calibrated_until, portrait))),
        ("customers fitted to", count(used.customers)),
        ("log-likelihood", real(used.log_likelihood, 1)),
    ]
    if spending := portrait.in_use(spending=True):
        told = ", ".join(f"{name} {real(value, 3)}" for name, value in sorted(spending.parameters.items()))
        rows.append(("value of a purchase", f"{FAMILY_NAMES[spending.family]}, {told}"))
    if used.holdout:
        rows.append(("judged by the purchases from, until", _span(used.holdout, portrait)))
        rows += [(words, told(used.holdout.get(name))) for name, words, told in _MEASURES if name in used.holdout]
    if held and held.actual:
        rows.append(("purchases held out; expected for them", f"{count(held.actual)}; {count(held.foretold)}"))
    return Table(("figure", "of the model in use"), tuple(rows), title="The model in use", words=2)


def _families(portrait: Portrait) -> tuple[Table, ...]:
    """How the families did that the one in use was chosen from, where they were tested."""
    rivals = [rival for rival in portrait.rivals if rival.back_test]
    if len(rivals) < 2 or rivals[0].back_test is None:
        return ()
    rows = tuple(_rival(rival, rival.back_test) for rival in rivals if rival.back_test)
    columns = ("family", "", "log-likelihood", *(short for _, _, short in _COMPARED))
    title = f"The families that it was chosen from, tested on {_span(rivals[0].back_test, portrait)}"
    return (Table(columns, rows, title=title, words=2),)


def _rival(rival: StoredModel, test: dict[str, object]) -> tuple[str, ...]:
    marks = [*(["in use"] if rival.in_use else []), *(["degenerate"] if _is_degenerate(rival) else [])]
    figures = (told(test.get(name)) for name, told, _ in _COMPARED)
    return FAMILY_NAMES[rival.family], ", ".join(marks), real(rival.log_likelihood, 1), *figures


def _is_degenerate(model: StoredModel) -> bool:
    return any(warning.startswith(DEGENERATE) for warning in model.warnings)


def _span(test: dict[str, object], portrait: Portrait) -> str:
    """Both days belong to it."""
    opened, closed = (datetime.fromisoformat(str(test[name])) for name in ("from", "until"))
    return f"{day_of(opened, portrait.zone)} to {_last_day(closed, portrait)}"


def _last_day(end: datetime, portrait: Portrait) -> date:
    return day_of(end - timedelta(microseconds=1), portrait.zone)


def _calibration(found: ByFrequency) -> Exhibit:
    rows = zip(drawing_model.GROUPS, found.customers, found.expected_customers, strict=True)
    table = Table(
        ("repeat purchases", "customers", "expected", "difference"),
        tuple((group, count(seen), real(told, 1), real(seen - told, 1)) for group, seen, told in rows),
    )
    none, everybody = found.customers[0], found.customers.sum()
    said = (
        f"Of {plural(everybody, 'customer')}, {count(none)} ({share(none / everybody)}) had not bought again by the"
        f" cut; the model says {count(found.expected_customers[0])}."
    )
    return Exhibit("Calibration by frequency", said, drawing_model.calibrated(found), table)


def _holdout(held: Held) -> Exhibit:
    found = held.by_frequency
    rows = zip(
        drawing_model.GROUPS, found.customers, found.later, found.expected_later, found.error, strict=True
    )  # fmt: skip
    table = Table(
        ("repeat purchases before", "customers", "observed, mean", "expected, mean", "standard error"),
        tuple((group, count(n), real(seen, 3), real(told, 3), real(error, 3)) for group, n, seen, told, error in rows),
    )
    off = f", {share(held.foretold / held.actual - 1)} off" if held.actual else ""
    said = (
        f"{count(held.actual)} purchases followed the cut; the model had foretold {count(held.foretold)}{off}."
        " Each point is the mean of customers with the same number of repeat purchases before."
    )
    return Exhibit("Holdout by frequency", said, drawing_model.held_out(found), table)


def _tracking(portrait: Portrait, held: Held) -> tuple[Exhibit, ...]:
    found = held.by_week
    if not len(found.observed) or portrait.purchases is None:
        return ()
    seen, expected = np.cumsum(found.observed), np.cumsum(found.expected)
    weeks = [str(int(week)) for week in found.weeks]
    each = tuple(zip(weeks, map(count, found.observed), (real(value, 1) for value in found.expected), strict=True))
    sums = tuple(zip(weeks, map(count, seen), (real(value, 1) for value in expected), strict=True))
    columns = ("week", "observed", "expected")
    first = portrait.purchases.first
    return (
        Exhibit("Week by week", _by_week(found, first), drawing_model.weekly(found), Table(columns, each, tall=True)),
        Exhibit(
            "Week by week, summed",
            f"After {plural(len(seen), 'week')}: {count(seen[-1])} repeat purchases, {count(expected[-1])} expected.",
            drawing_model.cumulative(found),
            Table(columns, sums, tall=True),
        ),
    )


def _by_week(found: ByWeek, first: date) -> str:
    cut = f" The dotted line is the cut, after week {found.cut:.1f}." if found.cut < len(found.observed) else ""
    return (
        f"Repeat purchases of all who had bought by the cut, from {first} on, and what the model expects of newcomers"
        f" with their first days.{cut} It knows no seasons: what repeats every year stands out as a difference."
    )

"""`rapport evaluate`: how well the models of value foretell purchases, on anyone's orders and without a database."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from api.cli.imports import opened
from api.cli.reach import AsJson
from api.cli.telling import aside, bars, say, say_json, say_table
from domain.analytics.judging import evaluation
from domain.analytics.judging.evaluation import Between, Evaluation, Figures, Judged
from domain.errors import Fault, Refused
from domain.transfer.purchases import Orders, read_orders
from domain.vocabulary import ValueModelFamily

_MOST_REASONS = 5
_WITH_RESIDUAL = "with residual"
_DAYS_A_WEEK = 7


def evaluate(
    file: Annotated[
        str,
        typer.Argument(
            help="Orders as `rapport import orders` takes them: NDJSON or CSV, plain or gz, xz, zst; - reads stdin.",
            metavar="FILE",
        ),
    ],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day that is fitted to [the first half of the time]."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Fit every family to the first part of the orders, judge it by the rest. Needs no database and stores nothing."""
    with bars() as progress:
        stream, size = opened(file)
        reading = progress.add_task("reading", total=size)
        with stream:
            orders = read_orders(stream, lambda read: progress.update(reading, completed=read))
        _tell_of_tomorrow(orders)
        fitting = progress.add_task("fitting", total=None)
        found = _evaluated(
            orders, until.date() if until else None, lambda n, of: progress.update(fitting, completed=n, total=of)
        )
    if json:
        say_json(_told(orders, found))
    else:
        _show(orders, found)


def _tell_of_tomorrow(orders: Orders) -> None:
    """One mistyped year makes the history a lifetime longer; yet whoever tries out made-up orders may have such."""
    today = datetime.now(UTC).date()
    ahead = int((orders.purchase_days().day > today.toordinal() + 1).sum())
    if ahead:
        aside(f"Days of purchase after today, {today}: {ahead:,}. They count here, where an import refuses them.")


def _evaluated(orders: Orders, until: date | None, progress: Callable[[int, int], None]) -> Evaluation:
    days = orders.purchase_days()
    if not len(days.day):
        reason = next(iter(orders.reasons), "all orders are cancelled")
        raise Refused(Fault.invalid(f"there is no order to fit to; of {orders.rows:,} rows the first: {reason}"))
    last = until.toordinal() if until else evaluation.first_half(days)
    if days.first == days.last:
        only = date.fromordinal(days.first)
        raise Refused(Fault.invalid(f"all orders that stand are of {only}: none is left to judge by"))
    if not days.first <= last < days.last:
        raise Refused(
            Fault.invalid(
                f"{date.fromordinal(last)} leaves nothing on one side: the orders run from"
                f" {date.fromordinal(days.first)} to {date.fromordinal(days.last)}",
                "--until",
            )
        )
    return evaluation.evaluate(days, last, progress)


def _told(orders: Orders, found: Evaluation) -> dict[str, object]:
    return {
        "rows": orders.rows,
        "rowsRefused": orders.refused,
        "reasons": dict(orders.reasons),
        "calibration": {
            "from": str(date.fromordinal(found.first)),
            "until": str(date.fromordinal(found.until)),
            "customers": found.customers,
            "repeatCustomers": found.repeaters,
        },
        "holdout": {
            "from": str(date.fromordinal(found.until + 1)),
            "until": str(date.fromordinal(found.last)),
            "days": found.last - found.until,
            "purchases": found.purchases,
        },
        "families": {family.value: _family(one) for family, one in found.judged.items()},
        "chosen": _chosen(found),
    }


def _family(one: Judged) -> dict[str, object]:
    return {
        **_figures(one.holdout.figures),
        "degenerate": one.fit.degenerate,
        "warnings": one.fit.warnings,
        "notes": one.fit.notes,
        "parameters": one.fit.model.parameters,
        "logLikelihood": one.fit.log_likelihood,
        "gradientNorm": one.fit.gradient_norm,
        "backTest": _figures(one.back_test.figures) if one.back_test else None,
        "lessParetoNbd": _interval(one.less_pareto),
        "randomizedPit": one.reliability.transformed if one.reliability else None,
        "totalsCovered": one.reliability.totals_covered if one.reliability else None,
    }


def _chosen(found: Evaluation) -> dict[str, object]:
    """The family with its residual, which moves its figures where the back-test shows that it helps."""
    served = found.served
    learnt = {
        "strength": served.residual.strength,
        "trees": len(served.residual.trees),
        "days": round(served.residual.weeks * _DAYS_A_WEEK),
        "backTestGain": served.residual.gain,
        "standardError": served.residual.error,
    }
    return {
        "family": found.chosen.value,
        "by": _by(found),
        **_figures(served.holdout.figures),
        "residual": learnt if served.residual.helps else None,
        "lessParetoNbd": _interval(served.less_pareto),
        "totalsCovered": served.totals_covered,
    }


def _interval(between: Between | None) -> dict[str, object] | None:
    """The 95 % interval of each figure's difference, by a paired bootstrap."""
    if between is None:
        return None
    low, high = (_figures(end) for end in between)
    return {name: {"low": low[name], "high": high[name]} for name in low}


def _figures(figures: Figures) -> dict[str, float | None]:
    """In the names of the contract."""
    names = {name: name.split("_") for name in asdict(figures)}
    return {
        head + "".join(word.title() for word in rest): getattr(figures, name) for name, (head, *rest) in names.items()
    }


def _by(found: Evaluation) -> str:
    if found.cut is None:
        return "the highest likelihood: the history before the cut-off is too short for a back-test"
    opened_at, closed = (date.fromordinal(day) for day in (found.cut + 1, found.until))
    return f"a back-test from {opened_at} to {closed}, before the cut-off"


def _show(orders: Orders, found: Evaluation) -> None:
    weeks = [days / _DAYS_A_WEEK for days in (found.until - found.first, found.last - found.until)]
    first, until, last = (date.fromordinal(day) for day in (found.first, found.until, found.last))
    say(f"Fitted to {first} to {until} ({weeks[0]:.1f} weeks): {found.customers:,} customers,")
    say(f"{found.repeaters:,} of them with a repeat. Judged by the {found.purchases:,} purchases that they made in the")
    say(f"{weeks[1]:.1f} weeks to {last}.")
    columns = ("family", "Poisson deviance", "mean abs. error", "RMSE", "total error", "AUC", "log-likelihood", "")
    say_table(columns, [*(_row(family, one, found) for family, one in found.judged.items()), *_moved(found)])
    say("Less Pareto/NBD, 95 % of a paired bootstrap:")
    say_table(columns[:-2], [_differences(name, between) for name, between in _beside(found)])
    say(f"Chosen: {found.chosen.value}, by {_by(found)}.")
    say(_residual(found))
    for family, one in found.judged.items():
        for text in (*one.fit.warnings, *one.fit.notes):
            say(f"{family.value}: {text}")
    if orders.refused:
        aside(f"{orders.refused:,} of {orders.rows:,} rows were refused and left out:")
        for reason, count in orders.reasons.most_common(_MOST_REASONS):
            aside(f"  {count:,} rows: {reason}")


def _row(family: ValueModelFamily, one: Judged, found: Evaluation) -> tuple[str, ...]:
    marks = [*(["chosen"] if family is found.chosen else []), *(["degenerate"] if one.fit.degenerate else [])]
    return (family.value, *_cells(one.holdout.figures), f"{one.fit.log_likelihood:.1f}", ", ".join(marks))


def _moved(found: Evaluation) -> list[tuple[str, ...]]:
    """The chosen family once more, as it is with its residual."""
    if not found.served.residual.helps:
        return []
    return [(_WITH_RESIDUAL, *_cells(found.served.holdout.figures), "", "chosen")]


def _beside(found: Evaluation) -> list[tuple[str, Between]]:
    named = [(family.value, one.less_pareto) for family, one in found.judged.items()]
    if found.served.residual.helps:
        named.append((_WITH_RESIDUAL, found.served.less_pareto))
    return [(name, between) for name, between in named if between]


def _differences(name: str, between: Between) -> tuple[str, ...]:
    low, high = ([*asdict(end).values()] for end in between)
    return name, *("" if None in ends else f"{ends[0]:+.4f} to {ends[1]:+.4f}" for ends in zip(low, high, strict=True))


def _residual(found: Evaluation) -> str:
    learnt = found.served.residual
    if not learnt.helps:
        return "No boosted residual: the back-test does not show that one would surely help."
    return (
        f"Its boosted residual ({len(learnt.trees)} trees) moves purchases expected of"
        f" the next {learnt.weeks * _DAYS_A_WEEK:.0f} days between customers; in the back-test it lowered the deviance"
        f" of those whom it had not seen by {learnt.gain:.4f} (standard error {learnt.error:.4f})."
    )


def _cells(told: Figures) -> tuple[str, ...]:
    return (
        f"{told.poisson_deviance:.4f}",
        f"{told.mean_absolute_error:.4f}",
        f"{told.root_mean_squared_error:.4f}",
        "" if told.total_error is None else f"{told.total_error:+.1%}",
        "" if told.area_under_curve is None else f"{told.area_under_curve:.4f}",
    )

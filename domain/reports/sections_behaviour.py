"""What the page tells of behaviour: life-cycle stages, how lately and how often customers buy, who comes back."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from textwrap import fill

import numpy as np

from domain.analytics.models.histories import Floats
from domain.analytics.scoring.rfm import label
from domain.reports import drawing_customers as drawing
from domain.reports.exhibits import Exhibit, Section, Table
from domain.reports.facts import Portrait, RfmCell
from domain.reports.wording import MISSING, UNSCORED, count, money, name, share, short
from domain.vocabulary import LifecycleStage

_NO_RFM = "No customer has RFM quintiles yet: they need purchases and a full scoring."
_NO_PURCHASE = "Nobody first bought more than a whole month ago, so it cannot be shown yet who comes back."
_QUINTILES = (1, 2, 3, 4, 5)
_STAGES = tuple(LifecycleStage)
_MOST_COHORTS = 24


def behaviour(portrait: Portrait) -> Section:
    exhibits, missing = [], []
    if portrait.scored and portrait.stages:
        exhibits.append(_stages(portrait))
    else:
        missing.append(UNSCORED)
    if portrait.rfm:
        exhibits += _rfm(portrait)
    else:
        missing.append(_NO_RFM if portrait.scored else UNSCORED)
    retention = _retention(portrait)
    if retention:
        exhibits.append(retention)
    else:
        missing.append(_NO_PURCHASE)
    lead = "How customers buy: the stage that each is in, how lately and how often they bought, and who came back."
    return Section("behaviour", "Behaviour", lead, tuple(exhibits), (), tuple(dict.fromkeys(missing)))


def _stages(portrait: Portrait) -> Exhibit:
    rows = sorted(portrait.stages, key=lambda row: _STAGES.index(row.stage))
    everybody = sum(row.customers for row in rows)
    picture = drawing.bars(
        "stages", "Bars: customers by life-cycle stage", [name(row.stage) for row in rows],
        np.array([float(row.customers) for row in rows]), "customers", told=count,
    )  # fmt: skip
    table = Table(
        ("stage", "customers", "share", f"profit, {portrait.currency}", "lifetime value", "risk, mean"),
        tuple(
            (name(row.stage), count(row.customers), share(row.customers / everybody), money(row.profit),
             money(row.value), share(row.churn) if row.churn is not None else MISSING)
            for row in rows
        ),
    )  # fmt: skip
    largest = max(rows, key=lambda row: row.customers)
    said = f"The largest stage is {name(largest.stage)}, with {share(largest.customers / everybody)} of the customers."
    return Exhibit("Life-cycle stages", said, picture, table)


def _rfm(portrait: Portrait) -> list[Exhibit]:
    counts, profits, names = _rfm_cells(portrait.rfm)
    known = counts > 0
    means = np.where(known, profits / np.maximum(counts, 1), np.nan)
    labelled = [
        [f"{count(n)}\n{fill(names.get((5 - r, f + 1), ''), 12)}" for f, n in enumerate(row)]
        for r, row in enumerate(counts)
    ]
    axes = (
        ["5, lately", "4", "3", "2", "1, long ago"],
        ["1, seldom", "2", "3", "4", "5, often"],
        ("frequency", "recency"),
    )
    first = drawing.grid(
        "rfm", "Grid: customers by recency and frequency, with the usual name of most of them",
        np.where(known, counts / counts.max(), np.nan), labelled, *axes, cell=58,
    )  # fmt: skip
    second = drawing.grid(
        "rfm-profit", "Grid: mean profit of a customer by recency and frequency",
        means / max(np.nanmax(np.abs(means)), 1e-9), [[short(float(mean)) for mean in row] for row in means], *axes,
    )  # fmt: skip
    return [
        Exhibit("Recency × frequency", _most_common(portrait.rfm), first, _by_label(portrait)),
        Exhibit(
            f"Mean profit of a customer, {portrait.currency}",
            "Of the same groups; the whole profit of each customer so far.",
            second,
            _by_cell(counts, means, portrait.currency),
        ),
    ]


def _rfm_cells(cells: tuple[RfmCell, ...]) -> tuple[Floats, Floats, dict[tuple[int, int], str]]:
    """Counts and profits with recency 5 on top, and the label that most of a cell's customers bear."""
    counts, profits = np.zeros((5, 5)), np.zeros((5, 5))
    bearers: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        counts[5 - cell.recency, cell.frequency - 1] += cell.customers
        profits[5 - cell.recency, cell.frequency - 1] += float(cell.profit)
        bearers[cell.recency, cell.frequency][label(cell.recency, cell.frequency, cell.monetary)] += cell.customers
    return counts, profits, {place: max(sorted(found), key=lambda one: found[one]) for place, found in bearers.items()}


def _labels(cells: tuple[RfmCell, ...]) -> list[tuple[str, int, Decimal]]:
    customers: dict[str, int] = defaultdict(int)
    profit: dict[str, Decimal] = defaultdict(Decimal)
    for cell in cells:
        named = label(cell.recency, cell.frequency, cell.monetary)
        customers[named] += cell.customers
        profit[named] += cell.profit
    return sorted(((named, n, profit[named]) for named, n in customers.items()), key=lambda row: (-row[1], row[0]))


def _most_common(cells: tuple[RfmCell, ...]) -> str:
    rows = _labels(cells)
    everybody = sum(row[1] for row in rows)
    return (
        f"Quintiles, 5 the best. {rows[0][0]} are the largest group, {share(rows[0][1] / everybody)} of all buyers."
        " The name in a cell is the one that most of its customers bear; monetary value decides it too."
    )


def _by_label(portrait: Portrait) -> Table:
    rows = _labels(portrait.rfm)
    everybody = sum(row[1] for row in rows)
    return Table(
        ("group", "customers", "share", f"profit, {portrait.currency}", "mean"),
        tuple((named, count(n), share(n / everybody), money(sum_), money(sum_ / n)) for named, n, sum_ in rows),
    )


def _by_cell(counts: Floats, means: Floats, currency: str) -> Table:
    return Table(
        ("recency", "frequency", "customers", f"mean profit, {currency}"),
        tuple(
            (str(r), str(f), count(counts[5 - r, f - 1]), money(float(means[5 - r, f - 1])))
            for r in reversed(_QUINTILES)
            for f in _QUINTILES
            if counts[5 - r, f - 1]
        ),
        tall=True,
    )


def _retention(portrait: Portrait) -> Exhibit | None:
    running = portrait.today.replace(day=1)
    found = [row for row in portrait.cohorts if row.month < running]
    cohorts = sorted({row.cohort for row in found if _months(row.cohort, running) > 1})[-_MOST_COHORTS:]
    if not cohorts:
        return None
    since = _months(cohorts[0], running)
    buyers = np.full((len(cohorts), since), np.nan)
    for row, cohort in enumerate(cohorts):
        buyers[row, : _months(cohort, running)] = 0
    for cohort, month, n in found:
        if cohort in cohorts:
            buyers[cohorts.index(cohort), _months(cohort, month)] = n
    shares = buyers / buyers[:, :1]
    names = [f"{cohort:%Y-%m}" for cohort in cohorts]
    table = Table(
        ("first bought", "customers", *(f"+{month}" for month in range(1, since))),
        tuple(
            (named, count(row[0]), *("" if np.isnan(n) else share(n / row[0], 0) for n in row[1:]))
            for named, row in zip(names, buyers, strict=True)
        ),
        tall=True,
    )
    return Exhibit("Who comes back", _came_back(buyers), drawing.triangle(shares[:, 1:], names, buyers[:, 0]), table)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _came_back(buyers: Floats) -> str:
    said = ["Each row is the customers who first bought in that month; % of them who bought in each month since."]
    for month, words in ((1, "in the month after"), (6, "six months on"), (12, "a year on")):
        seen = buyers[~np.isnan(buyers[:, month])] if month < buyers.shape[1] else buyers[:0]
        if len(seen):
            said.append(f"{words.capitalize()}: {share(seen[:, month].sum() / seen[:, 0].sum())}.")
    return " ".join(said)

"""What the page tells of value: who holds it, how much of it is at risk, and who has none and why."""

import numpy as np

from domain.reports import drawing_customers as drawing
from domain.reports.exhibits import Exhibit, Section, Table
from domain.reports.facts import Portrait
from domain.reports.wording import UNSCORED, count, money, name, plural, share, short
from domain.vocabulary import RiskBand, ValueTier

_NO_VALUE = "No customer has a lifetime value yet: values need a model in use and a scoring after it."
_NO_RISK = "No customer has a risk of leaving and a value yet: both need a model in use and a scoring after it."


def value(portrait: Portrait) -> Section:
    exhibits, missing = [], []
    if portrait.deciles and sum(row.value for row in portrait.deciles) > 0:
        exhibits += [_deciles(portrait), _concentration(portrait)]
    elif portrait.deciles:
        missing.append("Shares of value are not drawn: all customers together are worth nothing or less.")
    else:
        missing.append(_NO_VALUE if portrait.scored else UNSCORED)
    if portrait.risks:
        exhibits.append(_risks(portrait))
    else:
        missing.append(_NO_RISK if portrait.scored else UNSCORED)
    lead = f"Lifetime value is the profit so far and the predicted one, in {portrait.currency}."
    return Section("value", "Value and risk", lead, tuple(exhibits), _absences(portrait), tuple(dict.fromkeys(missing)))


def _deciles(portrait: Portrait) -> Exhibit:
    rows, whole = portrait.deciles, sum(row.value for row in portrait.deciles)
    shares = np.array([float(row.value / whole) for row in rows])
    table = Table(
        ("tenth", "customers", f"value, {portrait.currency}", "share", "so far", "predicted", "from"),
        tuple(
            (str(row.decile), count(row.customers), money(row.value), share(part), money(row.profit),
             money(row.predicted), money(row.least))
            for row, part in zip(rows, shares, strict=True)
        ),
    )  # fmt: skip
    said = f"The best tenth, {plural(rows[0].customers, 'customer')}, holds {share(shares[0])} of all value."
    return Exhibit("Value by tenth", said, drawing.deciles(shares), table)


def _concentration(portrait: Portrait) -> Exhibit:
    customers = np.cumsum([0, *(row.customers for row in portrait.deciles)], dtype=float)
    values = np.cumsum([0.0, *(float(row.value) for row in portrait.deciles)])
    held, worth = customers / customers[-1], values / values[-1]
    table = Table(
        ("best customers", "share of customers", f"value, {portrait.currency}", "share of value"),
        tuple(
            (count(n), share(part), money(amount), share(of))
            for n, part, amount, of in list(zip(customers, held, values, worth, strict=True))[1:]
        ),
    )
    half = float(np.interp(0.5, held, worth))
    said = f"The best half of the customers holds {share(half)} of all value."
    if worth.max() > 1.0005:
        said += " The line passes 100 % because the last ones cost more than they bring."
    return Exhibit("How concentrated value is", said, drawing.concentration(held, worth), table)


def _risks(portrait: Portrait) -> Exhibit:
    bands, tiers = tuple(RiskBand), tuple(ValueTier)
    cells = {(cell.band, cell.tier): cell for cell in portrait.risks}
    most = max(cell.customers for cell in portrait.risks)
    heat = np.full((len(bands), len(tiers)), np.nan)
    words = [["" for _ in tiers] for _ in bands]
    for (band, tier), cell in cells.items():
        row, column = bands.index(band), tiers.index(tier)
        heat[row, column] = cell.customers / most
        words[row][column] = f"{count(cell.customers)}\n{short(float(cell.value))} {portrait.currency}"
    picture = drawing.grid(
        "risks", "Grid: customers and their value by risk of leaving and value tier", heat, words,
        [name(band) for band in bands], [name(tier) for tier in tiers], ("value tier", "risk of leaving"), cell=54,
    )  # fmt: skip
    table = Table(
        ("risk", "tier", "customers", f"value, {portrait.currency}", "of it predicted"),
        tuple(
            (name(band), name(tier), count(cells[band, tier].customers), money(cells[band, tier].value),
             money(cells[band, tier].predicted))
            for band in bands for tier in tiers if (band, tier) in cells
        ),
        words=2,
    )  # fmt: skip
    worst = cells.get((RiskBand.HIGH, ValueTier.HIGH))
    said = "Nobody of high value is at high risk."
    if worst:
        said = f"Of high value and at high risk: {plural(worst.customers, 'customer')},"
        said += f" worth {money(worst.value)} {portrait.currency}."
    return Exhibit("Risk × value", said, picture, table)


def _absences(portrait: Portrait) -> tuple[Table, ...]:
    rows = tuple((name(row.score), name(row.reason), count(row.customers)) for row in portrait.absences)
    table = Table(("score", "why there is none", "customers"), rows, title="Who has no score, and why", words=2)
    return (table,) if rows else ()

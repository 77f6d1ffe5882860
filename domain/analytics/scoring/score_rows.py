"""The rows of customer_score as COPY wants them, from summaries and all that was made of them."""

import numpy as np
import numpy.typing as npt

from domain.analytics.models.histories import Floats
from domain.analytics.scoring import churn, telling, wire
from domain.analytics.scoring.foresight import Foresight, Terms
from domain.analytics.scoring.money import Money
from domain.analytics.scoring.placing import NOWHERE, Places
from domain.analytics.scoring.population import Population
from domain.analytics.scoring.stages import STAGES, Stages
from domain.analytics.scoring.summaries import Summaries
from domain.analytics.scoring.wire import NEVER, Column, Kind

Named = dict[str, Column]


def encode(
    summaries: Summaries,
    foresight: Foresight,
    places: Places,
    stages: Stages,
    terms: Terms,
    population: Population | None,
    as_of: int,
) -> tuple[tuple[str, ...], bytes]:
    """Names of the columns, and the rows without header and trailer; as_of in microseconds as on the wire."""
    columns = (
        _seen(summaries, as_of)
        | _purchasing(summaries, stages)
        | _earnings(summaries)
        | _value(summaries, foresight, terms)
        | _churn(foresight)
        | _places(places, population)
        | _stage(stages, places)
    )
    documents = {
        "churn_reasons": telling.reasons(summaries, foresight, terms, population),
        "absences": telling.absences(summaries, terms, population),
    }
    return (*columns, *documents), wire.rows_of(list(columns.values()), list(documents.values()))


def _instant(values: "npt.NDArray[np.int64]") -> Column:
    return wire.fixed(Kind.INSTANT, values, values != NEVER)


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.where(whole != 0, part / whole, np.nan)
    return ratio


def _seen(summaries: Summaries, as_of: int) -> Named:
    return {
        "customer_id": wire.fixed(Kind.UUID, summaries.rows["customer_id"]),
        "generation": wire.fixed(Kind.BIG, summaries.count("generation")),
        "as_of": wire.fixed(Kind.INSTANT, np.full(len(summaries), as_of)),
    }


def _purchasing(summaries: Summaries, stages: Stages) -> Named:
    orders, bought = summaries.count("orders"), summaries.bought
    revenue, returns = (summaries.money(name).floats() for name in ("revenue", "returns"))
    repeat_mean = np.where(summaries.x >= 1, summaries.repeat_mean("profit"), np.nan)
    return {
        "order_count": wire.fixed(Kind.WHOLE, orders),
        "first_order_at": _instant(summaries.count("first_at")),
        "last_order_at": _instant(summaries.count("last_at")),
        "repeat_purchases": wire.fixed(Kind.WHOLE, summaries.x),
        "recency_weeks": wire.real(summaries.t_x),
        "age_weeks": wire.real(summaries.T),
        "repeat_profit_mean": wire.real(repeat_mean),
        "median_gap_days": wire.real(summaries.real("median_gap")),
        "product_count": wire.fixed(Kind.WHOLE, summaries.count("products")),
        "category_count": wire.fixed(Kind.WHOLE, summaries.count("categories")),
        "average_order_value": wire.numeric(summaries.money("ordered").divided(orders), bought),
        "return_rate": wire.real(_ratio(returns, revenue)),
        "discount_share": wire.real(_ratio(summaries.real("discounted"), orders.astype(np.float64))),
        "revenue_trend": wire.real(summaries.real("trend")),
        "overdue": wire.numeric(summaries.money("overdue")),
        "next_order_expected_at": _instant(stages.next_order),
    }


def _earnings(summaries: Summaries) -> Named:
    names = ("revenue", "returns", "cost_of_goods", "cost_to_serve", "marketing_cost")
    return {name: wire.numeric(summaries.money(name)) for name in names} | {"profit": wire.numeric(summaries.profit)}


def _value(summaries: Summaries, foresight: Foresight, terms: Terms) -> Named:
    known = ~np.isnan(foresight.predicted)

    def money(values: Floats) -> Money:
        return Money.of(np.nan_to_num(values))

    model_id = np.frombuffer((terms.model.id.bytes if terms.model else bytes(16)) * len(summaries), dtype="V16")
    predicted = money(foresight.predicted)
    return {
        "predicted": wire.numeric(predicted, known),
        "predicted_low": wire.numeric(money(foresight.low), known),
        "predicted_high": wire.numeric(money(foresight.high), known),
        "lifetime_value": wire.numeric(summaries.profit + predicted, known),
        "expected_revenue": wire.numeric(money(foresight.revenue), known),
        "expected_purchases": wire.real(foresight.purchases),
        "expected_profit": wire.numeric(money(foresight.profit), known),
        "probability_alive": wire.real(foresight.alive),
        "horizon_months": wire.fixed(Kind.SMALL, np.full(len(summaries), terms.horizon_months), known),
        "value_model_id": wire.fixed(Kind.UUID, model_id, known),
    }


def _churn(foresight: Foresight) -> Named:
    risk = foresight.risk
    band = np.full(len(risk), "", dtype=object)
    band[~np.isnan(risk)] = churn.bands(risk[~np.isnan(risk)])
    return {
        "churn_probability": wire.real(risk),
        "risk_band": wire.text(band.astype("S")),
    }


def _places(places: Places, population: Population | None) -> Named:
    def ranked(name: str) -> Column:
        return wire.fixed(Kind.WHOLE, places.ranks[name], places.ranks[name] != NOWHERE)

    count = len(places.decile)
    somewhere = (places.ranks["revenue"] != NOWHERE) & (population is not None)
    named = zip(("rfm_recency", "rfm_frequency", "rfm_monetary"), places.quintiles, strict=True)
    return {name: wire.fixed(Kind.SMALL, values, values != NOWHERE) for name, values in named} | {
        "rank_by_revenue": ranked("revenue"),
        "rank_by_profit": ranked("profit"),
        "rank_by_value": ranked("value"),
        "rank_by_churn": ranked("churn"),
        "ranked_of": wire.fixed(Kind.WHOLE, np.full(count, population.of if population else 0), somewhere),
        "value_decile": wire.fixed(Kind.SMALL, places.decile, places.decile != NOWHERE),
        "rank_exact": wire.fixed(Kind.TRUTH, np.full(count, places.exact)),
    }


def _stage(stages: Stages, places: Places) -> Named:
    names = np.array([stage.encode() for stage in STAGES])
    return {
        "lifecycle_stage": wire.text(names[stages.stage]),
        "lifecycle_since": _instant(stages.since),
        "value_tier": wire.text(places.tier.astype("S")),
    }

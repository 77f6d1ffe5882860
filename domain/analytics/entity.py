"""What can be asked of scores and of the models behind them."""

from collections.abc import Mapping

from domain.analytics.scoring.rfm_labels import LABELS
from domain.consents.entity import willing
from domain.ids import Prefix
from domain.query.asking import Asked, Given, Tree
from domain.query.declare import first_of, instant, money, of, own_id, part, real, text, whole
from domain.query.entity import Column, Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.paging import alone, limit, present
from domain.query.periods import read_bounds


def _score(name: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(sql=f"{{s}}.{name}", kind=kind)


_AS_OF = _score("as_of", Kind.INSTANT)
_WORTH = "(({s}.rfm_frequency + {s}.rfm_monetary + 1) / 2)"


def _label() -> str:
    """The table of cells as a CASE: the first that fits."""
    cells = (
        f"WHEN {{s}}.rfm_recency BETWEEN {low} AND {high} AND {_WORTH} BETWEEN {least} AND {most} THEN '{name}'"
        for name, (low, high), (least, most) in LABELS
    )
    return f"CASE {' '.join(cells)} END"


RFM = Entity(
    name="Rfm",
    columns={
        "recency": _score("rfm_recency", Kind.INT),
        "frequency": _score("rfm_frequency", Kind.INT),
        "monetary": _score("rfm_monetary", Kind.INT),
        "label": Column(sql=_label()),
        "asOf": _AS_OF,
    },
)

CHURN_RISK = Entity(
    name="ChurnRisk",
    columns={
        "probability": _score("churn_probability", Kind.FLOAT),
        "band": _score("risk_band"),
        "asOf": _AS_OF,
    },
    relations={
        "reasons": Relation(
            entity="ScoreReason",
            shape=Shape.MANY,
            source="jsonb_array_elements({s}.churn_reasons) WITH ORDINALITY {b}(reason, n)",
            order="{a}.n",
            kin=True,
            rows=3,
        )
    },
)

SCORE_REASON = Entity(
    name="ScoreReason",
    columns={
        "factor": Column(sql="({a}.reason ->> 'factor')"),
        "detail": Column(sql="({a}.reason ->> 'detail')"),
        "effect": Column(sql="({a}.reason ->> 'effect')::float8", kind=Kind.FLOAT),
    },
)

LIFETIME_VALUE = Entity(
    name="LifetimeValue",
    columns={
        "historic": _score("profit", Kind.MONEY),
        "predicted": _score("predicted", Kind.MONEY),
        "expectedRevenue": _score("expected_revenue", Kind.MONEY),
        "total": _score("lifetime_value", Kind.MONEY),
        "expectedPurchases": _score("expected_purchases", Kind.FLOAT),
        "expectedProfitPerPurchase": _score("expected_profit", Kind.MONEY),
        "probabilityAlive": _score("probability_alive", Kind.FLOAT),
        "horizonMonths": _score("horizon_months", Kind.INT),
        "asOf": _AS_OF,
    },
    relations={
        "interval": part("DecimalInterval"),
        "model": Relation(entity="ValueModel", shape=Shape.ONE, on="{b}.value_model_id = {s}.value_model_id"),
    },
)

INTERVAL = Entity(
    name="DecimalInterval",
    columns={
        "low": _score("predicted_low", Kind.MONEY),
        "high": _score("predicted_high", Kind.MONEY),
        "level": Column(sql="0.8::float8", kind=Kind.FLOAT),
    },
)

RANKS = Entity(
    name="CustomerRanks",
    columns={
        "byRevenue": _score("rank_by_revenue", Kind.INT),
        "byProfit": _score("rank_by_profit", Kind.INT),
        "byLifetimeValue": _score("rank_by_value", Kind.INT),
        "byChurnRisk": _score("rank_by_churn", Kind.INT),
        "of": _score("ranked_of", Kind.INT),
        "valueDecile": _score("value_decile", Kind.INT),
        "exact": _score("rank_exact", Kind.BOOL),
        "asOf": _AS_OF,
    },
)

SCORE_ABSENCE = Entity(
    name="ScoreAbsence",
    columns={
        "score": Column(sql="({a}.absence ->> 'score')"),
        "reason": Column(sql="({a}.absence ->> 'reason')"),
        "detail": Column(sql="({a}.absence ->> 'detail')"),
    },
)

_HOLDOUT = {
    "meanAbsoluteError": "meanAbsoluteError",
    "correlation": "correlation",
    "poissonDeviance": "poissonDeviance",
    "areaUnderCurve": "areaUnderCurve",
    "intervalCoverage": "intervalCoverage",
    "totalError": "totalError",
}

HOLDOUT = Entity(
    name="ModelHoldout",
    columns={
        "from": Column(sql="({a}.holdout ->> 'from')::timestamptz", kind=Kind.INSTANT),
        "until": Column(sql="({a}.holdout ->> 'until')::timestamptz", kind=Kind.INSTANT),
        **{name: Column(sql=f"({{a}}.holdout ->> '{key}')::float8", kind=Kind.FLOAT) for name, key in _HOLDOUT.items()},
    },
)

VALUE_MODEL = Entity(
    name="ValueModel",
    table="value_model",
    key="value_model_id",
    prefix=Prefix.VALUE_MODEL,
    columns={
        "id": own_id(Prefix.VALUE_MODEL, "value_model_id"),
        "family": text("family"),
        "parameters": of(Kind.JSON, "parameters"),
        "customers": whole("customers"),
        "logLikelihood": real("log_likelihood"),
        "calibratedUntil": instant("calibrated_until"),
        "fittedAt": instant("fitted_at"),
        "inUse": of(Kind.BOOL, "in_use"),
        "warnings": of(Kind.LINES, "warnings"),
    },
    relations={"holdout": part("ModelHoldout", present="{a}.holdout IS NOT NULL")},
)

_UNSCORED = "".join(
    f'{{{{"score":"{score}","reason":"NOT_YET_SCORED","detail":"The next scoring will give it."}}}},'
    for score in ("RFM", "CHURN_RISK", "LIFETIME_VALUE")
).rstrip(",")

SNAPSHOT = Entity(
    name="ScoreSnapshot",
    table="score_snapshot",
    joins={
        "s": "CROSS JOIN LATERAL (SELECT {a}.rfm / 100 AS rfm_recency, {a}.rfm / 10 % 10 AS rfm_frequency,"
        " {a}.rfm % 10 AS rfm_monetary, {a}.as_of) {s}"
    },
    columns={
        "asOf": instant("as_of"),
        "churnProbability": real("churn_probability"),
        "lifetimeValue": money("lifetime_value"),
        "lifecycleStage": text("lifecycle_stage"),
        "valueTier": text("value_tier"),
    },
    relations={"rfm": part("Rfm", present="{a}.rfm IS NOT NULL")},
)


def _snapshots(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """The latest of a span of time. Who does not want to be profiled has no history either."""
    count = limit(asked, alone(arguments, "first") or Given(12))
    bounds = zip(("from", "until"), (">=", "<"), read_bounds(asked, present(arguments, "over")), strict=True)
    within = [(name, f" AND {{b}}.as_of {sign} {{{name}}}", slot) for name, sign, slot in bounds if slot]
    return Found(
        "{b}.customer_id = {owner}" + "".join(sql for _, sql, _ in within) + f" AND {willing('{owner}')}",
        slots=tuple((name, slot) for name, _, slot in within),
        limit=count,
        rows=count,
    )


OF_CUSTOMER = {
    "scoreHistory": Relation(
        entity="ScoreSnapshot", shape=Shape.MANY, order="{a}.as_of DESC", find=_snapshots, kin=True, rows=12
    ),
    "rfm": part("Rfm", present="{s}.rfm_recency IS NOT NULL"),
    "churnRisk": part("ChurnRisk", present="{s}.churn_probability IS NOT NULL"),
    "lifetimeValue": part("LifetimeValue", present="{s}.predicted IS NOT NULL"),
    "ranks": part("CustomerRanks", present="{s}.ranked_of IS NOT NULL"),
    "scoreAbsences": Relation(
        entity="ScoreAbsence",
        shape=Shape.MANY,
        source="jsonb_array_elements(CASE WHEN {s}.as_of IS NULL"
        f" THEN '[{_UNSCORED}]'::jsonb ELSE {{s}}.absences END) WITH ORDINALITY {{b}}(absence, n)",
        order="{a}.n",
        kin=True,
        rows=3,
    ),
}

ROOTS = {
    "valueModels": Relation(
        entity="ValueModel",
        shape=Shape.MANY,
        order="{a}.fitted_at DESC, {a}.value_model_id DESC",
        find=first_of,
        rows=10,
    )
}

ENTITIES = (
    RFM,
    CHURN_RISK,
    SCORE_REASON,
    LIFETIME_VALUE,
    INTERVAL,
    RANKS,
    SCORE_ABSENCE,
    HOLDOUT,
    SNAPSHOT,
    VALUE_MODEL,
)

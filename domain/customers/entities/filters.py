"""Which customers: the fields of the one filter language, and what lists can be ordered by."""

from collections.abc import Mapping
from dataclasses import replace

from domain.advice.entity import FILTER as NEXT_ACTION
from domain.campaigns.entities.contact import CONTACT_FILTERS, CONTACTS
from domain.consents import entity as consents
from domain.customers.entities import attributes, needs
from domain.ids import Prefix
from domain.orders.entities.order import ORDER_FILTERS
from domain.orders.entities.product import PRODUCT_FILTERS
from domain.portfolio.entity import FILTER as PROFITABILITY
from domain.query.asking import Asked, Tree
from domain.query.declare import choice, compare, compare_id, counted
from domain.query.entity import EVERYONE, Choice, Compare, Filter, Inside, Kind, Own, Reading, Sort
from domain.query.predicate import Around, Denied, Every, Grouped, Predicate
from domain.segments.entities import naming as segments
from domain.touchpoints.entity import TOUCHPOINT


def _scored(name: str, kind: Kind) -> Compare:
    return Compare(sql=f"{{s}}.{name}", kind=kind)


def _summed(name: str, kind: Kind, *, absent: str | None = None) -> Compare:
    return Compare(sql=f"{{m}}.{name}", kind=kind, absent=absent)


_YEARS = "(extract(year FROM {today})::int - extract(year FROM {a}.birth_date)::int)"
_AGE = (
    f"({_YEARS} - CASE WHEN ({{a}}.birth_date + make_interval(years => {_YEARS}))::date > {{today}} THEN 1 ELSE 0 END)"
)


def _history(table: str, figures: Mapping[str, tuple[str, Kind]], rows: Mapping[str, Filter]) -> Own:
    """Rows that match: at least one; or, where figures are asked for, these summed for everybody at once."""
    counted_rows = f"FROM {table} {{c}} WHERE {{rows}}"
    sums = ", ".join(f"{sql} AS {name}" for name, (sql, _) in figures.items())
    zeros = ", ".join(f"0 AS {name}" for name in figures)
    return counted(
        f"EXISTS (SELECT 1 FROM {table} {{b}} WHERE {{b}}.customer_id = {{owner}} AND {{test}})",
        f"({{owner}} IN (SELECT {{b}}.customer_id FROM (SELECT {{c}}.customer_id, {sums} {counted_rows}"
        f" GROUP BY {{c}}.customer_id) {{b}} WHERE {{test}}) OR ((SELECT {{test}} FROM (SELECT {zeros}) {{b}})"
        f" AND {{owner}} NOT IN (SELECT {{c}}.customer_id {counted_rows} GROUP BY {{c}}.customer_id)))",
        {name: compare(name, kind) for name, (_, kind) in figures.items()},
        rows,
        "where",
        Grouped(f"{table} {{c}}", figures=tuple((name, sql) for name, (sql, _) in figures.items())),
    )


_COUNT = ("count(*)", Kind.INT)
_ORDER_HISTORY = _history("customer_order", {"count": _COUNT, "total": ("sum({c}.total)", Kind.MONEY)}, ORDER_FILTERS)
_TOUCHPOINT_HISTORY = _history("touchpoint", {"count": _COUNT}, TOUCHPOINT.filters)
_CONTACT_HISTORY = _history(CONTACTS, {"count": _COUNT}, CONTACT_FILTERS)

_LINES_OF = (
    "order_line {%s}l JOIN customer_order {%s}o ON {%s}o.customer_id = {%s}l.customer_id"
    " AND {%s}o.order_id = {%s}l.order_id JOIN product {%s} ON {%s}.product_id = {%s}l.product_id"
)
_STANDING = "{%s}o.cancelled_at IS NULL"
_BOUGHT = f"FROM {_LINES_OF} WHERE {_STANDING}"
# Summed for everybody at once; who bought none is asked about none.
_LINES = f"{_BOUGHT % (('c',) * 10)} AND {{rows}}"
_GROUPED_LINES = Grouped(
    _LINES_OF % (("c",) * 9),
    key="{c}l.customer_id",
    keys=("{c}o.customer_id",),
    standing=_STANDING % "c",
    figures=(("units", "sum({c}l.quantity)"),),
)
_UNITS = (
    "({owner} IN (SELECT {b}.customer_id FROM (SELECT {c}l.customer_id, sum({c}l.quantity) AS units"
    f" {_LINES} GROUP BY {{c}}l.customer_id) {{b}} WHERE {{test}})"
    " OR ((SELECT {test} FROM (SELECT 0 AS units) {b}) AND {owner} NOT IN (SELECT {c}l.customer_id"
    f" {_LINES} GROUP BY {{c}}l.customer_id)))"
)
_BOUGHT_AT = Compare(sql="{a}o.ordered_at", kind=Kind.INSTANT)
_BOUGHT_UNITS = compare("units", Kind.INT)


def _bought(asked: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
    """Lines of standing orders whose product matches: at least one, or as many units as are asked for."""
    assert isinstance(tree, dict)
    rows: list[Predicate] = [reading.objects(PRODUCT_FILTERS, tree["product"])]
    if "at" in tree:
        rows.append(reading.tests(_BOUGHT_AT, "at", tree["at"]))
    if "units" not in tree:
        lines = f"SELECT 1 {_BOUGHT % (('b',) * 10)} AND {{b}}l.customer_id = {{owner}} AND {{test}}"
        return Around(name, f"EXISTS ({lines})", Every(tuple(rows)), grouped=_GROUPED_LINES)
    test = reading.tests(_BOUGHT_UNITS, "units", tree["units"])
    return Around(name, _UNITS, test, rows=Every(tuple(rows)), grouped=_GROUPED_LINES)


def _not_bought(asked: Asked, name: str, tree: Tree, reading: Reading) -> Predicate:
    return Denied(_bought(asked, name, tree, reading))


FILTERS: Mapping[str, Filter] = {
    "id": replace(compare_id(Prefix.CUSTOMER, "customer_id"), roles=EVERYONE),
    "kind": choice("kind"),
    "identity": Inside(
        sql="EXISTS (SELECT 1 FROM customer_identity {b} WHERE {b}.customer_id = {owner} AND {test})",
        fields={
            "kind": choice("kind"),
            "source": compare("source"),
            "value": compare("value", personal=True),
            "verified": compare("verified", Kind.BOOL),
        },
    ),
    "email": compare("email", personal=True),
    "phone": compare("phone", personal=True),
    "displayName": compare("display_name", personal=True, fold="display_name_fold"),
    "country": compare("country"),
    "region": compare("region"),
    "city": compare("city"),
    "postalCode": compare("postal_code", personal=True),
    "language": compare("language"),
    "birthDate": compare("birth_date", Kind.DAY, personal=True),
    "age": Compare(sql=_AGE, kind=Kind.INT, personal=True),
    "gender": compare("gender"),
    "occupation": compare("occupation"),
    "sector": compare("sector"),
    "householdSize": compare("household_size", Kind.INT),
    "incomeBand": compare("income_band"),
    "createdAt": compare("created_at", Kind.INSTANT),
    "acquisition": Inside(
        fields={
            "channel": choice("acquisition_channel"),
            "source": compare("acquisition_source"),
            "campaign": compare_id(Prefix.CAMPAIGN, "acquisition_campaign_id"),
            "at": compare("acquisition_at", Kind.INSTANT),
        }
    ),
    "lifecycleStage": Choice(sql="{s}.lifecycle_stage"),
    "lifecycleSince": _scored("lifecycle_since", Kind.INSTANT),
    "valueTier": Choice(sql="{s}.value_tier"),
    "valueDecile": _scored("value_decile", Kind.INT),
    "riskBand": Choice(sql="{s}.risk_band"),
    "profitability": PROFITABILITY,
    "lifetimeValue": _scored("lifetime_value", Kind.MONEY),
    "churnProbability": _scored("churn_probability", Kind.FLOAT),
    "probabilityAlive": _scored("probability_alive", Kind.FLOAT),
    "rfmRecency": _scored("rfm_recency", Kind.INT),
    "rfmFrequency": _scored("rfm_frequency", Kind.INT),
    "rfmMonetary": _scored("rfm_monetary", Kind.INT),
    "orderCount": _scored("order_count", Kind.INT),
    "productCount": _scored("product_count", Kind.INT),
    "categoryCount": _scored("category_count", Kind.INT),
    "averageOrderValue": _scored("average_order_value", Kind.MONEY),
    "returnRate": _scored("return_rate", Kind.FLOAT),
    "discountShare": _scored("discount_share", Kind.FLOAT),
    "revenueTrend": _scored("revenue_trend", Kind.FLOAT),
    "overdue": _scored("overdue", Kind.MONEY),
    "firstOrderAt": _scored("first_order_at", Kind.INSTANT),
    "lastOrderAt": _scored("last_order_at", Kind.INSTANT),
    "nextOrderExpectedAt": _scored("next_order_expected_at", Kind.INSTANT),
    "lastTouchpointAt": compare("last_touchpoint_at", Kind.INSTANT),
    "attributes": attributes.FILTER,
    "need": needs.FILTER,
    "consent": consents.FILTER,
    "reachableBy": consents.REACHABLE_FILTER,
    "nextAction": NEXT_ACTION,
    "preferredChannel": Choice(sql="{m}.preferred_channel"),
    "recommendScore": _summed("recommend_score", Kind.INT),
    "averageSatisfaction": _summed("average_satisfaction", Kind.FLOAT),
    "openCases": _summed("open_cases", Kind.INT, absent="0"),
    "orders": _ORDER_HISTORY,
    "touchpoints": _TOUCHPOINT_HISTORY,
    "bought": Own(read=_bought),
    "notBought": Own(read=_not_bought),
    **segments.FILTERS,
    "contacts": _CONTACT_HISTORY,
}


def _by_score(name: str, type_: str, *, nullable: bool = False) -> Sort:
    return Sort(sql=f"{{s}}.{name}", type=type_, nullable=nullable, descends=True)


SORTS: Mapping[str, Sort] = {
    "CREATED_AT": Sort(sql="{a}.created_at", type="timestamptz", roles=EVERYONE),
    "UPDATED_AT": Sort(sql="{a}.updated_at", type="timestamptz"),
    "DISPLAY_NAME": Sort(sql="{a}.display_name_fold", type="text", nullable=True, personal=True),
    "REVENUE": _by_score("revenue", "numeric"),
    "PROFIT": _by_score("profit", "numeric"),
    "COST_TO_SERVE": _by_score("cost_to_serve", "numeric"),
    "LIFETIME_VALUE": _by_score("lifetime_value", "numeric", nullable=True),
    "CHURN_PROBABILITY": _by_score("churn_probability", "float8", nullable=True),
    "ORDER_COUNT": _by_score("order_count", "integer"),
    "AVERAGE_ORDER_VALUE": _by_score("average_order_value", "numeric", nullable=True),
    "FIRST_ORDER_AT": _by_score("first_order_at", "timestamptz", nullable=True),
    "LAST_ORDER_AT": _by_score("last_order_at", "timestamptz", nullable=True),
    "NEXT_ORDER_EXPECTED_AT": _by_score("next_order_expected_at", "timestamptz", nullable=True),
    "LAST_TOUCHPOINT_AT": Sort(sql="{a}.last_touchpoint_at", type="timestamptz", nullable=True),
}

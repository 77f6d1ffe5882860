"""What can be asked of orders, with their lines, payments and returns."""

from collections.abc import Mapping
from uuid import UUID

from domain.campaigns.entities.campaign import NAMED
from domain.deployment import claim_key
from domain.errors import QuestionRefused
from domain.ids import Prefix
from domain.orders.entities.product import PRODUCT_FILTERS
from domain.query.asking import Asked, Occasion, Tree
from domain.query.declare import choice, compare, compare_id, instant, money, of, own_id, some, text, whole
from domain.query.entity import EVERYONE, Column, Entity, Filter, Flag, Inside, Kind, Relation, Shape, Sort
from domain.query.fetch import Found
from domain.query.ids import by_id
from domain.query.paging import alone

_OF_ORDER = "{b}.customer_id = {owner} AND {b}.order_id = {a}.order_id"

ORDER_FILTERS: Mapping[str, Filter] = {
    "orderedAt": compare("ordered_at", Kind.INSTANT),
    "source": compare("source"),
    "channel": choice("channel"),
    "tradingForm": choice("trading_form"),
    "paymentMethod": some(
        f"EXISTS (SELECT 1 FROM order_payment {{b}} WHERE {_OF_ORDER} AND {{test}})", choice("method")
    ),
    "handledBy": compare("handled_by"),
    "total": compare("total", Kind.MONEY),
    "discount": compare("discount", Kind.MONEY),
    # At least one of them; an order without any has one that is not there.
    "offerCode": some(
        "EXISTS (SELECT 1 FROM unnest(CASE WHEN cardinality({a}.offer_codes) > 0 THEN {a}.offer_codes"
        " ELSE ARRAY[NULL::text] END) {b}(code) WHERE {test})",
        compare("code"),
    ),
    "product": Inside(
        fields=PRODUCT_FILTERS,
        sql="EXISTS (SELECT 1 FROM order_line {b}l JOIN product {b} ON {b}.product_id = {b}l.product_id"
        " WHERE {b}l.customer_id = {owner} AND {b}l.order_id = {a}.order_id AND {test})",
    ),
    "dueAt": compare("due_at", Kind.INSTANT),
    "paidAt": compare("paid_at", Kind.INSTANT),
    "deliveredAt": compare("delivered_at", Kind.INSTANT),
    "late": Flag(
        yes="coalesce({a}.delivered_at, {now}) > {a}.promised_at",
        no="(coalesce({a}.delivered_at, {now}) > {a}.promised_at) IS NOT TRUE",
    ),
    "cancelled": Flag(
        yes="{a}.cancelled_at IS NOT NULL", no="{a}.cancelled_at IS NULL", unsaid="{a}.cancelled_at IS NULL"
    ),
    "campaign": compare_id(Prefix.CAMPAIGN, "campaign_id"),
}

ORDER = Entity(
    name="Order",
    table="customer_order",
    key="order_id",
    prefix=Prefix.ORDER,
    owner="{a}.customer_id",
    partner="{a}.source = {source}",
    roles=EVERYONE,
    order=("orderedAt", True),
    sorts={"orderedAt": Sort(sql="{a}.ordered_at", type="timestamptz")},
    filters=ORDER_FILTERS,
    columns={
        "id": own_id(Prefix.ORDER, "order_id"),
        "source": text("source"),
        "externalId": text("external_id", personal=True),
        "orderedAt": instant("ordered_at"),
        "channel": text("channel"),
        "tradingForm": text("trading_form"),
        "handledBy": text("handled_by"),
        "currency": text("currency"),
        "exchangeRate": money("exchange_rate"),
        "discount": money("discount"),
        "shipping": money("shipping"),
        "total": money("total"),
        "totalInCurrency": money("total_in_currency"),
        "returned": money("returned"),
        "profit": Column(sql="({a}.total - {a}.returned - {a}.cost_of_goods + {a}.returned_cost)", kind=Kind.MONEY),
        "dueAt": instant("due_at"),
        "paidAt": instant("paid_at"),
        "promisedAt": instant("promised_at"),
        "shippedAt": instant("shipped_at"),
        "deliveredAt": instant("delivered_at"),
        "cancelledAt": instant("cancelled_at"),
        "offerCodes": of(Kind.LINES, "offer_codes"),
    },
    relations={
        # Meant: whose order it is, a partner may know by id, and of its source's identities, though by no more.
        "customer": Relation(
            entity="Customer", shape=Shape.ONE, on="{b}.customer_id = {owner}", kin=True, trusted=True
        ),
        "lines": Relation(entity="OrderLine", shape=Shape.MANY, on=_OF_ORDER, order="{a}.position", kin=True, rows=5),
        "payments": Relation(
            entity="Payment", shape=Shape.MANY, on=_OF_ORDER, order="{a}.paid_at, {a}.external_id", kin=True, rows=2
        ),
        "returns": Relation(
            entity="Return",
            shape=Shape.MANY,
            # Of a return that spans several orders, only what came back out of this one.
            source="(SELECT r.customer_id, r.return_id, r.external_id, r.returned_at, r.reason, l.order_id,"
            " sum(l.refund) AS refund FROM return_line l"
            " JOIN order_return r ON r.customer_id = l.customer_id AND r.return_id = l.return_id"
            " WHERE l.customer_id = {owner} AND r.customer_id = {owner} AND l.order_id = {a}.order_id"
            " GROUP BY r.customer_id, r.return_id, l.order_id) {b}",
            order="{a}.returned_at, {a}.return_id",
            kin=True,
        ),
        "campaign": NAMED,
    },
)

_PRODUCT = Relation(entity="Product", shape=Shape.ONE, on="{b}.product_id = {a}.product_id")

LINE = Entity(
    name="OrderLine",
    table="order_line",
    key="position",
    roles=EVERYONE,
    columns={
        "quantity": whole("quantity"),
        "returnedQuantity": whole("returned_quantity"),
        "unitPrice": money("unit_price"),
        "unitCost": money("unit_cost"),
        "total": money("total"),
    },
    relations={"product": _PRODUCT},
)

PAYMENT = Entity(
    name="Payment",
    table="order_payment",
    key="external_id",
    roles=EVERYONE,
    columns={
        "externalId": text("external_id", personal=True),
        "method": text("method"),
        "amount": money("amount"),
        "paidAt": instant("paid_at"),
    },
)

RETURN = Entity(
    name="Return",
    key="return_id",
    roles=EVERYONE,
    columns={
        "externalId": text("external_id", personal=True),
        "returnedAt": instant("returned_at"),
        "refund": money("refund"),
        "reason": text("reason", personal=True),
    },
    relations={
        "lines": Relation(
            entity="ReturnLine",
            shape=Shape.MANY,
            on="{b}.customer_id = {owner} AND {b}.return_id = {a}.return_id AND {b}.order_id = {a}.order_id",
            order="{a}.position",
            kin=True,
            rows=2,
        )
    },
)

RETURN_LINE = Entity(
    name="ReturnLine",
    table="return_line",
    key="position",
    roles=EVERYONE,
    columns={"quantity": whole("quantity")},
    relations={"product": _PRODUCT},
)

OF_CUSTOMER = Relation(entity="Order", shape=Shape.PAGE, on="{b}.customer_id = {owner}", kin=True)


def _one(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """By id, or by source and external id together, through the claim on them."""
    id_ = alone(arguments, "id")
    source, external_id = alone(arguments, "source"), alone(arguments, "externalId")
    if (id_ is None) != (source is not None and external_id is not None):
        raise QuestionRefused("INVALID", "order is found by id, or by source and externalId: give one or the other")
    if source is None or external_id is None:
        return by_id(asked, ORDER, arguments)
    slot = asked.slot("uuid", source, external_id, turn=_claim)
    # Merged facts keep their id; only the customer of a claim may be another by now.
    return Found(
        "{b}.order_id = (SELECT order_id FROM order_claim WHERE claim_key = {claim})", slots=(("claim", slot),)
    )


def _claim(occasion: Occasion, source: object, external_id: object) -> object:
    return UUID(bytes=claim_key(occasion.keys.claims, str(source), str(external_id)))


ROOTS = {
    "order": Relation(entity="Order", shape=Shape.ONE, find=_one, roles=EVERYONE),
    "orders": Relation(entity="Order", shape=Shape.PAGE, roles=EVERYONE),
}

ENTITIES = (ORDER, LINE, PAYMENT, RETURN, RETURN_LINE)

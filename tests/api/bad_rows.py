"""Rows that nobody may send: what is wrong with each, and how it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
NOTHING = "0" * 32
LEFT_OUT = object()
"""The field is not there."""

ADA = {"identity": {"kind": "EMAIL", "value": "ada@example.org"}}
TOUCHPOINT = {
    "customer": ADA,
    "channel": "WEB",
    "kind": "VISIT",
    "occurredAt": "2026-03-01T09:30:00Z",
    "source": "shop",
}
LINE = {"sku": "TEA", "quantity": 2, "unitPrice": "4.00"}
ORDER = {
    "customer": ADA,
    "source": "shop",
    "externalId": "O-9",
    "orderedAt": "2026-03-02T10:00:00Z",
    "channel": "WEB",
    "lines": [LINE],
}
RETURN = {
    "source": "shop",
    "externalId": "R-9",
    "orderExternalId": "O-1",
    "returnedAt": "2026-03-09T10:00:00Z",
    "lines": [{"sku": "TEA", "quantity": 1}],
}
PRODUCT = {"sku": "CUP", "name": "Cup"}
CUSTOMER = {"identities": [ADA["identity"]], "source": "shop"}
PAYMENT = {"externalId": "P-9", "method": "CARD", "amount": "1.00", "paidAt": "2026-03-04T00:00:00Z"}


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is good but for what `wrong` changes in it."""

    name: str
    row: Row
    wrong: Mapping[str, Any]
    code: str
    path: str
    partner: bool = False

    @property
    def sent(self) -> Row:
        return {key: value for key, value in {**self.row, **self.wrong}.items() if value is not LEFT_OUT}


def _learnt(**learnt: Any) -> Row:
    return {"learnt": learnt}


def _line(**wrong: Any) -> Row:
    line = {key: value for key, value in {**LINE, **wrong}.items() if value is not LEFT_OUT}
    return {"lines": [LINE, line]}


def _who(kind: str, value: str, **more: Any) -> Row:
    return {"customer": {"identity": {"kind": kind, "value": value, **more}}}


_NEED = {"kind": "MOTIVATION", "name": "price"}
_CONSENT = {"channel": "EMAIL", "status": "GRANTED"}

TOUCHPOINTS = [
    Bad("NUL", TOUCHPOINT, {"subject": "a\0b"}, "INVALID", "subject"),
    Bad("NUL within", TOUCHPOINT, {"properties": {"page": ["\0"]}}, "INVALID", "properties.page.0"),
    Bad("a number beyond 2^53", TOUCHPOINT, {"properties": {"n": 2**60}}, "OUT_OF_RANGE", "properties.n"),
    Bad("properties that are a list", TOUCHPOINT, {"properties": ["a"]}, "INVALID", "properties"),
    Bad("satisfaction 11", TOUCHPOINT, {"satisfaction": 11}, "OUT_OF_RANGE", "satisfaction"),
    Bad("recommendScore -1", TOUCHPOINT, {"recommendScore": -1}, "OUT_OF_RANGE", "recommendScore"),
    Bad("half a point", TOUCHPOINT, {"satisfaction": 7.5}, "INVALID", "satisfaction"),
    Bad("a negative duration", TOUCHPOINT, {"durationSeconds": -5}, "OUT_OF_RANGE", "durationSeconds"),
    Bad("overflow", TOUCHPOINT, {"durationSeconds": 2**31}, "OUT_OF_RANGE", "durationSeconds"),
    Bad("a negative cost", TOUCHPOINT, {"cost": "-1"}, "OUT_OF_RANGE", "cost"),
    Bad("NaN", TOUCHPOINT, {"cost": "NaN"}, "OUT_OF_RANGE", "cost"),
    Bad("Infinity", TOUCHPOINT, {"cost": "Infinity"}, "OUT_OF_RANGE", "cost"),
    Bad("an exponent", TOUCHPOINT, {"cost": "1e400"}, "OUT_OF_RANGE", "cost"),
    Bad("15 digits", TOUCHPOINT, {"cost": "123456789012345"}, "OUT_OF_RANGE", "cost"),
    Bad("7 places", TOUCHPOINT, {"cost": "0.1234567"}, "OUT_OF_RANGE", "cost"),
    Bad("no day of the calendar", TOUCHPOINT, {"occurredAt": "2026-02-30T00:00:00Z"}, "INVALID", "occurredAt"),
    Bad("no date", TOUCHPOINT, {"occurredAt": "yesterday"}, "INVALID", "occurredAt"),
    Bad("no offset", TOUCHPOINT, {"occurredAt": "2026-03-01T09:30:00"}, "INVALID", "occurredAt"),
    Bad("before all years", TOUCHPOINT, {"occurredAt": "1066-10-14T09:00:00Z"}, "OUT_OF_RANGE", "occurredAt"),
    Bad("after all years", TOUCHPOINT, {"occurredAt": "2301-01-01T00:00:00Z"}, "OUT_OF_RANGE", "occurredAt"),
    Bad("an unknown kind", TOUCHPOINT, {"kind": "TELEPATHY"}, "INVALID", "kind"),
    Bad("no kind", TOUCHPOINT, {"kind": LEFT_OUT}, "REQUIRED", "kind"),
    Bad("null for a channel", TOUCHPOINT, {"channel": None}, "REQUIRED", "channel"),
    Bad("an unknown field", TOUCHPOINT, {"colour": "red"}, "INVALID", "colour"),
    Bad("no customer", TOUCHPOINT, {"customer": LEFT_OUT}, "REQUIRED", "customer"),
    Bad("a customer without a name", TOUCHPOINT, {"customer": {}}, "REQUIRED", "customer"),
    Bad("two names", TOUCHPOINT, {"customer": {"id": f"cus_{NOTHING}", **ADA}}, "INVALID", "customer"),
    Bad("a malformed id", TOUCHPOINT, {"customer": {"id": "17"}}, "INVALID", "customer.id"),
    Bad("an id of another type", TOUCHPOINT, {"customer": {"id": f"ord_{NOTHING}"}}, "INVALID", "customer.id"),
    Bad("an id of nobody", TOUCHPOINT, {"customer": {"id": f"cus_{NOTHING}"}}, "NOT_FOUND", "customer.id"),
    Bad("no e-mail address", TOUCHPOINT, _who("EMAIL", "ada at example"), "INVALID", "customer.identity.value"),
    Bad("a phone without a country", TOUCHPOINT, _who("PHONE", "0171 2345"), "INVALID", "customer.identity.value"),
    Bad("an empty identity", TOUCHPOINT, _who("COOKIE", ""), "INVALID", "customer.identity.value"),
    Bad("an identity of no kind", TOUCHPOINT, _who("PASSPORT", "X"), "INVALID", "customer.identity.kind"),
    Bad("an unknown SKU", TOUCHPOINT, {"sku": "NONE"}, "NOT_FOUND", "sku"),
    Bad("an empty source", TOUCHPOINT, {"source": ""}, "OUT_OF_RANGE", "source"),
    Bad("a source of 256 characters", TOUCHPOINT, {"source": "s" * 256}, "OUT_OF_RANGE", "source"),
    Bad("a source that is a number", TOUCHPOINT, {"source": 5}, "INVALID", "source"),
    Bad("a subject of 10,001 characters", TOUCHPOINT, {"subject": "s" * 10_001}, "OUT_OF_RANGE", "subject"),
    Bad("another type's campaign", TOUCHPOINT, {"campaign": f"cus_{NOTHING}"}, "INVALID", "campaign"),
    Bad("a foreign source", TOUCHPOINT, {"source": "web"}, "NOT_ALLOWED", "source", partner=True),
    Bad(
        "strength 1.5",
        TOUCHPOINT,
        _learnt(needs=[_NEED | {"strength": 1.5}]),
        "OUT_OF_RANGE",
        "learnt.needs.0.strength",
    ),
    Bad("an unknown need", TOUCHPOINT, _learnt(needs=[_NEED | {"kind": "GREED"}]), "INVALID", "learnt.needs.0.kind"),
    Bad("an undeclared attribute", TOUCHPOINT, _learnt(attributes={"shoe": 5}), "INVALID", "learnt.attributes.shoe"),
    Bad("a text for a number", TOUCHPOINT, _learnt(attributes={"size": "big"}), "INVALID", "learnt.attributes.size"),
    Bad(
        "a consent that ends before it begins",
        TOUCHPOINT,
        _learnt(consents=[_CONSENT | {"expiresAt": "2026-02-01T00:00:00Z"}]),
        "INVALID",
        "learnt.consents.0.expiresAt",
    ),
]

ORDERS = [
    Bad("zero units", ORDER, _line(quantity=0), "OUT_OF_RANGE", "lines.1.quantity"),
    Bad("negative units", ORDER, _line(quantity=-1), "OUT_OF_RANGE", "lines.1.quantity"),
    Bad("units beyond counting", ORDER, _line(quantity=2**31), "OUT_OF_RANGE", "lines.1.quantity"),
    Bad("half a unit", ORDER, _line(quantity=1.5), "INVALID", "lines.1.quantity"),
    Bad("a negative price", ORDER, _line(unitPrice="-1"), "OUT_OF_RANGE", "lines.1.unitPrice"),
    Bad("a price that is no number", ORDER, _line(unitPrice="NaN"), "OUT_OF_RANGE", "lines.1.unitPrice"),
    Bad("no price", ORDER, _line(unitPrice=LEFT_OUT), "REQUIRED", "lines.1.unitPrice"),
    Bad("an unknown article", ORDER, _line(sku="NONE"), "NOT_FOUND", "lines.1.sku"),
    Bad("an empty SKU", ORDER, _line(sku=""), "OUT_OF_RANGE", "lines.1.sku"),
    Bad("no lines", ORDER, {"lines": []}, "REQUIRED", "lines"),
    Bad("1,001 lines", ORDER, {"lines": [LINE] * 1_001}, "LIMIT_EXCEEDED", "lines"),
    Bad("a negative discount", ORDER, {"discount": "-1"}, "OUT_OF_RANGE", "discount"),
    Bad("a discount above the total", ORDER, {"discount": "8.01"}, "OUT_OF_RANGE", "discount"),
    Bad("negative shipping", ORDER, {"shipping": "-1"}, "OUT_OF_RANGE", "shipping"),
    Bad("no currency", ORDER, {"currency": "EURO"}, "INVALID", "currency"),
    Bad("a currency of no country", ORDER, {"currency": "XQZ", "exchangeRate": "2"}, "INVALID", "currency"),
    Bad("another currency without a rate", ORDER, {"currency": "GBP"}, "INVALID", "exchangeRate"),
    Bad("a rate of zero", ORDER, {"currency": "GBP", "exchangeRate": "0"}, "OUT_OF_RANGE", "exchangeRate"),
    Bad("a rate for the base currency", ORDER, {"exchangeRate": "2"}, "INVALID", "exchangeRate"),
    Bad("shipped before ordered", ORDER, {"shippedAt": "2026-03-01T00:00:00Z"}, "INVALID", "shippedAt"),
    Bad("due in no year", ORDER, {"dueAt": "9999-01-01T00:00:00Z"}, "OUT_OF_RANGE", "dueAt"),
    Bad("a payment twice", ORDER, {"payments": [PAYMENT, PAYMENT]}, "INVALID", "payments"),
    Bad("a payment of no amount", ORDER, {"payments": [PAYMENT | {"amount": "x"}]}, "INVALID", "payments.0.amount"),
    Bad("an unknown method", ORDER, {"payments": [PAYMENT | {"method": "SHELLS"}]}, "INVALID", "payments.0.method"),
    Bad("no number", ORDER, {"externalId": LEFT_OUT}, "REQUIRED", "externalId"),
    Bad("an empty number", ORDER, {"externalId": ""}, "OUT_OF_RANGE", "externalId"),
    Bad("an empty code", ORDER, {"offerCodes": [""]}, "OUT_OF_RANGE", "offerCodes.0"),
    Bad("other lines of a known order", ORDER, {"externalId": "O-1", "lines": [LINE, LINE]}, "CONFLICT", "lines"),
    Bad("a foreign till", ORDER, {"source": "web"}, "NOT_ALLOWED", "source", partner=True),
]

RETURNS = [
    Bad("more than was bought", RETURN, {"lines": [{"sku": "TEA", "quantity": 9}]}, "OUT_OF_RANGE", "lines.0.quantity"),
    Bad("nothing came back", RETURN, {"lines": [{"sku": "TEA", "quantity": 0}]}, "OUT_OF_RANGE", "lines.0.quantity"),
    Bad("what was not bought", RETURN, {"lines": [{"sku": "POT", "quantity": 1}]}, "OUT_OF_RANGE", "lines.0.quantity"),
    Bad("what is not sold", RETURN, {"lines": [{"sku": "NONE", "quantity": 1}]}, "NOT_FOUND", "lines.0.sku"),
    Bad("an unknown order", RETURN, {"orderExternalId": "O-0"}, "NOT_FOUND", "orderExternalId"),
    Bad("nobody's", RETURN, {"orderExternalId": LEFT_OUT}, "REQUIRED", "customer"),
    Bad("a negative refund", RETURN, {"refund": "-1"}, "OUT_OF_RANGE", "refund"),
    Bad("back before it was bought", RETURN, {"returnedAt": "2026-01-01T00:00:00Z"}, "INVALID", "returnedAt"),
    Bad("no lines came back", RETURN, {"lines": []}, "REQUIRED", "lines"),
]

PRODUCTS = [
    Bad("no name", PRODUCT, {"name": LEFT_OUT}, "REQUIRED", "name"),
    Bad("a long name", PRODUCT, {"name": "n" * 256}, "OUT_OF_RANGE", "name"),
    Bad("a negative price of a product", PRODUCT, {"price": "-1"}, "OUT_OF_RANGE", "price"),
    Bad("a cost that is no number", PRODUCT, {"unitCost": "NaN"}, "OUT_OF_RANGE", "unitCost"),
    Bad("no SKU", PRODUCT, {"sku": ""}, "OUT_OF_RANGE", "sku"),
    Bad("attributes that are text", PRODUCT, {"attributes": "red"}, "INVALID", "attributes"),
]

CUSTOMERS = [
    Bad("nobody is named", CUSTOMER, {"identities": LEFT_OUT}, "REQUIRED", "identities"),
    Bad("no identities", CUSTOMER, {"identities": []}, "REQUIRED", "identities"),
    Bad("a touchpoint's id", CUSTOMER, {"id": f"tp_{NOTHING}"}, "INVALID", "id"),
    Bad("nobody's id", CUSTOMER, {"id": f"cus_{NOTHING}"}, "NOT_FOUND", "id"),
    Bad("no address", CUSTOMER, {"identities": [{"kind": "EMAIL", "value": "@"}]}, "INVALID", "identities.0.value"),
    Bad(
        "two people's identities",
        CUSTOMER,
        {"identities": [ADA["identity"], {"kind": "EMAIL", "value": "bob@example.org"}]},
        "CONFLICT",
        "identities",
    ),
    Bad("a name of 256 characters", CUSTOMER, {"displayName": "n" * 256}, "OUT_OF_RANGE", "displayName"),
    Bad("an attribute nobody declared", CUSTOMER, {"attributes": {"shoe": 5}}, "INVALID", "attributes.shoe"),
    Bad("an attribute of another type", CUSTOMER, {"attributes": {"size": "big"}}, "INVALID", "attributes.size"),
    Bad(
        "a birthday to come",
        CUSTOMER,
        {"demographics": {"birthDate": "2999-01-01"}},
        "OUT_OF_RANGE",
        "demographics.birthDate",
    ),
    Bad("no birthday", CUSTOMER, {"demographics": {"birthDate": "1999-02-29"}}, "INVALID", "demographics.birthDate"),
    Bad("no time zone", CUSTOMER, {"demographics": {"timeZone": "Mars/Base"}}, "INVALID", "demographics.timeZone"),
    Bad("no language", CUSTOMER, {"demographics": {"language": "!!"}}, "INVALID", "demographics.language"),
    Bad(
        "a negative household",
        CUSTOMER,
        {"demographics": {"householdSize": -1}},
        "OUT_OF_RANGE",
        "demographics.householdSize",
    ),
    Bad("no country", CUSTOMER, {"address": {"country": "Atlantis"}}, "INVALID", "address.country"),
    Bad("an empty city", CUSTOMER, {"address": {"city": ""}}, "OUT_OF_RANGE", "address.city"),
    Bad("too strong a need", CUSTOMER, {"needs": [_NEED | {"strength": 1.5}]}, "OUT_OF_RANGE", "needs.0.strength"),
    Bad("an empty need", CUSTOMER, {"needs": [_NEED | {"name": ""}]}, "OUT_OF_RANGE", "needs.0.name"),
    Bad("no purpose", CUSTOMER, {"consents": [_CONSENT | {"purpose": "FUN"}]}, "INVALID", "consents.0.purpose"),
    Bad(
        "a grant that has ended before",
        CUSTOMER,
        {"consents": [_CONSENT | {"recordedAt": "2026-03-01T00:00:00Z", "expiresAt": "2026-02-01T00:00:00Z"}]},
        "INVALID",
        "consents.0.expiresAt",
    ),
    Bad(
        "no preference",
        CUSTOMER,
        {"channelPreferences": [{"channel": "FAX"}]},
        "INVALID",
        "channelPreferences.0.channel",
    ),
    Bad("stated in no year", CUSTOMER, {"recordedAt": "0999-01-01T00:00:00Z"}, "OUT_OF_RANGE", "recordedAt"),
    Bad("acquired nowhere", CUSTOMER, {"acquisition": {"channel": "OWL"}}, "INVALID", "acquisition.channel"),
    Bad("a foreign profile", CUSTOMER, {"source": "web"}, "NOT_ALLOWED", "source", partner=True),
]

ALL = {
    "touchpointsRecord": ("TouchpointInput", "touchpointRecord", TOUCHPOINTS),
    "ordersRecord": ("OrderInput", None, ORDERS),
    "returnsRecord": ("ReturnInput", "returnRecord", RETURNS),
    "productsUpsert": ("ProductInput", None, PRODUCTS),
    "customersUpsert": ("CustomerUpsertInput", "customerUpsert", CUSTOMERS),
}

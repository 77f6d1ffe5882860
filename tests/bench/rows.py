"""The population as rows of COPY's text form: products, customers, orders, lines and touchpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from tests.bench.population import CATEGORIES, SEED, START, Facts, Ints

CHANNELS = ("WEB", "EMAIL", "PHONE", "MOBILE_APP", "IN_PERSON", "SOCIAL")
COUNTRIES = ("GB", "DE", "FR", "NL", "SE", "ES", "IT", "US")
_DEEDS = (
    ("VISIT", "MARKETING", "INBOUND"),
    ("VIEW", "MARKETING", "INBOUND"),
    ("OPEN", "MARKETING", "INBOUND"),
    ("CALL", "SERVICE", "INBOUND"),
    ("MESSAGE", "SERVICE", "OUTBOUND"),
    ("DELIVERY", "LOGISTICS", "OUTBOUND"),
)
_GIVEN = ("Ada", "Ben", "Chloé", "Dmitri", "Elif", "Femi", "Grace", "Hiro", "Inês", "Jan", "Kofi", "Lena", "Max")
_FAMILY = ("Archer", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jones")
NULL = r"\N"


def when(microseconds: int) -> str:
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{microseconds % 1_000_000:06d}+00"


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else f"-{money(-cents)}"


def ids(kind: int, times: Ints) -> list[str]:
    """UUIDv7s of those moments; each kind of row draws from a stream of its own."""
    rng = np.random.default_rng((SEED, kind))
    high, low = rng.integers(0, 1 << 12, times.size), rng.integers(0, 1 << 62, times.size)
    parts = zip((times // 1000).tolist(), high.tolist(), low.tolist(), strict=True)
    return [f"{ms:012x}7{a:03x}{b | 1 << 63:016x}" for ms, a, b in parts]


@dataclass(slots=True)
class Rows:
    """Each table's rows as tuples of text, in the order of its columns in `TABLES`."""

    facts: Facts
    customer_ids: list[str] = field(init=False)
    product_ids: list[str] = field(init=False)
    order_ids: list[str] = field(init=False)

    def __post_init__(self) -> None:
        start = int(START.timestamp()) * 1_000_000
        self.customer_ids = ids(1, self.facts.joined)
        self.product_ids = ids(2, np.full(self.facts.product_price.size, start))
        self.order_ids = ids(3, self.facts.order_time)

    def product(self) -> Iterator[tuple[str, ...]]:
        since = when(int(START.timestamp()) * 1_000_000)
        prices, costs = self.facts.product_price.tolist(), self.facts.product_cost.tolist()
        for n, (id_, price, cost) in enumerate(zip(self.product_ids, prices, costs, strict=True)):
            name, category = f"Article {n:04d}", f"Category {n % CATEGORIES:02d}"
            supplier = f"Supplier {n % 17}"
            sku = f"SKU-{n:05d}"
            yield id_, sku, name, name.casefold(), category, supplier, money(price), money(cost), since, since

    def customer(self) -> Iterator[tuple[str, ...]]:
        last = np.zeros(self.facts.customers, dtype=np.int64)
        np.maximum.at(last, self.facts.touch_customer, self.facts.touch_time)
        rng = np.random.default_rng((SEED, 10))
        birth = rng.integers(1940, 2006, self.facts.customers).tolist()
        joined = self.facts.joined.tolist()
        for n, (id_, since, seen) in enumerate(zip(self.customer_ids, joined, last.tolist(), strict=True)):
            given, family = _GIVEN[n % len(_GIVEN)], _FAMILY[n * 7 // 3 % len(_FAMILY)]
            name, mail = f"{given} {family} {n}", f"{given}.{n}@example.org".lower()
            country, channel = COUNTRIES[n * 13 % 8], CHANNELS[n % 6]
            fold = f"{name} {mail}".casefold()
            told = when(since)
            profile = (name, name.casefold(), given, family, mail, fold, f"{n % 99999:05d}", f"Town {n % 500}", country)
            rest = (f"{birth[n]}-03-{1 + n % 28:02d}", "en", channel, "shop", told)
            yield id_, *profile, *rest, when(seen) if seen else NULL, told, told

    def customer_identity(self) -> Iterator[tuple[str, ...]]:
        for n, (id_, since) in enumerate(zip(self.customer_ids, self.facts.joined.tolist(), strict=True)):
            mail, told = f"{_GIVEN[n % len(_GIVEN)]}.{n}@example.org".lower(), when(since)
            yield id_, "EMAIL", "", mail, id_, "shop", "{shop}", "true", "true", told, told

    def customer_order(self) -> Iterator[tuple[str, ...]]:
        facts = self.facts
        named = [facts.order_customer, facts.order_time, facts.order_discount, facts.order_shipping]
        named += [facts.order_total, facts.order_cost, facts.order_returned]
        columns = zip(*(column.tolist() for column in named), strict=True)
        for n, (owner, time, *sums) in enumerate(columns):
            told, id_, customer = when(time), self.order_ids[n], self.customer_ids[owner]
            discount, shipping, total, cost, returned = map(money, sums)
            kind = (CHANNELS[n % 6], "E_COMMERCE", "USD")
            said = (discount, shipping, total, total, cost, total, returned, money(sums[3] // 3 if sums[4] else 0))
            yield customer, id_, customer, "shop", f"O-{n}", told, told, *kind, *said

    def order_line(self) -> Iterator[tuple[str, ...]]:
        facts = self.facts
        first = np.searchsorted(facts.line_order, np.arange(facts.order_customer.size))
        position = np.arange(facts.line_order.size) - first[facts.line_order]
        named = (facts.line_order, facts.line_product, facts.line_quantity, facts.line_discount, position)
        owners, prices = facts.order_customer.tolist(), facts.product_price.tolist()
        costs = [money(cost) for cost in facts.product_cost.tolist()]
        for order, product, quantity, discount, place in zip(*(column.tolist() for column in named), strict=True):
            customer, price = self.customer_ids[owners[order]], prices[product]
            amounts = (money(price), costs[product], money(price * quantity), money(discount))
            where = (customer, self.order_ids[order], str(place), customer, self.product_ids[product])
            yield *where, str(quantity), *amounts

    def touchpoint(self) -> Iterator[tuple[str, ...]]:
        facts = self.facts
        rng = np.random.default_rng((SEED, 11))
        deeds, ways = (rng.integers(0, 6, facts.touch_time.size).tolist() for _ in range(2))
        columns = (facts.touch_customer, facts.touch_time, facts.touch_cost)
        made = zip(ids(4, facts.touch_time), *(column.tolist() for column in columns), strict=True)
        for n, (id_, owner, time, cost) in enumerate(made):
            kind, function, direction = _DEEDS[deeds[n]]
            customer, told = self.customer_ids[owner], when(time)
            subject = f"About case {n}" if kind in ("CALL", "MESSAGE") else NULL
            said = (CHANNELS[ways[n]], kind, function, direction, told, "web", f"T-{n}", subject, money(cost))
            yield customer, told, id_, customer, *said


TABLES = {
    "product": "product_id sku name name_fold category supplier price unit_cost created_at updated_at",
    "customer": "customer_id display_name display_name_fold given_name family_name email search_fold postal_code city"
    " country birth_date language acquisition_channel acquisition_source acquisition_at last_touchpoint_at created_at"
    " updated_at",
    "customer_identity": "customer_id kind scope value recorded_for source sources verified is_primary first_seen_at"
    " last_seen_at",
    "customer_order": "customer_id order_id recorded_for source external_id ordered_at recorded_at channel"
    " trading_form currency discount shipping total total_in_currency cost_of_goods known_revenue returned"
    " returned_cost",
    "order_line": "customer_id order_id position recorded_for product_id quantity unit_price unit_cost total discount",
    "touchpoint": "customer_id occurred_at touchpoint_id recorded_for channel kind function direction recorded_at"
    " source external_id subject cost",
}
"""Columns that are loaded; the rest have their defaults. What follows from facts is made by derive.sql."""

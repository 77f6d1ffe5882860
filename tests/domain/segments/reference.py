"""Who matches a CustomerFilter, said once more in plain Python over the rows: what every SQL of it is held against.

Written from the contract's descriptions alone, without a look at how the house asks Postgres.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.ids import Prefix, parse_id, to_public
from tests.domain.segments.comparing import (
    Filter,
    Moment,
    amount,
    at,
    day,
    named,
    number,
    one_of,
    same_id,
    share,
    words,
    years,
)
from tests.domain.segments.contacts import Contacts
from tests.domain.segments.histories import History
from tests.domain.segments.rows import Row, Rows

_TEXTS = {
    "email": "email",
    "phone": "phone",
    "displayName": "display_name",
    "country": "country",
    "region": "region",
    "city": "city",
    "postalCode": "postal_code",
    "language": "language",
    "gender": "gender",
    "occupation": "occupation",
    "sector": "sector",
    "incomeBand": "income_band",
}
_INTEGERS = {
    "valueDecile": "value_decile",
    "rfmRecency": "rfm_recency",
    "rfmFrequency": "rfm_frequency",
    "rfmMonetary": "rfm_monetary",
    "orderCount": "order_count",
    "productCount": "product_count",
    "categoryCount": "category_count",
}
_AMOUNTS = {"lifetimeValue": "lifetime_value", "averageOrderValue": "average_order_value", "overdue": "overdue"}
_SHARES = {
    "churnProbability": "churn_probability",
    "probabilityAlive": "probability_alive",
    "returnRate": "return_rate",
    "discountShare": "discount_share",
    "revenueTrend": "revenue_trend",
}
_INSTANTS = {
    "lifecycleSince": "lifecycle_since",
    "firstOrderAt": "first_order_at",
    "lastOrderAt": "last_order_at",
    "nextOrderExpectedAt": "next_order_expected_at",
}
_SETS = {"lifecycleStage": "lifecycle_stage", "valueTier": "value_tier", "riskBand": "risk_band"}
_ADDRESS = {"EMAIL": "email", "PHONE": "phone", "SMS": "phone", "DIRECT_MAIL": "address_lines"}
_KNOWN_BY = {"MOBILE_APP": "DEVICE", "WEB": "COOKIE"}


@dataclass(frozen=True)
class Reference:
    """The rows of a world at a moment."""

    rows: Rows
    moment: Moment

    def members(self, rule: Filter) -> set[UUID]:
        """Everybody who matches, neither merged away nor erased."""
        return {customer for customer in self.rows.standing() if self.holds(rule, customer)}

    def holds(self, rule: Filter, customer: UUID) -> bool:
        """Whether all fields of the filter hold of this customer."""
        return all(self._field(customer, name, asked) for name, asked in rule.items())

    @cached_property
    def listed(self) -> set[tuple[UUID, UUID]]:
        """Whom people put on which list."""
        found = self.rows.of["segment_listed"].values()
        return {(row["segment_id"], row["customer_id"]) for rows in found for row in rows}

    def _field(self, customer: UUID, name: str, asked: Any) -> bool:
        match name:
            case "all":
                return all(self.holds(one, customer) for one in asked)
            case "any":
                return any(self.holds(one, customer) for one in asked)
            case "not":
                return not self.holds(asked, customer)
            case "inSegment":
                return any(self._is_in(customer, one) for one in asked)
            case "notInSegment":
                return not any(self._is_in(customer, one) for one in asked)
            case "orders" | "touchpoints" | "bought" | "profitability":
                return bool(getattr(History(self.rows, customer, self.moment), name)(asked))
            case "contacts":
                return Contacts(self.rows, customer, self.moment).hold(asked)
            case "notBought":
                return not History(self.rows, customer, self.moment).bought(asked)
        return self._profile(customer, self.rows.customers[customer], name, asked)

    def _is_in(self, customer: UUID, segment: str) -> bool:
        key = parse_id(Prefix.SEGMENT, segment)
        if key not in self.rows.segments:
            return False
        rule = self.rows.segments[key]
        return (key, customer) in self.listed if rule is None else self.holds(rule, customer)

    def _profile(self, customer: UUID, row: Row, name: str, asked: Any) -> bool:
        if name in _TEXTS:
            return words(row[_TEXTS[name]], asked)
        match name:
            case "id":
                return same_id(
                    to_public(Prefix.CUSTOMER, customer), {how: self._led(ids) for how, ids in asked.items()}
                )
            case "kind":
                return one_of(row["kind"], asked)
            case "birthDate":
                return day(row["birth_date"], asked, self.moment)
            case "age":
                return number(years(row["birth_date"], self.moment.today), asked)
            case "householdSize":
                return number(row["household_size"], asked)
            case "createdAt":
                return at(row["created_at"], asked, self.moment)
            case "lastTouchpointAt":
                return at(row["last_touchpoint_at"], asked, self.moment)
            case "acquisition":
                return all(self._acquired(row, one, told) for one, told in asked.items())
            case "attributes":
                return all(named(self._attributes(customer), one, self.moment) for one in asked)
            case "identity":
                return any(_is_known_by(one, asked) for one in self.rows.all("customer_identity", customer))
            case "need":
                return any(_has_need(one, asked) for one in self.rows.all("customer_need", customer))
            case "consent":
                wanted = {"purpose": "MARKETING", "status": "GRANTED"} | dict(asked)
                return self._consent(customer, wanted["channel"], wanted["purpose"]) == wanted["status"]
            case "reachableBy":
                return any(self._reachable(customer, row, channel) for channel in asked)
        return self._scored(customer, name, asked)

    def _led(self, ids: Any) -> Any:
        """An id that was merged away leads to the survivor."""
        if isinstance(ids, list):
            return [self._led(one) for one in ids]
        key = parse_id(Prefix.CUSTOMER, ids)
        return to_public(Prefix.CUSTOMER, self.rows.aliases.get(key, key))

    def _scored(self, customer: UUID, name: str, asked: Any) -> bool:
        """Figures as they were worked out last; of who was recorded a moment ago there are none yet."""
        score, summary = self.rows.one("customer_score", customer), self.rows.one("customer_summary", customer)
        if name in _INTEGERS:
            return number(score[_INTEGERS[name]], asked)
        if name in _AMOUNTS:
            return amount(score[_AMOUNTS[name]], asked)
        if name in _SHARES:
            return share(score[_SHARES[name]], asked)
        if name in _INSTANTS:
            return at(score[_INSTANTS[name]], asked, self.moment)
        if name in _SETS:
            return one_of(score[_SETS[name]], asked)
        match name:
            case "nextAction":
                return one_of(self.rows.one("customer_next_action", customer)["strategy"], asked)
            case "preferredChannel":
                return one_of(summary["preferred_channel"], asked)
            case "recommendScore":
                return number(summary["recommend_score"], asked)
            case "averageSatisfaction":
                return share(summary["average_satisfaction"], asked)
            case "openCases":
                return number(summary["open_cases"] or 0, asked)
        raise AssertionError(name)

    def _acquired(self, row: Row, name: str, asked: Any) -> bool:
        match name:
            case "channel":
                return one_of(row["acquisition_channel"], asked)
            case "source":
                return words(row["acquisition_source"], asked)
            case "at":
                return at(row["acquisition_at"], asked, self.moment)
            case "campaign":
                campaign = row["acquisition_campaign_id"]
                return campaign is not None and to_public(Prefix.CAMPAIGN, campaign) == asked
        raise AssertionError(name)

    def _attributes(self, customer: UUID) -> Mapping[str, object]:
        typed = ("text_value", "number_value", "boolean_value", "date_value")
        return {
            row["name"]: next((row[column] for column in typed if row[column] is not None), None)
            for row in self.rows.all("customer_attribute", customer)
        }

    def _consent(self, customer: UUID, channel: str, purpose: str) -> str:
        """What holds of this channel and purpose: denied where nothing was said, and where a grant is over."""
        for said in self.rows.all("customer_consent", customer):
            if said["holds"] and said["channel"] == channel and said["purpose"] == purpose:
                over = said["expires_at"] is not None and said["expires_at"] <= self.moment.now
                return "DENIED" if said["status"] == "GRANTED" and over else str(said["status"])
        return "DENIED"

    def _reachable(self, customer: UUID, row: Row, channel: str) -> bool:
        """With an address, and consent to marketing."""
        if self._consent(customer, channel, "MARKETING") != "GRANTED":
            return False
        if channel in _ADDRESS:
            return bool(row[_ADDRESS[channel]])
        kinds = {one["kind"] for one in self.rows.all("customer_identity", customer)}
        return _KNOWN_BY.get(channel) in kinds


def _is_known_by(identity: Row, asked: Filter) -> bool:
    """All that is given must hold of the same value."""
    return (
        asked.get("kind", identity["kind"]) == identity["kind"]
        and ("source" not in asked or identity["source"] == asked["source"])
        and words(identity["value"], asked.get("value", {}))
        and asked.get("verified", identity["verified"]) == identity["verified"]
    )


def _has_need(need: Row, asked: Filter) -> bool:
    return (
        asked.get("kind", need["kind"]) == need["kind"]
        and asked.get("name", need["name"]) == need["name"]
        and bool(need["strength"] >= asked.get("minStrength", 0.0))
    )

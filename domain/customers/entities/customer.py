"""What can be asked of a customer: the profile, and everything that leads on from it."""

from collections.abc import Mapping
from dataclasses import replace

from domain.advice.entity import FIRST as ADVISED_FIRST
from domain.advice.entity import OF_CUSTOMER as ADVICE
from domain.affinity.entity import MADE as RECOMMENDED
from domain.affinity.entity import OF_CUSTOMER as AFFINITIES
from domain.analytics.entity import OF_CUSTOMER as SCORES
from domain.campaigns.entities.campaign import NAMED
from domain.campaigns.entities.contact import OF_CUSTOMER as CONTACTS
from domain.consents.entity import HISTORY, HOLDING, REACHABLE_BY
from domain.customers.entities import channels, needs, satisfaction
from domain.customers.entities.filters import FILTERS, SORTS
from domain.errors import QuestionRefused
from domain.identity.normalise import Unreadable, normalise
from domain.ids import Prefix
from domain.orders.entities.order import OF_CUSTOMER as ORDERS
from domain.orders.entities.purchasing import OF_CUSTOMER as PURCHASING
from domain.portfolio.entity import OF_CUSTOMER as PROFITABILITY
from domain.query.asking import Asked, Given, Occasion, Tree
from domain.query.declare import instant, of, own_id, part, public_id, text, whole
from domain.query.entity import EVERYONE, Column, Entity, Kind, Relation, Shape
from domain.query.fetch import Found
from domain.query.ids import by_id_argument
from domain.query.paging import alone
from domain.segments.entities.segment import OF_CUSTOMER as SEGMENTS
from domain.touchpoints.entity import OF_CUSTOMER as TOUCHPOINTS
from domain.vocabulary import IdentityKind, Role

_LED_HERE = f"SELECT {public_id(Prefix.CUSTOMER, 'm.customer_id')} AS id, m.merged_at FROM customer_alias m"

_MOST_OF_A_HOUSEHOLD = 50

HOUSEHOLD = Relation(
    entity="Customer",
    shape=Shape.MANY,
    on="{b}.household_key = {a}.household_key AND {b}.customer_id <> {owner}"
    " AND {b}.merged_into IS NULL AND {b}.erased_at IS NULL",
    order="{a}.created_at, {a}.customer_id",
    find=lambda asked, arguments: Found(limit=_MOST_OF_A_HOUSEHOLD, rows=3),
    weight=1.0,
)

CUSTOMER = Entity(
    name="Customer",
    table="customer",
    key="customer_id",
    prefix=Prefix.CUSTOMER,
    owner="{a}.customer_id",
    joins={
        "s": "JOIN customer_score {s} ON {s}.customer_id = {owner}",
        "m": "LEFT JOIN customer_summary {m} ON {m}.customer_id = {owner}",
        "n": ADVISED_FIRST,
    },
    made=RECOMMENDED,
    standing="{a}.merged_into IS NULL AND {a}.erased_at IS NULL",
    partner="EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer_id = {owner} AND i.sources @> ARRAY[{source}])",
    order=("CREATED_AT", True),
    sorts=SORTS,
    filters=FILTERS,
    search="{a}.search_fold LIKE {pattern}",
    search_personal=True,
    columns={
        "id": replace(own_id(Prefix.CUSTOMER, "customer_id"), roles=EVERYONE),
        "kind": text("kind"),
        "displayName": text("display_name", personal=True),
        "givenName": text("given_name", personal=True),
        "familyName": text("family_name", personal=True),
        "email": text("email", personal=True),
        "phone": text("phone", personal=True),
        "attributes": Column(
            sql="({a}.attributes || {a}.personal_attributes)", kind=Kind.JSON, personal=True, masked="{a}.attributes"
        ),
        "reachableBy": REACHABLE_BY,
        "lifecycleStage": Column(sql="{s}.lifecycle_stage"),
        "lifecycleSince": Column(sql="{s}.lifecycle_since", kind=Kind.INSTANT),
        "valueTier": Column(sql="{s}.value_tier"),
        "lastTouchpointAt": instant("last_touchpoint_at"),
        "createdAt": instant("created_at"),
        "updatedAt": instant("updated_at"),
        "mergedFrom": Column(
            sql=f"(SELECT coalesce(json_agg(l.id ORDER BY l.merged_at, l.id), '[]'::json)"
            f" FROM ({_LED_HERE} WHERE m.survivor_id = {{owner}}) l)",
            kind=Kind.JSON,
        ),
    },
    relations={
        "address": part(
            "PostalAddress",
            present="num_nonnulls({a}.address_recipient, {a}.postal_code, {a}.city, {a}.region, {a}.country) > 0"
            " OR cardinality({a}.address_lines) > 0",
        ),
        "demographics": part("Demographics"),
        "acquisition": part("Acquisition", present="{a}.acquisition_at IS NOT NULL"),
        "identities": Relation(
            entity="Identity",
            shape=Shape.MANY,
            on="{b}.customer_id = {owner}",
            order='{a}.kind COLLATE "C", {a}.scope COLLATE "C", {a}.value COLLATE "C"',
            kin=True,
            roles=EVERYONE,
            rows=3,
        ),
        "needs": needs.OF_CUSTOMER,
        "consents": HOLDING,
        "consentHistory": HISTORY,
        "channelPreferences": channels.OF_CUSTOMER,
        "satisfaction": satisfaction.OF_CUSTOMER,
        "household": HOUSEHOLD,
        "touchpoints": TOUCHPOINTS,
        "orders": ORDERS,
        "contacts": CONTACTS,
        "purchasing": PURCHASING,
        "profitability": PROFITABILITY,
        **SCORES,
        **AFFINITIES,
        **ADVICE,
        **SEGMENTS,
    },
)

ADDRESS = Entity(
    name="PostalAddress",
    columns={
        "recipient": text("address_recipient", personal=True),
        "lines": of(Kind.LINES, "address_lines", personal=True),
        "postalCode": text("postal_code", personal=True),
        "city": text("city"),
        "region": text("region"),
        "country": text("country"),
    },
)

DEMOGRAPHICS = Entity(
    name="Demographics",
    columns={
        "birthDate": of(Kind.DAY, "birth_date", personal=True),
        "gender": text("gender"),
        "language": text("language"),
        "timeZone": text("time_zone"),
        "occupation": text("occupation"),
        "sector": text("sector"),
        "householdSize": whole("household_size"),
        "incomeBand": text("income_band"),
    },
)

ACQUISITION = Entity(
    name="Acquisition",
    columns={
        "channel": text("acquisition_channel"),
        "source": text("acquisition_source"),
        "at": instant("acquisition_at"),
    },
    relations={"campaign": replace(NAMED, on="{b}.campaign_id = {a}.acquisition_campaign_id")},
)


# Else a partner could find out whether somebody whom it knows has an identity that somebody else told.
_OF_ITS_SOURCE = (
    "EXISTS (SELECT 1 FROM customer_identity k WHERE k.customer_id = {b}.customer_id AND k.value = {value}"
    " AND k.kind = {kind} AND k.scope = {scope} AND k.sources @> ARRAY[{source}])"
)


def _by_identity(asked: Asked, arguments: Mapping[str, Tree]) -> Found:
    """By a whole value, normalised as it was when it was claimed."""
    kind, value = alone(arguments, "kind"), alone(arguments, "value")
    assert kind is not None
    assert value is not None
    source = alone(arguments, "source") or Given(None)

    def known(at: int) -> object:
        def turn(_: Occasion, *given: object) -> object:
            try:
                return str(normalise(IdentityKind(str(given[0])), str(given[1]), _text(given[2]))[at])
            except Unreadable as error:
                raise QuestionRefused("INVALID", f"value {error}", ("value",)) from error

        return turn

    slots = tuple(
        (name, asked.slot("text", kind, value, source, turn=known(at)))  # type: ignore[arg-type]
        for at, name in enumerate(("kind", "scope", "value"))
    )
    claim = (
        "SELECT coalesce(a.survivor_id, c.customer_id) FROM identity_claim c"
        " LEFT JOIN customer_alias a ON a.customer_id = c.customer_id"
        " WHERE c.value = {value} AND c.kind = {kind} AND c.scope = {scope}"
    )
    asked.lookups += 1
    seen = f" AND {_OF_ITS_SOURCE}" if asked.occasion.principal.role is Role.PARTNER else ""
    return Found(f"{{b}}.customer_id = ({claim}){seen}", slots=slots)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


ROOTS = {
    "customer": Relation(entity="Customer", shape=Shape.ONE, find=by_id_argument(CUSTOMER), roles=EVERYONE),
    "customerByIdentity": Relation(entity="Customer", shape=Shape.ONE, find=_by_identity, roles=EVERYONE),
    "customers": Relation(entity="Customer", shape=Shape.PAGE, roles=EVERYONE),
}

ENTITIES = (
    CUSTOMER,
    ADDRESS,
    DEMOGRAPHICS,
    ACQUISITION,
    *channels.ENTITIES,
    *needs.ENTITIES,
    *satisfaction.ENTITIES,
)

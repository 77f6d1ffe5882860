"""What can be asked of consents: what holds, all that was ever said, and which channels may be used.

Deny by default: where nothing was said nothing is allowed, and a grant that has expired is none.
"""

from domain.query.asking import Asked, Given, Tree
from domain.query.declare import first, instant, text
from domain.query.entity import EVERYONE, Column, Entity, Filter, Kind, Own, Reading, Relation, Shape
from domain.query.operators import nothing, whole
from domain.query.predicate import Fact, Predicate
from domain.vocabulary import ConsentStatus

_STILL = "({0}.status <> 'GRANTED' OR {0}.expires_at IS NULL OR {0}.expires_at > {{now}})"

CONSENT = Entity(
    name="Consent",
    table="customer_consent",
    key="consent_id",
    owner="{a}.customer_id",
    # Of a customer whom the partner has an identity for, whichever way it came to the customer.
    partner="EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer_id = {owner} AND i.sources @> ARRAY[{source}])",
    roles=EVERYONE,
    columns={
        "channel": text("channel"),
        "purpose": text("purpose"),
        "status": text("status"),
        "source": text("source"),
        "recordedAt": instant("recorded_at"),
        "expiresAt": instant("expires_at"),
    },
    relations={
        "touchpoint": Relation(
            entity="Touchpoint",
            shape=Shape.ONE,
            on="{b}.customer_id = {owner} AND {b}.touchpoint_id = {a}.touchpoint_id",
            kin=True,
        )
    },
)

HOLDING = Relation(
    entity="Consent",
    shape=Shape.MANY,
    on="{b}.customer_id = {owner} AND {b}.holds AND " + _STILL.format("{b}"),
    order='{a}.channel COLLATE "C", {a}.purpose COLLATE "C"',
    kin=True,
    roles=EVERYONE,
    rows=4,
)


HISTORY = Relation(
    entity="Consent",
    shape=Shape.MANY,
    on="{b}.customer_id = {owner}",
    order='{a}.recorded_at DESC, {a}.channel COLLATE "C", {a}.purpose COLLATE "C", {a}.consent_id',
    find=first(50),
    kin=True,
    roles=EVERYONE,
)

_ADDRESSES = {
    "DIRECT_MAIL": "cardinality({a}.address_lines) > 0",
    "EMAIL": "{a}.email IS NOT NULL",
    "MOBILE_APP": "EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer_id = {owner} AND i.kind = 'DEVICE')",
    "PHONE": "{a}.phone IS NOT NULL",
    "SMS": "{a}.phone IS NOT NULL",
    "WEB": "EXISTS (SELECT 1 FROM customer_identity i WHERE i.customer_id = {owner} AND i.kind = 'COOKIE')",
}
_GRANTED = "k.status = 'GRANTED' AND (k.expires_at IS NULL OR k.expires_at > {now})"
_MAY = f"FROM customer_consent k WHERE k.customer_id = {{owner}} AND k.holds AND k.purpose = 'MARKETING' AND {_GRANTED}"
_ADDRESS = " ".join(f"WHEN '{channel}' THEN {address}" for channel, address in _ADDRESSES.items())

# For others, over rows k of consents.
UNWILLING = "k.holds AND k.purpose = 'PROFILING' AND k.status IN ('DENIED', 'WITHDRAWN')"
"""Who says so is neither scored nor grouped nor recommended anything, on whichever channel it was said."""


def willing(whose: str) -> str:
    """That a customer, by that id in the statement, has not said so."""
    return f"NOT EXISTS (SELECT FROM customer_consent k WHERE k.customer_id = {whose} AND {UNWILLING})"


GRANTED = _GRANTED
# Joined to their customer c.
HAS_ADDRESS = f"CASE k.channel {_ADDRESS} ELSE false END".replace("{a}", "c").replace("{owner}", "c.customer_id")

REACHABLE_BY = Column(
    sql=f"(SELECT coalesce(json_agg(k.channel ORDER BY k.channel COLLATE \"C\"), '[]'::json) {_MAY}"
    f" AND CASE k.channel {_ADDRESS} ELSE false END)",
    kind=Kind.JSON,
    weight=0.5,
)

# Channel by channel, so that Postgres looks up once who allows each that is asked for, not customer by customer.
_REACHED = " OR ".join(
    f"('{channel}' = ANY({{channels}}) AND {address} AND EXISTS (SELECT 1 {_MAY} AND k.channel = '{channel}'))"
    for channel, address in _ADDRESSES.items()
)


def _reachable(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    assert isinstance(tree, Given)
    return Fact(name, _REACHED, (("channels", asked.slot("text[]", tree, turn=whole(tree))),))


REACHABLE_FILTER: Filter = Own(read=_reachable)

_HOLDS = "k.customer_id = {owner} AND k.holds AND k.channel = {channel} AND k.purpose = {purpose}"
_STATUS = {
    ConsentStatus.GRANTED: f"EXISTS (SELECT 1 FROM customer_consent k WHERE {_HOLDS} AND {_GRANTED})",
    ConsentStatus.WITHDRAWN: f"EXISTS (SELECT 1 FROM customer_consent k WHERE {_HOLDS} AND k.status = 'WITHDRAWN')",
    # Said so, or nothing said, or granted until a day that has passed.
    ConsentStatus.DENIED: f"NOT EXISTS (SELECT 1 FROM customer_consent k WHERE {_HOLDS}"
    f" AND (k.status = 'WITHDRAWN' OR {_GRANTED}))",
}


def _consent(asked: Asked, name: str, tree: Tree, _: Reading) -> Predicate:
    assert isinstance(tree, dict)
    given = {key: _said(tree[key]) for key in ("channel", "purpose", "status")}
    slots = tuple((key, asked.slot("text", given[key])) for key in ("channel", "purpose"))
    return Fact(name, _STATUS[ConsentStatus(asked.word(given["status"]))], slots)


def _said(tree: Tree) -> Given:
    assert isinstance(tree, Given)
    if tree.value is None:
        raise nothing(tree)
    return tree


FILTER: Filter = Own(read=_consent)

ENTITIES = (CONSENT,)

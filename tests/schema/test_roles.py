"""Every field is tried as every role: what its declaration says is what happens."""

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from domain.access.principal import Principal
from domain.catalog import ENTITIES
from domain.database import Database
from domain.vocabulary import Role
from schema.execution import Answer, subscribe
from schema.lookup import is_mapped, mapped_types
from schema.permission import roles_of
from schema.root import graphql_schema
from tests.schema.world import ask, context, prepare

CALLERS = {
    Role.ADMIN: Principal("admin", Role.ADMIN, reads_personal_data=True),
    Role.MARKETER: Principal("marketer", Role.MARKETER, reads_personal_data=True),
    Role.ANALYST: Principal("analyst", Role.ANALYST, reads_personal_data=True),
    Role.PARTNER: Principal("partner", Role.PARTNER, reads_personal_data=True, source="till"),
}
_NOTHING = "0" * 32
_GIVEN = {
    "node": f'(id: "cus_{_NOTHING}")',
    "nodes": f'(ids: ["tp_{_NOTHING}"])',
    "customer": f'(id: "cus_{_NOTHING}")',
    "customerByIdentity": '(kind: EMAIL, value: "a@example.org")',
    "touchpoint": f'(id: "tp_{_NOTHING}")',
    "product": '(sku: "none")',
    "segment": '(key: "none")',
    "campaign": '(key: "none")',
    "order": '(source: "till", externalId: "none")',
    "job": f'(id: "job_{_NOTHING}")',
}
_GIVEN_BELOW = {
    ("Portfolio", "associations"): "(outcome: PROFIT)",
    ("Portfolio", "processQualityBy"): "(dimension: CHANNEL)",
    ("Portfolio", "profitabilityBy"): "(dimension: COUNTRY)",
    ("Portfolio", "responsePropensity"): "(by: CHANNEL)",
    ("Segment", "membersAt"): '(at: "2026-03-01T00:00:00Z")',
    ("Segment", "overlap"): f'(with: "seg_{_NOTHING}")',
}
Step = tuple[str, str]
"""A type, and a field of it."""


def fields_of(type_: object) -> dict[str, GraphQLField]:
    assert isinstance(type_, GraphQLObjectType)
    return {name: field for name, field in type_.fields.items() if is_mapped(field)}


def roads() -> dict[str, list[Step]]:
    """The shortest way from a root field to each type that the reader answers."""
    assert graphql_schema.query_type is not None
    found: dict[str, list[Step]] = {"Query": []}
    ahead: list[GraphQLObjectType] = [graphql_schema.query_type]
    for type_ in ahead:
        for name, field in fields_of(type_).items():
            below = get_named_type(field.type)
            if isinstance(below, GraphQLObjectType) and below.name not in found:
                found[below.name] = [*found[type_.name], (type_.name, name)]
                ahead.append(below)
    return found


ROADS = roads()


def document(road: list[Step], together: list[str]) -> str:
    """A question that takes the road and asks for these fields at its end."""
    (owner, _), steps = road[-1], road[:-1]
    text = "{ " + " ".join(written(owner, name) for name in together) + " }"
    for above, name in reversed(steps):
        text = f"{{ {name}{given(above, name)} {text} }}"
    return text


def written(owner: str, name: str) -> str:
    type_ = graphql_schema.type_map[owner]
    assert isinstance(type_, GraphQLObjectType)
    leaf = is_leaf_type(get_named_type(type_.fields[name].type))
    return f"{name}{given(owner, name)}{'' if leaf else ' { __typename }'}"


def given(owner: str, name: str) -> str:
    return _GIVEN.get(name, "") if owner == "Query" else _GIVEN_BELOW.get((owner, name), "")


def allowed(road: list[Step]) -> frozenset[Role]:
    """Who may take each step of the road, as the entities declare it; what pages are made of has no roles."""
    roles = frozenset(Role)
    for owner, name in road:
        if owner in ENTITIES:
            entity = ENTITIES[owner]
            declared = entity.columns.get(name) or entity.relations[name]
            roles &= declared.roles or entity.roles
    return roles


def test_every_mapped_field_is_in_the_catalog() -> None:
    missing = []
    for name, type_ in mapped_types(graphql_schema).items():
        if isinstance(type_, GraphQLInterfaceType) or name == "PageInfo" or name.endswith(("Connection", "Edge")):
            continue
        entity = ENTITIES.get(name)
        known = {*entity.columns, *entity.relations} if entity else set()
        missing += [f"{name}.{field}" for field in type_.fields if field not in known]
    assert missing == []


def test_every_type_that_is_read_can_be_reached() -> None:
    assert {name for name, type_ in mapped_types(graphql_schema).items() if isinstance(type_, GraphQLObjectType)} == {
        *ROADS
    } - {"Query"}


@pytest.mark.parametrize("role", Role)
async def test_each_field_is_answered_or_refused_as_declared(db: Database, role: Role) -> None:
    wrong = []
    for owner, road in ROADS.items():
        names = fields_of(graphql_schema.type_map[owner])
        open_ = [name for name in names if role in allowed([*road, (owner, name)])]
        closed = [name for name in names if name not in open_]
        # What may be read together is asked together; what may not, one by one.
        asked: list[tuple[list[Step], list[str], str | None]]
        asked = [([*road, (owner, name)], [name], "NOT_ALLOWED") for name in closed]
        if open_:
            asked.append(([*road, (owner, open_[0])], open_, None))
        for way, together, expected in asked:
            text = document(way, together)
            answer = await ask(db, CALLERS[role], text)
            if answer.code != expected:
                wrong.append((text, answer.code, expected))
    assert wrong == []


def test_every_field_without_the_reader_declares_its_roles() -> None:
    for root in (graphql_schema.query_type, graphql_schema.mutation_type, graphql_schema.subscription_type):
        assert root is not None
        undeclared = [name for name, field in root.fields.items() if not is_mapped(field) and not roles_of(field)]
        assert undeclared == []


_VALUES = {
    "String": '"none"',
    "ID": f'"cus_{_NOTHING}"',
    "Int": "1",
    "Float": "1.0",
    "Boolean": "true",
    "Decimal": '"1.00"',
    "DateTime": '"2026-03-01T09:30:00Z"',
    "Date": '"2026-03-01"',
    "JSON": "{}",
}


def least(type_: GraphQLInputType) -> str:
    """The least that may stand where a value of this type must."""
    plain = get_nullable_type(type_)
    if isinstance(plain, GraphQLList):
        return "[]"
    if isinstance(plain, GraphQLEnumType):
        return str(next(iter(plain.values)))
    if not isinstance(plain, GraphQLInputObjectType):
        return _VALUES[plain.name]
    needed = [(name, field) for name, field in plain.fields.items() if is_required_input_field(field)]
    if plain.is_one_of:
        needed = list(plain.fields.items())[:1]
    return "{" + " ".join(f"{name}: {least(field.type)}" for name, field in needed) + "}"


def deed(name: str, field: GraphQLField) -> str:
    """The mutation with as little as it takes."""
    given = [f"{key}: {least(one.type)}" for key, one in field.args.items() if is_required_argument(one)]
    return f"mutation {{ {name}{'(' + ', '.join(given) + ')' if given else ''} {{ errors {{ code }} }} }}"


@pytest.mark.parametrize("role", Role)
async def test_each_mutation_is_done_or_refused_as_declared(db: Database, role: Role) -> None:
    assert graphql_schema.mutation_type is not None
    wrong = []
    for name, field in graphql_schema.mutation_type.fields.items():
        roles = roles_of(field)
        answer = await ask(db, CALLERS[role], deed(name, field))
        expected = None if roles and role in roles else "NOT_ALLOWED"
        if answer.code != expected or answer.executed != (expected is None):
            wrong.append((name, answer.code, expected, answer.body))
    assert wrong == []
    async with db.connection() as connection:
        kinds = {row[0] for row in await connection.fetch("SELECT kind FROM job")}
    started = {"DISCOVER_SEGMENTS": {Role.ADMIN, Role.MARKETER}, "SCORE_CUSTOMERS": {Role.ADMIN}}
    assert kinds == {kind for kind, roles in started.items() if role in roles}


async def test_what_may_not_be_read_below_a_payload_is_refused_before_the_deed(db: Database) -> None:
    text = """mutation {
      customerUpsert(input: {identities: [{kind: EXTERNAL_ID, value: "L-1"}]}) { errors { code } %s }
    }"""
    refused = await ask(db, CALLERS[Role.PARTNER], text % "customer { displayName }")
    assert (refused.code, refused.executed) == ("NOT_ALLOWED", False)
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customer") == 0
    done = await ask(db, CALLERS[Role.PARTNER], text % "customer { id }")
    assert done.code is None, done.body
    async with db.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customer") == 1


@pytest.mark.parametrize("role", Role)
async def test_each_subscription_is_opened_or_refused_as_declared(db: Database, role: Role) -> None:
    assert graphql_schema.subscription_type is not None
    for name, field in graphql_schema.subscription_type.fields.items():
        given = [f"{key}: {least(one.type)}" for key, one in field.args.items() if is_required_argument(one)]
        text = f"subscription {{ {name}{'(' + ', '.join(given) + ')' if given else ''} {{ __typename }} }}"
        opened = await subscribe(prepare(text), None, context(db, CALLERS[role]))
        roles = roles_of(field)
        assert isinstance(opened, Answer) != bool(roles and role in roles), name

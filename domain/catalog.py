"""The explicit list of what there is to ask about: every entity. (domain/tables.py is the list of every table.)"""

from collections.abc import Mapping

from domain.access import entity as access
from domain.advice import entity as advice
from domain.affinity import entity as affinity
from domain.analytics import entity as analytics
from domain.audit import entity as audit
from domain.campaigns.entities import campaign
from domain.consents import entity as consents
from domain.customers.entities import customer, declaration
from domain.identity import entity as identity
from domain.ledger import entity as ledger
from domain.orders.entities import order, product, purchasing
from domain.portfolio import entity as portfolio
from domain.portfolio import queries_groups, queries_portfolio
from domain.query.entity import EVERYONE, Column, Entity, Relation, Shape
from domain.segments.entities import segment
from domain.settings import entity as settings
from domain.touchpoints import entity as touchpoints

_ROOTS: Mapping[str, Relation] = {
    "node": Relation(entity="Node", shape=Shape.NODE, roles=EVERYONE),
    "nodes": Relation(entity="Node", shape=Shape.NODES, roles=EVERYONE),
    **access.ROOTS,
    **analytics.ROOTS,
    **audit.ROOTS,
    **campaign.ROOTS,
    **customer.ROOTS,
    **declaration.ROOTS,
    **ledger.ROOTS,
    **order.ROOTS,
    **product.ROOTS,
    **queries_portfolio.ROOTS,
    **segment.ROOTS,
    **settings.ROOTS,
    **touchpoints.ROOTS,
}

_QUERY = Entity(name="Query", relations=_ROOTS, columns={"nothing": Column(sql="NULL::json", roles=EVERYONE)})

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        _QUERY,
        *access.ENTITIES,
        *advice.ENTITIES,
        *affinity.ENTITIES,
        *analytics.ENTITIES,
        *audit.ENTITIES,
        *campaign.ENTITIES,
        *consents.ENTITIES,
        *customer.ENTITIES,
        *declaration.ENTITIES,
        *identity.ENTITIES,
        *ledger.ENTITIES,
        *order.ENTITIES,
        *portfolio.ENTITIES,
        *queries_groups.ENTITIES,
        *queries_portfolio.ENTITIES,
        *product.ENTITIES,
        *purchasing.ENTITIES,
        *segment.ENTITIES,
        *settings.ENTITIES,
        *touchpoints.ENTITIES,
    )
}
"""By the name of the GraphQL type; Query holds the root fields."""

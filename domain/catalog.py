"""The explicit list of what there is: every table, and every entity that questions may be asked of."""

from collections.abc import Mapping

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import domain.access.tables
import domain.analytics.tables
import domain.campaigns.tables
import domain.customers.tables
import domain.identity.tables
import domain.ledger.tables
import domain.orders.products
import domain.orders.tables
import domain.portfolio.tables
import domain.settings_table
import domain.touchpoints.tables  # noqa: F401
from domain.access import entity as access
from domain.analytics import entity as analytics
from domain.customers.entities import customer
from domain.identity import entity as identity
from domain.ledger import entity as ledger
from domain.orders.entities import order, product, purchasing
from domain.portfolio import entity as portfolio
from domain.query.entity import EVERYONE, Column, Entity, Relation, Shape
from domain.touchpoints import entity as touchpoints

metadata: MetaData = SQLModel.metadata

_ROOTS: Mapping[str, Relation] = {
    "node": Relation(entity="Node", shape=Shape.NODE, roles=EVERYONE),
    "nodes": Relation(entity="Node", shape=Shape.NODES, roles=EVERYONE),
    **access.ROOTS,
    **analytics.ROOTS,
    **customer.ROOTS,
    **ledger.ROOTS,
    **order.ROOTS,
    **product.ROOTS,
    **touchpoints.ROOTS,
}

_QUERY = Entity(name="Query", relations=_ROOTS, columns={"nothing": Column(sql="NULL::json", roles=EVERYONE)})

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        _QUERY,
        *access.ENTITIES,
        *analytics.ENTITIES,
        *customer.ENTITIES,
        *identity.ENTITIES,
        *ledger.ENTITIES,
        *order.ENTITIES,
        *portfolio.ENTITIES,
        *product.ENTITIES,
        *purchasing.ENTITIES,
        *touchpoints.ENTITIES,
    )
}
"""By the name of the GraphQL type; Query holds the root fields."""

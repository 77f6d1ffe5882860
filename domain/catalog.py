"""The explicit list of what there is: every table, and (below) every entity that questions may be asked of."""

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

metadata: MetaData = SQLModel.metadata

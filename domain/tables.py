"""The explicit list of what is stored: every table. Asking and writing need no declarations, and do without them:

they take a second to import. (domain/catalog.py is the list of what can be asked about.)
"""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import domain.access.tables
import domain.advice.tables
import domain.affinity.tables
import domain.analytics.snapshots
import domain.analytics.tables
import domain.analytics.tally_table
import domain.audit.tables
import domain.campaigns.tables
import domain.consents.tables
import domain.customers.tables
import domain.files.tables
import domain.idempotency.tables
import domain.identity.tables
import domain.ledger.tables
import domain.orders.products
import domain.orders.tables
import domain.portfolio.tables
import domain.privacy.tables
import domain.segments.tables
import domain.segments.traits.table
import domain.settings.tables
import domain.touchpoints.tables
import domain.transfer.tables  # noqa: F401

metadata: MetaData = SQLModel.metadata

"""What a customer needs and allows: needs, consents, preferences, declared attributes, summaries.

Dear operator: this adds tables and nullable columns; the old code runs on it. The one index on a table that has rows
already is built while everybody goes on writing; a build that was cut off is begun again.
"""

from uuid import UUID

from alembic import op

from migrations.letters import distribute, execute, index_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_CUSTOMER = "customer_consent customer_need customer_preference customer_attribute customer_summary"

_UPTO = "SELECT customer_id FROM customer_identity WHERE customer_id > '{last}' ORDER BY 1 OFFSET 9999 LIMIT 1"
_FILL = "UPDATE customer_identity SET sources = ARRAY[source] WHERE source IS NOT NULL AND sources = '{}'"


def upgrade() -> None:
    execute("0002_profiles")
    distribute(dict.fromkeys(OF_CUSTOMER.split(), "customer_id"), ("attribute_declaration",))
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS customer_household")
        op.execute("CREATE INDEX CONCURRENTLY customer_household ON customer (household_key, customer_id)")
        fill_sources()
        index_table("customer_identity_sources", "customer_identity USING gin (sources)")


def fill_sources() -> None:
    """So many rows at a time, in the order of the key, so that nobody waits for long."""
    bind = op.get_bind()
    last: object = UUID(int=0)
    while last is not None:
        upto = bind.exec_driver_sql(_UPTO.format(last=last)).scalar()
        until = f" AND customer_id <= '{upto}'" if upto else ""
        bind.exec_driver_sql(f"{_FILL} AND customer_id >= '{last}'{until}")
        last = upto


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

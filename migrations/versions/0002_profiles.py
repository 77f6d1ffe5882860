"""What a customer needs and allows: needs, consents, preferences, declared attributes, summaries.

Dear operator: this adds tables and nullable columns; the old code runs on it. The one index on a table that has rows
already is built while everybody goes on writing; a build that was cut off is begun again.
"""

from alembic import op

from migrations.letters import distribute, execute

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_CUSTOMER = "customer_consent customer_need customer_preference customer_attribute customer_summary"


def upgrade() -> None:
    execute("0002_profiles")
    distribute(dict.fromkeys(OF_CUSTOMER.split(), "customer_id"), ("attribute_declaration",))
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS customer_household")
        op.execute("CREATE INDEX CONCURRENTLY customer_household ON customer (household_key, customer_id)")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

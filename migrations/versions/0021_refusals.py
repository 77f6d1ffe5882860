"""Who refuses to be profiled is found without reading everybody's consents.

Dear operator: this indexes an old table without blocking who writes; cut off, it can be run again. The old code runs on
it.
"""

from alembic import op

from migrations.letters import index_table

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_REFUSED = "holds AND purpose = 'PROFILING' AND status IN ('DENIED', 'WITHDRAWN')"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        index_table("customer_consent_unwilling", f"customer_consent (customer_id) WHERE {_REFUSED}")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

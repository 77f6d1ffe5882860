"""Segments by period: what a customer's scores were is read from an index alone.

Dear operator: this indexes an old table without blocking who writes; cut off, it can be run again. The old code runs on
it.
"""

from alembic import op

from migrations.letters import index_table

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        held = "(customer_id, as_of) INCLUDE (lifetime_value, churn_probability)"
        index_table("score_snapshot_held", f"score_snapshot {held}")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

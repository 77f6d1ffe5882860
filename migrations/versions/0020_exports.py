"""Files say whom they name; whose segments have changed lately is found quickly.

Dear operator: this adds, and indexes an old table without blocking who writes; cut off, it can be run again. The old
code runs on it.
"""

from alembic import op

from migrations.letters import execute, index_table

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0020_exports")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        index_table("customer_segment_refreshed_at", "customer_segment (refreshed_at)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""What makes the nightly scoring quick: each customer's facts, summed up; and which orders are owed for.

Dear operator: this adds a table, and an index that is made without blocking who writes; cut off, it can be run again.
The old code runs on it.
"""

from alembic import op

from migrations.letters import distribute, execute, index_table

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0014_scoring")
    distribute({"customer_tally": "customer_id"}, ())
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        index_table(
            "customer_order_owed",
            "customer_order (customer_id) INCLUDE (due_at, ordered_at, total, returned, paid)"
            " WHERE due_at IS NOT NULL AND paid_at IS NULL AND cancelled_at IS NULL",
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Segments that follow the clock: what the sweep looks for is found by indexes, and whom it found is written down.

Dear operator: this adds, and indexes old tables without blocking who writes; cut off, it can be run again. The old code
runs on it.
"""

from alembic import op

from migrations.letters import distribute, execute, index_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_EDGES = {
    "customer_acquisition_at": "customer (acquisition_at) WHERE acquisition_at IS NOT NULL",
    "customer_consent_expires_at": "customer_consent (expires_at) WHERE expires_at IS NOT NULL",
    "customer_score_a_lifecycle_since": "customer_score_a (lifecycle_since)",
    "customer_score_b_lifecycle_since": "customer_score_b (lifecycle_since)",
    "customer_order_due_at": "customer_order (due_at) WHERE due_at IS NOT NULL",
    "customer_order_paid_at": "customer_order (paid_at) WHERE paid_at IS NOT NULL",
    "customer_order_promised_at": "customer_order (promised_at) WHERE promised_at IS NOT NULL",
    "customer_order_delivered_at": "customer_order (delivered_at) WHERE delivered_at IS NOT NULL",
    "order_return_returned_at": "order_return (returned_at)",
}


def upgrade() -> None:
    execute("0016_edges")
    distribute({"segment_turn": "customer_id"}, ())
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for name, definition in _EDGES.items():
            index_table(name, definition)
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

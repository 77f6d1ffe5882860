"""Touchpoints that wait for their order, those recorded last, and the claims of one are found quickly.

Dear operator: this indexes touchpoints year by year without blocking who writes; cut off, it can be run again.
"""

from alembic import op

from migrations.letters import index_table, index_years

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        index_years("touchpoint_awaiting", "(order_claim) WHERE order_id IS NULL AND order_claim IS NOT NULL")
        index_years("touchpoint_recorded_at", "USING brin (recorded_at)")
        index_table("touchpoint_claim_touchpoint", "touchpoint_claim (touchpoint_id)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

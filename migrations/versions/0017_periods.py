"""Segments by period: what was sent to whom, and what was answered, is found quickly.

Dear operator: this indexes touchpoints year by year without blocking who writes; cut off, it can be run again.
"""

from alembic import op

from migrations.letters import index_years

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        kinds = "('CAMPAIGN_SENT', 'CAMPAIGN_RESPONSE')"
        index_years("touchpoint_answers", f"(customer_id, occurred_at, kind) WHERE kind IN {kinds}")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

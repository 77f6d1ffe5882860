"""Campaigns are recorded whole, and what became of each contact.

Dear operator: this adds to a small table, makes two new ones, and indexes the small one and touchpoints without
blocking who writes; cut off, it can be run again. The old code runs on it.
"""

from alembic import op

from domain.folding import fold
from migrations.letters import distribute, execute, index_table, index_years

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_FOLDED = "UPDATE campaign SET search_fold = $1 WHERE campaign_id = $2::uuid"


def upgrade() -> None:
    execute("0023_campaigns")
    bind = op.get_bind()
    for campaign_id, key, name in bind.exec_driver_sql("SELECT campaign_id::text, key, name FROM campaign").fetchall():
        bind.exec_driver_sql(_FOLDED, (fold(f"{key} {name}"), campaign_id))
    distribute({"campaign_contact": "customer_id"}, ("campaign_segment",))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        index_table("campaign_created_at", "campaign (created_at, campaign_id)")
        index_years(
            "touchpoint_contacts",
            "(campaign_id, occurred_at, touchpoint_id) WHERE kind = 'CAMPAIGN_SENT' AND campaign_id IS NOT NULL",
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

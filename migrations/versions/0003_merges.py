"""Merges that can be undone, and the channel of a return.

Dear operator: this adds a table and a column that may be null; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0003_merges")
    distribute({"customer_merge": "customer_id"}, ())


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

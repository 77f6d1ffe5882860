"""Merges that can be undone.

Dear operator: this adds a table; the old code runs on it.
"""

from migrations.letters import execute

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0003_merges")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

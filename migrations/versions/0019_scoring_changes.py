"""Scoring of who has changed.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import execute

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0019_scoring_changes")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

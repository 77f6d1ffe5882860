"""Erasing: tombstones, and columns that may be emptied.

Dear operator: this adds a table and lets some columns be null; the old code runs on it.
"""

from migrations.letters import execute

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0006_privacy")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

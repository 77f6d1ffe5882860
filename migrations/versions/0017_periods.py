"""Segments by period.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import execute

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0017_periods")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

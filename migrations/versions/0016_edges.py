"""Segments that follow the clock: what the sweep looks for.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import execute

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0016_edges")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

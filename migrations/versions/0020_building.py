"""Segments built for everybody.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import execute

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0020_building")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Streams: uploads, rejects and the contents of files.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import execute

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0005_streams")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

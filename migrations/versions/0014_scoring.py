"""What makes the nightly scoring quick.

Dear operator: this adds to what is there; the old code runs on it.
"""

from migrations.letters import execute

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0014_scoring")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

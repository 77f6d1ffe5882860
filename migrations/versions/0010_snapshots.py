"""Score history: what the scores of a customer were, when.

Dear operator: this adds a table; the old code runs on it.
"""

from migrations.letters import execute

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0010_snapshots")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

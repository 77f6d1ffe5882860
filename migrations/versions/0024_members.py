"""Members of lists come in by import.

Dear operator: this lets a small table hold one more kind of upload; the old code runs on it.
"""

from migrations.letters import execute

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0024_members")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Orders as they become: the category of a line's day.

Dear operator: this adds nullable columns; the old code runs on it.
"""

from migrations.letters import execute

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0007_orders")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Files say whom they name.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import execute

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0021_exports")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Settings that recalculate.

Dear operator: this widens closed sets; the old code runs on it.
"""

from migrations.letters import execute

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0008_settings")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""What a customer needs and allows: needs, consents, preferences, declared attributes, summaries.

Dear operator: this adds tables and nullable columns; the old code runs on it.
"""

from migrations.letters import execute

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0002_profiles")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Value models of every family, with what corrects them.

Dear operator: this widens what is stored of a model; the old code runs on it.
"""

from migrations.letters import execute

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0013_models")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

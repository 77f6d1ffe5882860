"""What goes with what: the small tables that recommendations are worked out from.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import execute

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0011_products")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""What goes with what: the small tables that recommendations are worked out from.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0011_products")
    tables = ("product_offer", "product_affinity", "category_transition", "attribute_share", "affinity_run")
    distribute({}, tables)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

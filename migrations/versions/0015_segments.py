"""Segments: saved questions that stay answered.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OF_CUSTOMER = ("customer_segment", "segment_stay", "segment_listed")


def upgrade() -> None:
    execute("0015_segments")
    distribute(
        dict.fromkeys(_OF_CUSTOMER, "customer_id"), ("segment", "segment_version", "segment_use", "segment_sweep")
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Score history: what the scores of a customer were, when.

Dear operator: this adds tables, and a column to the timetable; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0010_snapshots")
    distribute({"score_snapshot": "customer_id"}, ("snapshot_of_all",))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""Records that hold: idempotency keys and the audit chain.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0004_records")
    distribute({"idempotency_key": "request_key"}, ())


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

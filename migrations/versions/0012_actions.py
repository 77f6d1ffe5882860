"""What to do next: response rates, and what is advised for each customer.

Dear operator: this adds tables; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0012_actions")
    distribute({"customer_next_action": "customer_id"}, ("response_rate", "strategy_sum"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

"""What members of a segment have in common, and groups that are found.

Dear operator: this adds; the old code runs on it.
"""

from migrations.letters import distribute, execute

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0018_traits")
    distribute({}, ("trait_share",))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

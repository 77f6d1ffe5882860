"""Streams: uploads, rejects and the contents of files.

Dear operator: this adds tables, a column with a constant default, and an index that is built beside the running
house; the old code runs on it.
"""

from alembic import op

from migrations.letters import execute

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("0005_streams")
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS job_file_by_id")  # what a build that was cut off leaves
        op.execute("CREATE INDEX CONCURRENTLY job_file_by_id ON job_file (file_id)")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")

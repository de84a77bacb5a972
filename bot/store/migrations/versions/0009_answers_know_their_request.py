"""An answer knows its request, for the log; indexes by which the backlog is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COUNTED = ("requests", "cancellations")


def upgrade() -> None:
    """Apply it; an older version that runs beside it writes answers without a request."""
    op.add_column("answers", sa.Column("request_id", sa.String(32)))
    op.create_index("ix_answers_created_at", "answers", ["created_at"])
    unfinished = sa.text("finished_at IS NULL")
    for table in _COUNTED:
        op.create_index(
            f"{table}_counted",
            table,
            # With the column of its condition, without which SQLite looks into the table.
            ["state", "finished_at"],
            sqlite_where=unfinished,
            postgresql_where=unfinished,
        )


def downgrade() -> None:
    """Take it back."""
    for table in _COUNTED:
        op.drop_index(f"{table}_counted", table)
    op.drop_index("ix_answers_created_at", "answers")
    op.drop_column("answers", "request_id")

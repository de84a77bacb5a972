"""A table of the answered interactions, so that a replay of one is told from a new one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "answered",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("ix_answered_at", "answered", ["at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("answered")
